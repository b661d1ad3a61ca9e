"""Names and cells that hold markup or script: shown as the text they are, on every page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from nnlab.runs.workspace import Space
from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import WAIT_MS, Visitor

pytestmark = pytest.mark.timeout(300)
NAMES = ("<img src=x onerror=hurt()>", ":red[x]", "$x$", "[x](javascript:hurt())", "**bold**")
ODD = ("=cmd|' /C calc'!A0", "\u202egnp.exe", "n" * 5_000, "../../etc/passwd")  # beside them, in the same table
LEVELS = ("<b>one</b>", ":material/home: [two](javascript:hurt())")
HURT = "window.hurt = () => { window.wasHurt = true; };"
FOUND = """() => ({
    hurt: window.wasHurt === true,
    img: document.querySelectorAll('img[src="x"]').length,
    links: document.querySelectorAll('[href^="javascript"]').length,
    formulas: document.querySelectorAll('.katex').length,
    bold: [...document.querySelectorAll('strong, b')].filter(b => ["bold", "one"].includes(b.textContent)).length,
    red: [...document.querySelectorAll('.stMarkdownColoredText')].filter(s => s.textContent === "x").length,
    icons: [...document.querySelectorAll('[data-testid="stMain"] [role="img"]')]
        .filter(icon => icon.textContent === "home").length,
})"""


def test_markup_in_names_and_cells_is_text(single: Server, visit: Visit, tmp_path: Path) -> None:
    """No script runs, no link, picture, formula or bold letter is made of a stranger's text (fault 38)."""
    space = Space(single.home, "local")
    n_runs = len(space.runs())
    path = tmp_path / "<img src=x onerror=hurt()>.csv"
    path.write_text(hostile(), "utf-8")
    visitor = visit(single)
    visitor.page.add_init_script(HURT)
    visitor.open().drop(path, "start.upload.0").on("Data")
    harmless(visitor, "data")
    visitor.choose("data.column", NAMES[1])
    expect(visitor.keyed("data.column").locator("input")).to_have_value(NAMES[1], timeout=WAIT_MS)
    harmless(visitor, "a column")
    visitor.choose("data.target", NAMES[4])
    harmless(visitor, "data with a target")
    visitor.press("next.prepare").on("Prepare")
    for name in NAMES[1:4]:
        visitor.choose("prepare.column", name)
        harmless(visitor, f"prepare, {name}")
    visitor.press("next.network").on("Network")
    harmless(visitor, "network")
    visitor.press("next.train").on("Train").fill("train.form.epochs", 2)
    visitor.keyed("train.start").get_by_role("button").click()
    visitor.says("Finished").drawn()
    harmless(visitor, "train")
    visitor.press("next.evaluate").on("Evaluate").says("test rows, by ROC AUC, the network")
    harmless(visitor, "evaluate")
    visitor.press("next.predict").on("Predict").says("The answer")
    harmless(visitor, "predict")
    for title in ("Runs", "Start"):
        visitor.app.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        visitor.settled()
        harmless(visitor, title)
    assert len(space.runs()) == n_runs + 1
    shown = {column.name for column in space.project(visitor.named("project")).columns.columns}
    assert shown == {*NAMES, *ODD}


def hostile() -> str:
    """A table of 120 rows whose header and cells are made of markup."""
    rows = [",".join(f'"{name}"' for name in (*NAMES, *ODD))]
    for i in range(120):
        odd = f"{i % 7},{i % 5},{i % 3},{i * 3 % 17}"
        rows.append(f'{i % 13},"{LEVELS[i % 2]}",{i * 7 % 11},"{LEVELS[i // 3 % 2]}","{LEVELS[i * i // 5 % 2]}",{odd}')
    return "\n".join(rows) + "\n"


def harmless(visitor: Visitor, where: str) -> None:
    found = visitor.settled().page.evaluate(FOUND)
    assert not any(found.values()), f"{where}: {found}"
