"""What a run would cost, told before it starts; torch counts the parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nnlab.errors import LimitError, TrainingError
from nnlab.machine import Memory
from nnlab.network.first_weights import first_weights
from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.runs.assemble import model
from nnlab.runs.cost import cost_of
from nnlab.runs.foreground import train
from nnlab.runs.opening import open_sample
from nnlab.runs.start import create_run
from nnlab.runs.workspace import Space


def test_the_cost_is_that_of_the_run_that_follows(home: Path) -> None:
    """As many parameters as the run has, time for all its epochs, and no run made."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.epochs", 7)
    cost = cost_of(space, project)
    assert not space.runs()
    assert cost.seconds >= 7 * cost.seconds_per_epoch > 0  # and tracing once, where it is worth it
    assert cost.memory_bytes > 4 * 4 * cost.n_parameters
    run = train(space.table_bytes(project.table_id), project=project)
    assert run.summary()["n_parameters"] == cost.n_parameters


def test_first_weights_have_a_seed_of_their_own(home: Path) -> None:
    """A run begins with the weights that its own seed for them draws; nothing said, with those of the run's seed."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.seed", 3)
    for made, seed in ((project, 3), (project.setting("training.init_seed", 7), 7)):
        folder = create_run(space, made)
        spec = folder.spec
        network, head = Network.parse(spec.project["network"]), Head.parse(spec.head)
        begun = model(folder).state_dict()
        for path in ("trunk.0", "head"):
            for drawn in first_weights(network, spec.input_shapes, head, path, seed=seed):
                assert torch.equal(begun[f"{path}.{drawn.name}"], drawn.values)


def test_what_cannot_fit_is_refused_with_what_to_shrink(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Start, by the memory that the machine grants."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.batch_size", 16)
    monkeypatch.setattr("nnlab.machine.memory", lambda: Memory(200_000_000, None, "the container's limit"))
    with pytest.raises(LimitError, match=r"0\.2 GB there \(the container's limit\)") as caught:
        cost_of(space, project)
    assert "Halve the batch size to 8" in caught.value.do
    assert caught.value.repair == {"set": "training.batch_size", "value": 8}


def test_what_could_not_start_has_no_cost(home: Path) -> None:
    """The error is the one that Start would give."""
    space = Space(home)
    project = open_sample(space, "penguins").setting("training.batch_size", 5000)
    with pytest.raises(TrainingError, match="batch"):
        cost_of(space, project)
