"""Several people, several tabs, lost connections and lost disks: nobody sees what is another's, nothing is doubled."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nnlab.runs.folder import RunFolder
from nnlab.runs.sweeping import spaces
from nnlab.runs.workspace import SPACE, Space
from tests.batteries import battery
from tests.browser.conftest import Serve, Visit
from tests.browser.projects import becomes, comes_true, ready
from tests.browser.server import Server
from tests.browser.visitor import WAIT_MS, Visitor

pytestmark = pytest.mark.timeout(300)
PLACES = ("train", "data", "predict", "prepare", "network", "evaluate", "runs")[: battery(2, 7)]
CRAFTED = ("../../crafted", "local", "z" * 32, "a" * 3000)[: battery(2, 4)]


def test_two_visitors_get_nothing_of_each_other(shared: Server, visit: Visit) -> None:
    """By link, by id in the query and by every route of the app (fault 21)."""
    before = {space.name for space in spaces(shared.home)}
    one, two = visit(shared), visit(shared)
    one.open("/?sample=penguins").on("Train")
    one.fill("train.form.epochs", 2)
    link = one.keyed("train.start").get_by_role("button")
    link.click()
    one.says("Finished")
    owner = next(space for space in spaces(shared.home) if space.name not in before)
    project, run = one.named("project"), one.named("run")
    table = owner.project(project).table_id
    two.open("/?sample=textbook").on("Train")
    own = two.named("project")
    for place in PLACES:
        two.page.goto(f"{shared.address}/{place}?project={project}&run={run}")
        two.drawn()
        assert not re.search("penguins|species|bill_length", two.text(), re.IGNORECASE), place
        assert "belongs to another workspace" in two.text() or place == "runs", place
    two.open(f"/train?project={own}&run={run}")
    assert "penguins" not in two.text().lower()
    asked = [f"/media/{name}" for name in (project, run, table, f"{table}.csv", f"{run}.zip")]
    asked += [f"/{route}/../../spaces/{owner.name}/tables/{table}/bytes" for route in ("app/static", "media")]
    asked += [f"/app/static/%2e%2e/%2e%2e/{owner.name}/runs/{run}/run.json", f"/component/nnlab.stack/../../{run}"]
    asked += [f"/_stcore/upload_file/{run}/{table}", f"/app/static/{table}"]
    for route in asked:
        answer = two.page.request.get(shared.address + route)
        body = answer.text()
        assert answer.status in (400, 403, 404, 405) or '<div id="root">' in body, route
        assert "Adelie" not in body, route
        assert owner.name not in body, route
    made = [space for space in spaces(shared.home) if space.name not in before]
    assert len(made) == 2
    assert all(len(space.projects()) == 1 for space in made)


def test_a_crafted_cookie_names_no_folder(shared: Server, visit: Visit) -> None:
    """Whatever the cookie says, what is made lies in a space whose name the server chose (fault 21)."""
    home = shared.home
    beside = {path.name for path in home.parent.iterdir()} | {"home"}
    for token in CRAFTED:
        visitor = visit(shared, extra_http_headers={"Cookie": f"nnlab_space={token}"})
        visitor.open("/?sample=textbook").on("Train")
        visitor.page.context.close()
    assert {path.name for path in home.parent.iterdir()} == beside
    names = [path.name for path in (home / "spaces").iterdir()]
    assert all(SPACE.fullmatch(name) and name != "local" for name in names), names


def test_the_second_of_two_tabs_is_told(single: Server, visit: Visit) -> None:
    """Two tabs edit one project: what the second did not see, it does not overwrite (fault 20)."""
    project = ready(single.home)

    def epochs() -> int | None:
        return Space(single.home, "local").project(project.id).training.epochs

    first = visit(single).open(f"/train?project={project.id}").on("Train")
    second = Visitor(first.page.context.new_page(), single.address).open(f"/train?project={project.id}").on("Train")
    first.fill("train.form.epochs", 7)
    comes_true(lambda: epochs() == 7, "the first change is not saved")
    second.fill("train.form.epochs", 9)
    second.says("changed in another window")
    assert epochs() == 7
    expect(second.keyed("train.form.epochs").locator("input")).to_have_value("7", timeout=WAIT_MS)
    second.drawn().fill("train.form.epochs", 9)
    comes_true(lambda: epochs() == 9, "the change that was made again is not saved")


def test_a_lost_connection_and_hasty_clicks_start_one_run(single: Server, visit: Visit) -> None:
    """Two clicks within 50 ms are one run (fault 16); offline and back, the page is as it was (fault 24)."""
    project = ready(single.home, epochs=100_000, batch_size=8)
    visitor = visit(single).open(f"/train?project={project.id}").on("Train")
    space, page = Space(single.home, "local"), visitor.page
    before = {run.id for run in space.runs()}

    def runs() -> list[RunFolder]:
        return [run for run in space.runs() if run.id not in before]

    visitor.keyed("train.start").get_by_role("button").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 30); }"
    )
    visitor.curve_reaches(2)
    assert len(runs()) == 1
    run_id = visitor.named("run")
    # By script: while a run lives the page moves, and a pointer may come up over another place than it went down on.
    visitor.app.get_by_role("radio", name="Learning rate").evaluate("radio => radio.click()")
    expect(visitor.keyed("chart.train.rate")).to_be_visible(timeout=WAIT_MS)
    page.context.set_offline(True)
    page.wait_for_timeout(5_000)  # the fault itself: five seconds without a network
    page.context.set_offline(False)
    visitor.keyed("train.stop").get_by_role("button").click()
    visitor.says("Stopped").drawn()
    expect(visitor.keyed("chart.train.rate")).to_be_visible(timeout=WAIT_MS)
    assert visitor.named("run") == run_id
    assert [run.id for run in runs()] == [run_id]

    visitor.keyed("train.start").get_by_role("button").click()
    visitor.keyed("train.stop").get_by_role("button").evaluate("button => button.click()")
    comes_true(lambda: len(runs()) == 2, "the second start made no run")
    for run in runs():
        becomes(run, "stopped")


def test_a_disk_that_went_is_told(home: Path, serve: Serve, visit: Visit) -> None:
    """The home folder is gone between two page loads: the page says so and goes on (fault 26)."""
    project = ready(home, epochs=2)
    server = serve()
    visitor = visit(server).open(f"/train?project={project.id}").on("Train")
    visitor.keyed("train.start").get_by_role("button").click()
    visitor.says("Finished").drawn()
    place = visitor.page.url.partition("?")[2]
    shutil.rmtree(home)
    for page in PLACES:
        visitor.open(f"/{page}?{place}")
        assert "nnlab's fault" not in visitor.text(), page
        assert "was deleted" in visitor.text() or page == "runs", page
    visitor.open("/?sample=textbook").on("Train")
    assert Space(home, "local").projects()
    assert "a page failed" not in server.log()
