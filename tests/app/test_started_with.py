"""What a run is started with: the settings that were on the page when Start was pressed."""

from __future__ import annotations

import pytest

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import without_workers


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    without_workers(monkeypatch)


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
