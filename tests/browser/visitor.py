"""One person at a browser: goes to pages, waits until they are drawn, presses what they name, takes pictures."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlparse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Locator, Page, TimeoutError, ViewportSize, expect

ROOT = Path(__file__).resolve().parents[2]
WAIT_MS = 60_000  # for a machine that is busy; nothing waits longer than it must
LOOK_MS = 50  # between two looks while waiting: to look at every frame makes the browser draw every frame
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

# Drawn: the server has answered, nothing runs, nothing on the page is left over from before.
DRAWN = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app && app.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"
        && !document.querySelector('[data-testid="stSkeleton"]') && !document.querySelector('[data-stale="true"]');
}"""
# Why it is not: the connection, the script, what is left over.
UNDRAWN = """() => {
    const { testConnectionState, testScriptState } = document.querySelector('[data-testid="stApp"]').dataset;
    const left = [...document.querySelectorAll('[data-testid="stSkeleton"], [data-stale="true"]')];
    return [testConnectionState, testScriptState, ...left.map(each => each.outerHTML.slice(0, 300))].join(" | ");
}"""
RUNNING = "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'notRunning'"
GROUND = {"light": "rgb(252, 252, 253)", "dark": "rgb(18, 20, 26)"}
COLOURED = "ground => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === ground"
SETTLED = """() => new Promise(done => {
    let left = 3, before = "";
    const look = () => {
        const now = document.documentElement.scrollHeight + " " + document.querySelectorAll("*").length;
        left = now === before ? left - 1 : 3;
        before = now;
        left ? setTimeout(look, 60) : done(true);
    };
    look();
})"""

CURVE = """name => {
    const plot = document.querySelector('[class*="st-key-chart-train-loss"] .js-plotly-plot');
    const line = plot && plot.calcdata && plot.calcdata.find(each => each[0].trace.name === name);
    return line ? [line.map(point => point.x), line.map(point => point.y)] : [[], []];
}"""


class Visitor:
    """A page (or the app's frame in it) with the words that tests are written in."""

    def __init__(self, page: Page, address: str, *, frame: Frame | None = None) -> None:
        self.page = page
        self.address = address
        self.app: Page | Frame = frame or page
        page.set_default_timeout(WAIT_MS)
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, place: str = "/") -> Visitor:
        """Goes to an address of the app and waits for the page."""
        self.page.goto(self.address + place)
        return self.drawn()

    def drawn(self) -> Visitor:
        """Waits until the page stands still."""
        self.app.wait_for_selector("h1")
        try:
            self.app.wait_for_function(DRAWN, polling=LOOK_MS)
        except TimeoutError as error:
            raise AssertionError(f"the page is not drawn: {self.app.evaluate(UNDRAWN)}") from error
        return self

    def settled(self) -> Visitor:
        """Waits until the page is drawn and has stopped growing: before a picture."""
        self.drawn()
        self.app.wait_for_function(SETTLED)
        return self

    def on(self, title: str) -> Visitor:
        """Waits for the page with this title."""
        expect(self.app.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible(timeout=WAIT_MS)
        return self.drawn()

    def go(self, title: str) -> Visitor:
        """Follows the sidebar's link."""
        self.app.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        return self.on(title)

    def keyed(self, key: str) -> Locator:
        """The widget with this key, as Streamlit marks it, also where it was drawn anew under its next one."""
        name = "st-key-" + "".join(c if c.isalnum() or c in "-_" else "-" for c in key)
        return self.app.locator(f'.{name}, [class*="{name}-turn"]')

    def press(self, key: str) -> Visitor:
        """Presses the button with this key and waits for what it does."""
        self.keyed(key).get_by_role("button").first.click()
        return self.drawn()

    def choose(self, key: str, option: str) -> Visitor:
        """Opens the selectbox with this key and takes an option by its name."""
        self.keyed(key).get_by_role("combobox").click()
        self.app.get_by_role("option", name=option, exact=True).click()
        if self.app.get_by_role("listbox").count():  # a list of several stays open, and hides the page behind it
            # Escape would empty a list that closes by itself at that very moment, as when the page is drawn anew
            self.app.get_by_role("heading", level=1).first.click()
        return self.drawn()

    def pick(self, key: str, option: str) -> Visitor:
        """Opens the menu button with this key and takes an entry."""
        self.keyed(key).get_by_role("button").first.click()
        self.app.get_by_role("menuitem", name=option, exact=True).or_(
            self.app.get_by_role("option", name=option, exact=True)
        ).click()
        return self.drawn()

    def fill(self, key: str, value: object) -> Visitor:
        """Types into the field with this key."""
        field = self.keyed(key).locator("input, textarea").first
        field.fill(str(value))
        field.press("Enter")
        return self.drawn()

    def drop(self, path: Path | str, inside: str = "") -> Visitor:
        """Gives a file to the uploader."""
        place = self.keyed(inside) if inside else self.app
        place.locator('input[type="file"]').first.set_input_files(str(path))
        return self

    def labelled(self, label: str, option: str) -> Visitor:
        """Opens the selectbox with this label and takes an option by its name."""
        self.app.get_by_role("combobox", name=label).click()
        self.app.get_by_role("option", name=option, exact=True).click()
        return self.drawn()

    def curve_reaches(self, epoch: int) -> Visitor:
        """Waits until the drawn curve ends at this epoch or later; of many it shows some, the last among them."""
        self.app.wait_for_function(f"() => ({CURVE})('train')[0].at(-1) >= {epoch}", polling=LOOK_MS)
        return self

    def curve(self, name: str) -> tuple[list[float], list[float]]:
        """The points of a line, as the picture holds them."""
        xs, ys = self.app.evaluate(f"({CURVE})", name)
        return xs, ys

    def text(self) -> str:
        """Everything that the page says."""
        return self.app.locator('[data-testid="stApp"]').inner_text()

    def says(self, words: str) -> Visitor:
        """Waits until the page says this."""
        expect(self.app.get_by_text(words).first).to_be_visible(timeout=WAIT_MS)
        return self

    def named(self, name: str) -> str:
        """A value in the address: project or run."""
        return parse_qs(urlparse(self.app.url).query).get(name, [""])[0]

    def themed(self, scheme: Literal["light", "dark"]) -> Visitor:
        """The page in these colours, charts included: those are drawn by the server, so it is asked again."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.app.wait_for_function(COLOURED, arg=GROUND[scheme])
        self.page.evaluate("() => document.activeElement.blur()")
        self.page.keyboard.press("r")  # Streamlit's key for another run of the page
        with suppress(TimeoutError):
            self.app.wait_for_function(RUNNING, timeout=1_000)
        return self.settled()

    def picture(self, path: Path) -> None:
        """Saves the page from head to foot, as wide as the window is; the page itself scrolls, not the document."""
        was = self.page.viewport_size
        assert was is not None
        height = self.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
        if height > was["height"]:
            self.page.set_viewport_size({"width": was["width"], "height": min(height, 6_000)})
            self.settled()
        self.page.screenshot(path=path)
        self.page.set_viewport_size(was)

    def violations(self) -> list[str]:
        """What axe finds serious or critical on this page, a line each."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['impact']}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
