"""What a run would cost, told before it starts; torch counts the parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.errors import TrainingError
from nnlab.runs.cost import cost_of
from nnlab.runs.foreground import train
from nnlab.runs.opening import open_sample
from nnlab.runs.workspace import Space


def test_the_cost_is_that_of_the_run_that_follows(home: Path) -> None:
    """As many parameters as the run has, time for all its epochs, and no run made."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.epochs", 7)
    cost = cost_of(space, project)
    assert not space.runs()
    assert cost.seconds == pytest.approx(7 * cost.seconds_per_epoch)
    assert cost.memory_bytes > 4 * 4 * cost.n_parameters
    run = train(space.table_bytes(project.table_id), project=project)
    assert run.summary()["n_parameters"] == cost.n_parameters


def test_what_could_not_start_has_no_cost(home: Path) -> None:
    """The error is the one that Start would give."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.batch_size", 5000)
    with pytest.raises(TrainingError, match="batch"):
        cost_of(space, project)
