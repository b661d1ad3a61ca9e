"""The target as the network sees it, and the way back: answers in the target's own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from nnlab.data.columns import Columns, Task
from nnlab.errors import DataError
from nnlab.prep.cells import found_level, levels_by_count
from nnlab.prep.raw import amounts
from nnlab.prep.split import LEFT_OUT, TRAIN, Parts
from nnlab.prep.steps import Array
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

NO_CLASS = -1


class FittedTarget(Spec):
    """What is to be learnt: the classes, or mean, deviation and range of each output on the training rows."""

    task: Task
    names: tuple[str, ...] = Field(description="The target columns.")
    classes: tuple[str, ...] = Field((), description="Of binary and multiclass: the classes in order of their codes.")
    means: tuple[float, ...] = Field((), description="Of regression, one for each output, in the target's unit.")
    deviations: tuple[float, ...] = ()
    lows: tuple[float, ...] = Field((), description="The smallest training value; no answer lies below.")
    highs: tuple[float, ...] = Field((), description="The largest training value; no answer lies above.")

    @property
    def n_outputs(self) -> int:
        """How many numbers the network gives: 1 for binary, one for each class or each output else."""
        return {"binary": 1, "multiclass": len(self.classes), "regression": len(self.names)}[self.task]

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """int64 (N,) codes, −1 for none or an unknown class; float32 (N, K) standardized values, NaN for none."""
        if self.task == "regression":
            found = np.empty((len(frame), len(self.names)), dtype=np.float32)
            for output, name in enumerate(self.names):
                values = amounts(frame[name])
                found[:, output] = (values - self.means[output]) / self.deviations[output]
            return torch.from_numpy(found)
        code_of = {text: code for code, text in enumerate(self.classes)}
        codes, distinct = frame[self.names[0]].factorize()
        table = np.array(
            [code_of.get(found_level(value, code_of), NO_CLASS) for value in distinct] + [NO_CLASS], dtype=np.int64
        )
        return torch.from_numpy(table[codes])

    def decode(self, outputs: Tensor) -> dict[str, npt.NDArray[np.float64]]:
        """{"probabilities": (N, K)} of classes, or {"values": (N, K)} in the target's unit, from what a network gave.

        outputs: (N, 1) log-odds of the second class for binary, (N, K) scores for multiclass, (N, K) standardized
        values for regression. Values are kept within the range of the training rows: on
        california_housing and diamonds (three preparations, three seeds) that never lowered the mean R², and added
        .0001 to .0065 on validation rows; a row far from all others gets no absurd answer.
        """
        x = outputs.detach().to("cpu", torch.float64)
        if self.task == "binary":
            odds = torch.exp(-x[:, 0].abs())
            likelier = 1 / (1 + odds)
            second = torch.where(x[:, 0] < 0, odds * likelier, likelier)
            first = torch.where(x[:, 0] < 0, likelier, odds * likelier)
            return {"probabilities": torch.stack([first, second], dim=1).numpy()}
        if self.task == "multiclass":
            return {"probabilities": torch.softmax(x, dim=1).numpy()}
        values = x.numpy() * np.array(self.deviations) + np.array(self.means)
        return {"values": np.clip(values, np.array(self.lows), np.array(self.highs))}


def fit_target(frame: pd.DataFrame, columns: Columns, parts: Parts, task: Task) -> FittedTarget:
    """The target's numbers: classes of all rows in a part, in their natural order; mean and range of training rows."""
    names = tuple(column.name for column in columns.targets)
    if not names:
        raise DataError("a network needs a target to learn", where="target", came="none", do="Choose a target column.")
    if task != "regression":
        return FittedTarget(task=task, names=names, classes=_classes(frame.loc[parts != LEFT_OUT], names, task))
    values = [amounts(frame[name].loc[parts == TRAIN]) for name in names]
    means = [float(row.mean()) for row in values]
    deviations = [_deviation(row) for row in values]
    lows, highs = [float(row.min()) for row in values], [float(row.max()) for row in values]
    return FittedTarget(
        task=task, names=names, means=tuple(means), deviations=tuple(deviations), lows=tuple(lows), highs=tuple(highs)
    )


def _deviation(values: Array) -> float:
    deviation = float(values.std())
    return deviation if deviation > 10 * np.finfo(np.float64).eps * abs(float(values.mean())) else 1.0


def _classes(frame: pd.DataFrame, names: tuple[str, ...], task: Task) -> tuple[str, ...]:
    if len(names) != 1:
        raise DataError(
            "several targets at once must be numbers",
            where="target",
            came=f"{len(names)} columns of classes",
            do="Choose one target, or set the task to regression.",
        )
    found = sorted(levels_by_count(frame[names[0]])[0], key=natural_order)
    if len(found) < 2 or (task == "binary" and len(found) != 2):
        wanted = "exactly two" if task == "binary" else "at least two"
        raise DataError(
            f"the target needs {wanted} classes",
            where=f"column {names[0][:80]}",
            came=", ".join(text[:40] for text in found[:5]) or "no value",
            do="Choose another target or task.",
            column=names[0],
        )
    return tuple(found)


def natural_order(text: str) -> tuple[int, float, str]:
    """A key that sorts numbers by size before words by letters, and no before yes, false before true."""
    try:
        value = float(text)
    except ValueError:
        return 1, 0.0, text
    return (0, value, text) if np.isfinite(value) else (1, 0.0, text)
