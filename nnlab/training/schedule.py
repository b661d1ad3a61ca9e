"""The learning rate of every step, as a pure function of the step: nothing to store, nothing to lose on resume.

Only `plateau` looks at what happened; what it must remember is two numbers, held by the engine (`Plateau`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nnlab.training.spec import Scheduler, Training

DROPS = (0.5, 0.75)  # "step": a tenth after half and again after three quarters (He et al. 2016, section 4.2)
RISING_SHARE = 0.3  # "one_cycle": as torch's OneCycleLR and fastai
FIRST_PART, LAST_PART = 1 / 25, 1 / 250_000  # "one_cycle": where it begins and ends, parts of the highest rate
PLATEAU_FACTOR, PLATEAU_PATIENCE, PLATEAU_THRESHOLD = 0.5, 5, 1e-4


def learning_rate(training: Training, step: int, n_steps: int, plateau_factor: float = 1.0) -> float:
    """The learning rate of a step (counted from 0) of a run of `n_steps`; the factor is that of "plateau" alone."""
    n_warmup = 0 if training.scheduler == "one_cycle" else round(training.warmup * n_steps)
    if step < n_warmup:
        return training.learning_rate * (step + 1) / n_warmup
    shape = SHAPES[training.scheduler](step - n_warmup, n_steps - n_warmup)
    return training.learning_rate * shape * (plateau_factor if training.scheduler == "plateau" else 1.0)


@dataclass
class Plateau:
    """Halves the rate when the loss has not fallen by 0.01 % of itself for more than five epochs."""

    factor: float = 1.0
    best: float = math.inf
    n_bad: int = 0

    def see(self, loss: float) -> None:
        """Takes in the loss of an epoch."""
        if loss < self.best * (1 - PLATEAU_THRESHOLD):
            self.best, self.n_bad = loss, 0
        else:
            self.n_bad += 1
        if self.n_bad > PLATEAU_PATIENCE:
            self.factor, self.n_bad = self.factor * PLATEAU_FACTOR, 0


def _constant(step: int, n_steps: int) -> float:
    return 1.0


def _cosine(step: int, n_steps: int) -> float:
    return _between(1.0, 0.0, step / n_steps)


def _drops(step: int, n_steps: int) -> float:
    return 0.1 ** sum(step >= round(share * n_steps) for share in DROPS)


def _one_cycle(step: int, n_steps: int) -> float:
    top, last = RISING_SHARE * n_steps - 1, n_steps - 1
    if 0 < top and step <= top:
        return _between(FIRST_PART, 1.0, step / top)
    return _between(1.0, LAST_PART, (step - top) / (last - top)) if last > top else 1.0


def _between(start: float, end: float, share: float) -> float:
    """Half a cosine wave from start (share 0) to end (share 1)."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


SHAPES: dict[Scheduler, Callable[[int, int], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "step": _drops,
    "plateau": _constant,
}
