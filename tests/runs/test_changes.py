"""What differs between two states of a project, told by field and entry."""

from __future__ import annotations

from typing import Any

import pytest

from nnlab.data.columns import Column, Columns
from nnlab.network.network import Network
from nnlab.runs.changes import Change, changes
from nnlab.runs.project import Project

PROJECT = Project(
    columns=Columns(columns=(Column(name="Age", kind="numeric"), Column(name="Sex", kind="categorical"))),
    network=Network.parse({"trunk": [{"kind": "Linear", "out_features": 32}, {"kind": "ReLU"}]}),
)


def trunk(*layers: dict[str, Any]) -> Network:
    return Network.parse({"trunk": list(layers)})


LINEAR, RELU, NORM = {"kind": "Linear", "out_features": 32}, {"kind": "ReLU"}, {"kind": "LayerNorm"}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (PROJECT, []),
        (PROJECT.setting("training.epochs", 12), [(("training", "epochs"), (), None, 12)]),
        (
            PROJECT.with_column("Age", kind="categorical", reason="You chose this kind."),
            [(("columns", "columns", "kind"), ("Age",), "numeric", "categorical")],
        ),
        (
            PROJECT.having(network=trunk({**LINEAR, "out_features": 64}, RELU)),
            [(("network", "trunk", "out_features"), ("Linear",), 32, 64)],
        ),
    ],
)
def test_a_changed_field_is_told_by_its_path_and_entry(after: Project, told: list[Any]) -> None:
    """Nothing where nothing changed; a reason is no change of its own."""
    assert list(changes(PROJECT.plain(), after.plain())) == [Change(*each) for each in told]


@pytest.mark.parametrize(
    ("layers", "went", "came"),
    [
        ((LINEAR, NORM, RELU), [], ["LayerNorm"]),
        ((LINEAR,), ["ReLU"], []),
        ((RELU, LINEAR), ["Linear", "ReLU"], ["ReLU", "Linear"]),
    ],
)
def test_layers_that_came_went_or_moved_are_told(layers: tuple[Any, ...], went: list[str], came: list[str]) -> None:
    """Between the ends that stayed as they were."""
    (found,) = changes(PROJECT.plain(), PROJECT.having(network=trunk(*layers)).plain())
    assert found.path == ("network", "trunk")
    assert [layer["kind"] for layer in found.before] == went
    assert [layer["kind"] for layer in found.after] == came
