"""The temperature of a classifier: what it minimizes, and that the weights carry it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss
from torch import nn

from nnlab.errors import TrainingError
from nnlab.training.engine import Engine
from nnlab.training.fit import fit
from nnlab.training.losses import Criterion
from nnlab.training.members import MembersEngine
from nnlab.training.temperature import best_temperature
from tests.training.rows import data, head, resolved
from tests.training.test_engine import plain_linear
from tests.training.test_state import assert_same, said

SCALED: dict[str, Any] = {"temperature_scaling": True, "learning_rate": 0.2, "epochs": 6}


class Ending(nn.Module):
    """A network whose last layer is called head, as those that nnlab builds."""

    def __init__(self, n_outputs: int, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            self.body, self.head = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.2)), nn.Linear(8, n_outputs)

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.body(table)))


@pytest.mark.parametrize("true_temperature", [0.8, 1.0, 2.5])
def test_the_temperature_is_the_one_with_the_lowest_loss(true_temperature: float) -> None:
    """Against a minimizer of scipy on scikit-learn's log loss."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(3000, 3, generator=generator) * 2
    target = torch.multinomial((logits / true_temperature).softmax(1), 1, generator=generator).reshape(-1)
    criterion = Criterion(resolved("multiclass"), head("multiclass"), target)
    found = best_temperature(logits, target, criterion.judging)
    shares = lambda t: (logits.double() / t).softmax(1).numpy()  # noqa: E731
    theirs = minimize_scalar(lambda t: log_loss(target.numpy(), shares(t)), bounds=(0.6, 3.5), method="bounded")
    assert found == pytest.approx(theirs.x, rel=0.08)


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_the_best_weights_give_answers_after_the_temperature(task: Any) -> None:
    """The loss that chose the epoch is that of the weights as they are kept."""
    module, rows, own = Ending(head(task).n_outputs), data(task), head(task)
    epochs = fit(module, rows, resolved(task, **SCALED), own)
    criterion = Criterion(resolved(task), own, rows.train.target)  # type: ignore[arg-type]
    assert rows.validation.target is not None
    with torch.no_grad():
        loss = criterion.judging(module(**rows.validation.inputs), criterion.prepared(rows.validation.target))
    assert float(loss) == pytest.approx(min(epoch.validation_loss or 9 for epoch in epochs), rel=1e-5)
    plain = Ending(own.n_outputs)
    unscaled = fit(plain, rows, resolved(task, **{**SCALED, "temperature_scaling": False}), own)
    assert min(epoch.validation_loss or 9 for epoch in epochs) <= min(e.validation_loss or 9 for e in unscaled)


@pytest.mark.parametrize("n_members", [1, 2])
def test_a_scaled_run_goes_on_with_the_same_bits(n_members: int) -> None:
    """One network and several: the state has nothing more to keep than the weights."""

    def made() -> Engine:
        settings = {**SCALED, "members": n_members, "label_smoothing": 0.1, "smoothing_fades": True}
        modules = [Ending(1, seed) for seed in range(n_members)]
        if n_members == 1:
            return Engine(modules[0], data("binary"), resolved(**settings), head("binary"), "never")
        return MembersEngine(modules, data("binary"), resolved(**settings), head("binary"), "never")

    whole = made()
    expected = list(whole.run())
    begun = made()
    events = begun.run()
    for _ in range(14):
        next(events)
    state = begun.state()
    events.close()
    resumed = made()
    resumed.restore(*state)
    assert said(list(resumed.run())) == said(expected[14:])
    assert_same(resumed.state(), whole.state())


def test_a_network_without_a_last_layer_of_that_name_is_refused() -> None:
    """With the repair to turn it off; numbers have no temperature and are trained as they are."""
    with pytest.raises(TrainingError) as caught:
        Engine(plain_linear(1), data("binary"), resolved(**SCALED), head("binary"))
    assert caught.value.repair == {"set": "training.temperature_scaling", "value": False}
    fit(plain_linear(2), data("regression"), resolved("regression", **SCALED), head("regression"))
