"""What a run is started with, and that nothing ends it by accident: clicks that come close to the one on Start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from pages.ui import running
from tests.app.conftest import Open
from tests.app.trained import held, made, said, told, without_workers


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    without_workers(monkeypatch)


@pytest.fixture(params=["running", "paused"])
def living(request: pytest.FixtureRequest, space: Space, project: Project) -> Iterator[RunFolder]:
    """A run that trains or waits to go on, as far as anyone can see."""
    yield from held(told(made(space, project), *([] if request.param == "running" else ["paused"])))


def test_start_takes_what_was_typed_last(open_page: Open, space: Space, project: Project) -> None:
    """A click on Start ends the typing: the server hears of both at once, and of Start first."""
    page = open_page("train", project=project.id)
    page.number_input(key="train.form.epochs").set_value(7)
    page.number_input(key="train.form.batch_size").set_value(8)
    page.button(key="train.start").click().run()
    (run,) = space.runs()
    settings = run.spec.project["training"]
    assert (settings["epochs"], settings["batch_size"]) == (7, 8)
    saved = space.project(project.id).training
    assert (saved.epochs, saved.batch_size) == (7, 8)


def test_a_value_that_is_refused_starts_nothing(open_page: Open, space: Space, project: Project) -> None:
    """Nobody wants the run with the value of before; why it was refused stands under the field."""
    page = open_page("train", project=project.id)
    page.number_input(key="train.form.epochs").set_value(-7)
    page.button(key="train.start").click().run()
    assert not space.runs()
    assert "-7" in said(page)


def test_the_second_half_of_a_double_click_withdraws_nothing(
    open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withdraw stands where Start stood; a moment later it does what it says."""
    page = open_page("train", project=project.id)
    page.button(key="train.start").click().run()
    page.button(key="train.stop").click().run()
    (run,) = space.runs()
    assert run.state().name == "queued"
    monkeypatch.setattr(running, "DOUBLE_CLICK_S", 0.0)
    page.button(key="train.stop").click().run()
    assert run.state().name == "stopped"


def test_what_ends_a_run_stands_where_start_never_stood(open_page: Open, project: Project, living: RunFolder) -> None:
    """Start was the last button of the row: there is Pause now, or Go on."""
    page = open_page("train", project=project.id, run=living.id)
    keys = [button.key for button in page.button if (button.key or "") in running_keys()]
    assert keys[0] == "train.stop"
    assert keys[-1] in ("train.pause", "train.resume")


def running_keys() -> set[str]:
    return {f"train.{name}" for name in ("stop", "step", "pause", "resume")}
