"""A link into the middle of the app as the very first request of a fresh server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Serve, Visit
from tests.browser.projects import ready
from tests.browser.visitor import WAIT_MS

pytestmark = pytest.mark.timeout(300)
PAGES = ["Start", "Data", "Prepare", "Network", "Train", "Evaluate", "Predict", "Runs"]


def test_the_first_request_may_be_a_deep_link(home: Path, serve: Serve, visit: Visit) -> None:
    """The frame is drawn around the page, with the project of the link open."""
    project = ready(home)
    visitor = visit(serve()).open(f"/network?project={project.id}").on("Network")
    links = visitor.app.get_by_test_id("stSidebar").get_by_role("link")
    expect(links).to_have_count(len(PAGES), timeout=WAIT_MS)
    assert [text.split("\n")[-1] for text in links.all_inner_texts()] == PAGES
    expect(visitor.keyed("network.stack").get_by_role("treeitem").first).to_be_visible()
    expect(visitor.app.get_by_test_id("stSidebar")).to_contain_text("yes or no")
    assert not visitor.faults
