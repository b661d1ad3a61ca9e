"""The app as a host shows it: inside a frame, under a path of its own, with a private cookie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import Visit
from tests.browser.proxy import PREFIX, Proxy
from tests.browser.server import Server
from tests.browser.visitor import ROOT, WAIT_MS, Visitor

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def proxy(shared: Server) -> Iterator[Proxy]:
    running = Proxy(shared.port).start()
    yield running
    running.stop()


def framed(page: Page) -> Frame:
    """The app's frame, once it is there."""
    page.wait_for_selector("iframe")
    element = page.query_selector("iframe")
    frame = element and element.content_frame()
    assert frame is not None
    return frame


def test_all_works_inside_a_frame(shared: Server, proxy: Proxy, visit: Visit) -> None:
    """Upload, cookie, fonts, the stack of layers, a deep link and a reload, all under the host's path."""
    page = visit(shared).page
    page.goto(proxy.address + "/")
    visitor = Visitor(page, proxy.address, frame=framed(page)).drawn()
    assert [cookie["name"] for cookie in page.context.cookies()].count("nnlab_space") == 1

    visitor.drop(ROOT / "samples" / "penguins.csv", "start.upload.0").on("Data")
    visitor.choose("data.target", "species").says("Which class")
    for font in ("16px Inter", "16px 'JetBrains Mono'"):
        assert visitor.app.evaluate("font => document.fonts.load(font).then(found => found.length)", font), font
        assert visitor.app.evaluate("font => document.fonts.check(font)", font)

    visitor.press("next.prepare").on("Prepare").press("next.network").on("Network")
    row = visitor.keyed("network.stack").get_by_role("treeitem").nth(1)
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    row.press("Delete")
    visitor.says("Undo")
    place = visitor.app.url.removeprefix(proxy.address + PREFIX)
    rows = visitor.keyed("network.stack").get_by_role("treeitem")
    expect(rows.nth(1)).not_to_contain_text("Linear", timeout=WAIT_MS)
    n_rows = rows.count()

    page.goto(proxy.address + "/?open=" + place.removeprefix("/").replace("&", "%26"))
    again = Visitor(page, proxy.address, frame=framed(page)).on("Network")
    expect(again.keyed("network.stack").get_by_role("treeitem")).to_have_count(n_rows, timeout=WAIT_MS)
    assert set(proxy.refused) <= {"/favicon.ico"}, "something was asked for outside the host's path"
    assert not [*visitor.faults, *again.faults]
