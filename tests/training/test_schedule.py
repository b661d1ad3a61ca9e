"""Learning rates against torch's own schedulers."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch.optim import lr_scheduler

from nnlab.training.schedule import SHAPES, Plateau, learning_rate
from nnlab.training.spec import Scheduler, Training


def rates(scheduler: str, n_steps: int, warmup: float = 0.0) -> list[float]:
    training = Training(scheduler=scheduler, learning_rate=0.1, warmup=warmup)
    return [learning_rate(training, step, n_steps) for step in range(n_steps)]


def rates_of_torch(make: Any, n_steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    found = []
    for _ in range(n_steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


ORACLES: dict[str, Any] = {
    "constant": lambda o, n: lr_scheduler.LambdaLR(o, lambda _: 1.0),
    "cosine": lambda o, n: lr_scheduler.CosineAnnealingLR(o, T_max=n),
    "step": lambda o, n: lr_scheduler.MultiStepLR(o, [round(n / 2), round(3 * n / 4)], gamma=0.1),
}


@pytest.mark.parametrize("scheduler", ["constant", "cosine", "step"])
@pytest.mark.parametrize("n_steps", [1, 2, 7, 100])
def test_rates_are_those_of_torch(scheduler: str, n_steps: int) -> None:
    """Every step of the run has the rate that torch's scheduler of that name gives."""
    expected = rates_of_torch(lambda optimizer: ORACLES[scheduler](optimizer, n_steps), n_steps)
    assert rates(scheduler, n_steps) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("n_steps", [10, 97, 1000])
def test_one_cycle_is_that_of_torch(n_steps: int) -> None:
    """OneCycleLR with a rise of 30 % and its own first and last rates."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=n_steps, pct_start=0.3, cycle_momentum=False)
    expected = [optimizer.param_groups[0]["lr"]]
    for _ in range(n_steps - 1):
        optimizer.step()
        scheduler.step()
        expected.append(optimizer.param_groups[0]["lr"])
    assert rates("one_cycle", n_steps) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("scheduler", get_args(Scheduler))
@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 10, 40])
@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.5, 0.9])
def test_every_run_has_positive_rates_up_to_the_one_asked_for(scheduler: str, n_steps: int, warmup: float) -> None:
    """Short runs and long warm-ups included: no step is lost to a rate of 0, none is longer than asked for."""
    found = rates(scheduler, n_steps, warmup)
    assert all(0 < rate <= 0.1 * (1 + 1e-12) for rate in found)


def test_warm_up_rises_evenly_to_the_rate() -> None:
    """The first half of ten steps at a warm-up of one half."""
    assert rates("constant", 10, 0.5) == pytest.approx([0.02, 0.04, 0.06, 0.08] + [0.1] * 6)


def test_plateau_is_that_of_torch() -> None:
    """The factor after each epoch of a loss that falls, stands still and falls again."""
    losses = [1.0, 0.9, 0.8, *[0.8] * 8, 0.79999, 0.5, *[0.6] * 14]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=5, threshold=1e-4)
    plateau, found, expected = Plateau(), [], []
    for loss in losses:
        plateau.see(loss)
        scheduler.step(loss)
        found.append(plateau.factor)
        expected.append(optimizer.param_groups[0]["lr"])
    assert found == expected
    assert found[-1] < 1


def test_every_scheduler_of_the_spec_has_a_shape() -> None:
    """A name that a person can choose is one that the engine knows."""
    assert set(SHAPES) == set(get_args(Scheduler))
