"""A batch that does not fit is taken in parts: the same weights but for rounding, said so, and kept by a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.errors import TrainingError
from nnlab.training.engine import Engine
from tests.training.rows import TableNetwork, data, head, resolved
from tests.training.test_state import said

EACH_TASK = pytest.mark.parametrize("task", get_args(Task))


class Plain(nn.Module):
    """Two layers that see each row alone; of more rows than `most` at once it runs out of memory."""

    def __init__(self, n_outputs: int, most: int = 1_000) -> None:
        super().__init__()
        self.most = most
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            self.body = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, n_outputs))

    def forward(self, table: Tensor) -> Tensor:
        if self.training and len(table) > self.most:
            raise torch.OutOfMemoryError("you tried to allocate 8 GB")
        return self.body(table)


def engine(task: Task, most: int = 1_000, **settings: Any) -> Engine:
    module = Plain(head(task).n_outputs, most)
    return Engine(module, data(task), resolved(task, **settings), head(task))


@pytest.mark.parametrize(
    "settings", [{}, {"class_weights": "balanced"}, {"label_smoothing": 0.2}, {"gradient_clipping": 0.1}]
)
@EACH_TASK
def test_parts_give_what_the_batch_gives(task: Task, settings: dict[str, Any]) -> None:
    """Losses and weights of every task and way to weigh rows, with batches that no number of parts divides."""
    if task == "regression" and settings.keys() & {"class_weights", "label_smoothing"}:
        return
    whole, parted = engine(task, **settings), engine(task, most=3, **settings)
    losses, told = ([event["loss"] for event in said(list(each.run())) if "loss" in event] for each in (whole, parted))
    assert parted.n_parts == 4
    torch.testing.assert_close(told, losses, rtol=2e-5, atol=1e-6)
    for name, tensor in whole.weights().items():
        torch.testing.assert_close(parted.weights()[name], tensor, rtol=1e-3, atol=1e-5)


def test_the_person_is_told_from_which_step_on() -> None:
    """Once for each halving, and no step is lost or taken twice."""
    parted = engine("binary", most=3)
    events = list(parted.run())
    assert [caution.split(". ")[1][:16] for caution in parted.cautions] == ["From step 1 on e"] * 2
    assert "in 4 parts" in parted.cautions[-1]
    assert [event.step for event in events if "loss" in event.plain()] == list(range(1, parted.n_steps + 1))


def test_a_run_in_parts_goes_on_in_parts() -> None:
    """A checkpoint holds their number: the same bits as without the interruption."""
    whole = engine("binary", most=3)
    expected = said(list(whole.run()))
    begun = engine("binary", most=3)
    events = begun.run()
    for _ in range(7):
        next(events)
    state = begun.state()
    events.close()
    resumed = engine("binary", most=3)
    resumed.restore(*state)
    assert resumed.n_parts == 4
    assert said(list(resumed.run())) == expected[7:]
    assert not resumed.cautions
    assert all(torch.equal(tensor, whole.weights()[name]) for name, tensor in resumed.weights().items())


def test_a_checkpoint_from_before_goes_on_whole() -> None:
    """It knows of no parts."""
    begun = engine("binary")
    events = begun.run()
    next(events)
    tensors, plain = begun.state()
    events.close()
    del plain["n_parts"]
    resumed = engine("binary")
    resumed.restore(tensors, plain)
    assert resumed.n_parts == 1


def test_a_loss_that_is_no_number_still_ends_the_run() -> None:
    """Nothing is updated by it."""
    module = Plain(1, most=3)
    with torch.no_grad():
        module.body[2].bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="finite"):
        list(Engine(module, data("binary"), resolved(), head("binary")).run())


def test_batch_norm_is_not_given_single_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where halving would leave it one row, the run ends with what to do instead."""
    module = TableNetwork(4, 1)
    forward: Callable[..., Tensor] = module.forward

    def short(table: Tensor) -> Tensor:
        if module.training and len(table) > 2:
            raise MemoryError
        return forward(table)

    monkeypatch.setattr(module, "forward", short)
    with pytest.raises(TrainingError, match="two rows"):
        list(Engine(module, data("binary"), resolved(batch_size=5), head("binary")).run())
