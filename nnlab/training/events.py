"""What a run gives out while it goes: a `Step` after every gradient step, an `Epoch` after every epoch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from torch import Tensor

Finished = Literal["", "epochs", "patience"]


class Step(NamedTuple):
    """One gradient step: how many are done, the epoch it belongs to (from 1), its loss before the update.

    The loss is a scalar on the run's device: reading it with `.item()` waits for a graphics processor.
    """

    step: int
    epoch: int
    loss: Tensor

    def plain(self) -> dict[str, Any]:
        """The event as JSON-ready data."""
        return {"event": "step", "step": self.step, "epoch": self.epoch, "loss": finite(self.loss.item())}


@dataclass(frozen=True)
class Epoch:
    """One pass over all training rows, judged; epochs and steps count from 1.

    `train_loss` is the running mean of the epoch's steps, with dropout on and the weights still moving.
    `metric_value` and `validation_loss` are of the validation rows; without any, `validation_loss` is None and
    `measured_on` says "train": metric and best epoch are then of the training rows, measured exactly.
    """

    epoch: int
    step: int
    train_loss: float
    validation_loss: float | None
    metric: str
    metric_value: float | None
    measured_on: Literal["validation", "train"]
    learning_rate: float
    is_best: bool
    seconds: float
    rows_per_s: float
    finished: Finished = ""

    def plain(self) -> dict[str, Any]:
        """The event as JSON-ready data: what is not a finite number is None."""
        return {"event": "epoch", **{name: finite(value) for name, value in asdict(self).items()}}


def finite(value: Any) -> Any:
    """The value itself, or None for a float that JSON cannot say."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
