"""What a browser answers that has not heard of an undo yet: meant for what it showed, and nobody's wish any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnlab.network.network import Network
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open


def linear(out_features: int) -> Network:
    """One layer."""
    return Network.parse({"trunk": [{"kind": "Linear", "out_features": out_features}]})


CHANGES: dict[str, tuple[str, Callable[[Project], Project]]] = {
    "a number": ("train", lambda project: project.setting("training.patience", 7)),
    "a number left to nnlab before": ("train", lambda project: project.setting("training.epochs", 7)),
    "a choice": ("train", lambda project: project.setting("training.class_weights", "balanced")),
    "the target": ("data", lambda project: project.with_target("colour")),
    "a kind": ("data", lambda project: project.with_column(project.columns.names[0], kind="categorical")),
    "a role": ("data", lambda project: project.with_column(project.columns.names[0], role="ignore")),
    "the task": ("data", lambda project: project.with_task("multiclass")),
    "a layer": ("network", lambda project: project.having(network=linear(7))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_undo_does_not_come_back(open_page: Open, project: Project, space: Space, name: str) -> None:
    """The browser's answers of before the undo arrive after it, as with a part of the page that asks every second."""
    page_name, change = CHANGES[name]
    project = space.save(project.having(network=linear(32)))
    space.save(change(project))
    page = open_page(page_name, project=project.id)
    assert not page.exception
    late: Any = page._tree.get_widget_states()
    page.button(key="undo").click().run()
    assert space.project(project.id).plain() == {**project.plain(), "revision": space.project(project.id).revision}
    page._run(late)
    assert not page.exception
    assert space.project(project.id).plain() == {**project.plain(), "revision": space.project(project.id).revision}
