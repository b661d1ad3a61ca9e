"""A run that was interrupted at any step and restored ends like one that was not, to the bit."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from nnlab.data.columns import Task
from nnlab.errors import StorageError
from nnlab.training.engine import Engine
from nnlab.training.spec import Optimizer, Scheduler
from tests.batteries import battery
from tests.training.rows import data, head, network, resolved

State = tuple[dict[str, Tensor], dict[str, Any]]
TIMES = {"seconds", "epoch_seconds"}


def engine(task: Task, **settings: Any) -> Engine:
    return Engine(network(task), data(task), resolved(task, **settings), head(task))


def through_text(state: State) -> State:
    """The state as a file keeps it: the plain part written as JSON and read back."""
    tensors, plain = state
    return {name: tensor.clone() for name, tensor in tensors.items()}, json.loads(json.dumps(plain, allow_nan=False))


def said(events: list[Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in event.plain().items() if name not in {"seconds", "rows_per_s"}}
        for event in events
    ]


def assert_same(ours: State, theirs: State) -> None:
    assert ours[0].keys() == theirs[0].keys()
    for name, tensor in ours[0].items():
        assert torch.equal(tensor, theirs[0][name]), name
    assert {k: v for k, v in ours[1].items() if k not in TIMES} == {
        k: v for k, v in theirs[1].items() if k not in TIMES
    }


def interrupted(task: Task, at: int, **settings: Any) -> tuple[list[Any], Engine]:
    """The events after event number `at` of a run that went on in a new engine from the state taken there."""
    first = engine(task, **settings)
    events = first.run()
    for _ in range(at):
        next(events)
    state = through_text(first.state())
    events.close()
    torch.rand(7)  # whatever else draws random numbers in between must not matter
    second = engine(task, **settings)
    second.restore(*state)
    return list(second.run()), second


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize("scheduler", get_args(Scheduler))
def test_a_run_restored_at_any_event_ends_with_the_same_bits(optimizer: str, scheduler: str) -> None:
    """For every optimizer and schedule, with dropout and BatchNorm: weights, best weights, counters and events."""
    settings = {"optimizer": optimizer, "scheduler": scheduler, "gradient_clipping": 1.0, "epochs": 3}
    whole = engine("binary", **settings)
    expected = list(whole.run())
    for at in range(0, len(expected) + 1, battery(5, 2)):
        events, resumed = interrupted("binary", at, **settings)
        assert said(events) == said(expected[at:])
        assert_same(resumed.state(), whole.state())


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_event_is_a_place_to_go_on_from(task: Task) -> None:
    """The other tasks, interrupted after each single event, the last included."""
    settings: dict[str, Any] = {
        "patience": 1,
        "learning_rate": 0.3,
        "class_weights": "balanced",
        "label_smoothing": 0.1,
    }
    whole = engine(task, **settings)
    expected = list(whole.run())
    for at in range(len(expected) + 1):
        events, resumed = interrupted(task, at, **settings)
        assert said(events) == said(expected[at:])
        assert_same(resumed.state(), whole.state())


def test_a_checkpoint_of_other_settings_is_refused_and_changes_nothing() -> None:
    """The message names the rule; the engine that refused trains as if nothing had been asked."""
    other = engine("binary", learning_rate=0.1)
    next(other.run())
    ours = engine("binary")
    before = ours.state()
    with pytest.raises(StorageError, match="settings and rows of its own run"):
        ours.restore(*other.state())
    assert_same(ours.state(), before)


def test_a_run_may_go_on_with_more_threads() -> None:
    """Threads and device are about where a run computes, not about what it is."""
    state = engine("binary").state()
    engine("binary", threads=2).restore(*state)


def test_a_checkpoint_from_before_a_setting_was_thought_of_goes_on() -> None:
    """It went by that setting's default; a run with another value of it is another run."""
    tensors, plain = engine("binary").state()
    del plain["training"]["precision"]
    engine("binary").restore(tensors, plain)
    with pytest.raises(StorageError, match="another run"):
        engine("binary", precision="bfloat16").restore(tensors, plain)


@pytest.mark.parametrize("name", ["model.body.0.weight", "random.cpu", "losses"])
def test_a_checkpoint_that_lacks_a_tensor_is_refused(name: str) -> None:
    """Nothing is restored from half a checkpoint."""
    ours = engine("binary")
    tensors, plain = ours.state()
    del tensors[name]
    with pytest.raises(StorageError, match=name):
        ours.restore(tensors, plain)


@pytest.mark.parametrize("change", [{"format": 99}, {"step": None}])
def test_a_checkpoint_of_another_format_or_without_a_counter_is_refused(change: dict[str, Any]) -> None:
    """A newer format and a missing counter are said, not guessed around."""
    ours = engine("binary")
    tensors, plain = ours.state()
    changed = {name: value for name, value in {**plain, **change}.items() if value is not None or name == "best_loss"}
    with pytest.raises(StorageError, match="checkpoint"):
        ours.restore(tensors, changed)


def test_a_state_is_a_copy() -> None:
    """Training on does not change a state that was taken."""
    ours = engine("binary")
    events = ours.run()
    next(events)
    tensors, _ = ours.state()
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    list(events)
    assert all(torch.equal(tensor, before[name]) for name, tensor in tensors.items())


def test_a_state_survives_safetensors() -> None:
    """Every tensor of a state is one that safetensors writes and reads back equal."""
    from safetensors.torch import load, save

    ours = engine("multiclass")
    events = ours.run()
    for _ in range(8):
        next(events)
    tensors, _ = ours.state()
    back = load(save(tensors))
    assert all(torch.equal(tensor, back[name]) for name, tensor in tensors.items())
