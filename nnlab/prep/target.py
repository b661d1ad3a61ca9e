"""The target as the network sees it, and the way back: answers in the target's own unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from nnlab.data.columns import Columns, Task
from nnlab.errors import DataError
from nnlab.prep.cells import Levels
from nnlab.prep.level_names import found_level, natural_order
from nnlab.prep.raw import amounts
from nnlab.prep.split import LEFT_OUT, TRAIN, Parts
from nnlab.prep.steps import Array
from nnlab.prep.target_recipe import TargetRecipe
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

NO_CLASS = -1
FAR = 1000.0  # ranges of the training rows that an answer may lie off where it is not kept within them
YES = frozenset(("1", "1.0", "yes", "y", "true", "t"))  # a value that says no more than the column's name
SMALLEST_UNIT = 1e-6  # of the largest training value: how far down the logarithm goes


class FittedTarget(Spec):
    """What is to be learnt: the classes, or mean, deviation and range of each output on the training rows."""

    task: Task
    names: tuple[str, ...] = Field(description="The target columns.")
    classes: tuple[str, ...] = Field((), description="Of binary and multiclass: the classes in order of their codes.")
    pairs: tuple[tuple[str, str], ...] = Field((), description="Of multilabel: what no and yes are in each column.")
    means: tuple[float, ...] = Field((), description="Of regression, one for each output, in the target's unit.")
    deviations: tuple[float, ...] = ()
    lows: tuple[float, ...] = Field((), description="The smallest training value; no answer lies below.")
    highs: tuple[float, ...] = Field((), description="The largest training value; no answer lies above.")
    transform: Literal["standardize", "log", "none"] = Field(
        "standardize", description="What was done to the values; mean and deviation are then."
    )
    units: tuple[float, ...] = Field((), description="Of log: y = log(1 + value / unit), in the target's unit.")

    @property
    def n_outputs(self) -> int:
        """How many numbers the network gives: 1 for binary, one for each class or each output else."""
        return {"binary": 1, "multiclass": len(self.classes)}.get(self.task, len(self.names))

    @property
    def labels(self) -> tuple[str, ...]:
        """Of multilabel what a yes of each output says: the column's name, with the value where it is no plain yes."""
        each = zip(self.names, self.pairs, strict=self.task == "multilabel")
        return tuple(name if yes.casefold() in YES else f"{name} = {yes}" for name, (_, yes) in each)

    def said(self, probabilities: Array) -> dict[str, npt.NDArray[Any]]:
        """Of multilabel what each output says by its name, (N,) texts: yes where its probability, (N, K), exceeds a
        half; None where there is no probability."""
        found = {}
        for k, (name, pair) in enumerate(zip(self.names, self.pairs, strict=True)):
            share_N = probabilities[:, k]
            codes = np.where(np.isnan(share_N), -1, np.nan_to_num(share_N) > 0.5).astype(np.int64)
            found[name] = np.array([*pair, None], dtype=object)[codes]
        return found

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """int64 (N,) codes, −1 for none or an unknown class; float32 (N, K) standardized values, NaN for none.

        Of multilabel float32 (N, K): 1 for yes, 0 for no, NaN for neither.
        """
        if self.task == "multilabel":
            columns = [
                _codes(frame[name], pair).astype(np.float32) for name, pair in zip(self.names, self.pairs, strict=True)
            ]
            codes_NK = np.stack(columns, axis=1)
            return torch.from_numpy(np.where(codes_NK == NO_CLASS, np.float32("nan"), codes_NK))
        if self.task == "regression":
            found = np.empty((len(frame), len(self.names)), dtype=np.float32)
            for output, name in enumerate(self.names):
                values = self._bent(amounts(frame[name]), output)
                found[:, output] = (values - self.means[output]) / self.deviations[output]
            return torch.from_numpy(found)
        return torch.from_numpy(_codes(frame[self.names[0]], self.classes))

    def numbers(self, frame: pd.DataFrame) -> Array:
        """What a step learns from, float64 (T, N): the values of each output; of classes 1 and 0 for each, of two only
        for the second."""
        if self.task == "regression":
            return np.array([amounts(frame[name]) for name in self.names])
        if self.task == "multilabel":
            return self.encode(frame).double().numpy().T
        codes = self.encode(frame).numpy()
        return np.array([codes == code for code in range(len(self.classes))][-self.n_outputs :], dtype=np.float64)

    @property
    def unclipped(self) -> FittedTarget:
        """The same with answers that may leave the range of the training rows, if not so far that sums overflow."""
        spans = [high - low for low, high in zip(self.lows, self.highs, strict=True)]
        lows = tuple(low - FAR * span for low, span in zip(self.lows, spans, strict=True))
        highs = tuple(high + FAR * span for high, span in zip(self.highs, spans, strict=True))
        return self.having(lows=lows, highs=highs)

    def decode(self, outputs: Tensor) -> dict[str, npt.NDArray[np.float64]]:
        """{"probabilities": (N, K)} of classes, or {"values": (N, K)} in the target's unit, from what a network gave.

        outputs: (N, 1) log-odds of the second class for binary, (N, K) scores for multiclass, (N, K) log-odds of yes
        for multilabel, whose probabilities are those of yes, (N, K) standardized values for regression. Values are kept
        within the range of the training rows: on california_housing and diamonds (three preparations, three seeds) that
        never lowered the mean R², and added .0001 to .0065 on validation rows; a row far from all others gets no absurd
        answer.
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
        if self.task == "multilabel":
            return {"probabilities": torch.sigmoid(x).numpy()}
        low_1K, high_1K = np.array(self.lows), np.array(self.highs)
        if self.transform == "log":  # within the range before the way back, which may leave all numbers
            edges = [[self._bent(edge[k], k) for k in range(len(self.names))] for edge in (low_1K, high_1K)]
            low, high = (
                (torch.tensor(edge) - torch.tensor(self.means)) / torch.tensor(self.deviations) for edge in edges
            )
            x = torch.minimum(torch.maximum(x, low), high)
        return {"values": np.clip(self.original(x.numpy()), low_1K, high_1K)}

    def original(self, values: Array) -> Array:
        """Values (N, K) in the target's unit, from what `encode` makes of them."""
        bent = values * np.array(self.deviations) + np.array(self.means)
        if self.transform != "log":
            return np.asarray(bent)
        return np.asarray(np.sign(bent) * np.expm1(np.abs(bent)) * np.array(self.units))

    def _bent(self, values: Any, output: int) -> Any:
        if self.transform != "log":
            return values
        return np.sign(values) * np.log1p(np.abs(values) / self.units[output])


def fit_target(
    frame: pd.DataFrame, columns: Columns, parts: Parts, task: Task, recipe: TargetRecipe | None = None
) -> FittedTarget:
    """The target's numbers: classes of all rows in a part, in their natural order; mean and range of training rows."""
    names = tuple(column.name for column in columns.targets)
    if not names:
        raise DataError("a network needs a target to learn", where="target", came="none", do="Choose a target column.")
    if task == "multilabel":
        known = frame.loc[parts != LEFT_OUT]
        pairs = [_classes(known, (name,), "binary") for name in names]
        return FittedTarget(task=task, names=names, pairs=tuple((no, yes) for no, yes in pairs))
    if task != "regression":
        return FittedTarget(task=task, names=names, classes=_classes(frame.loc[parts != LEFT_OUT], names, task))
    transform = (recipe or TargetRecipe()).resolved.transform
    values = [amounts(frame[name].loc[parts == TRAIN]) for name in names]
    lows, highs = [float(row.min()) for row in values], [float(row.max()) for row in values]
    units = [_unit(row, name) for row, name in zip(values, names, strict=True)] if transform == "log" else []
    bent = [np.log1p(row / unit) for row, unit in zip(values, units, strict=True)] if units else values
    is_plain = transform == "none"
    return FittedTarget(
        task=task,
        names=names,
        means=tuple(0.0 if is_plain else float(row.mean()) for row in bent),
        deviations=tuple(1.0 if is_plain else _deviation(row) for row in bent),
        lows=tuple(lows),
        highs=tuple(highs),
        transform="standardize" if transform == "auto" else transform,
        units=tuple(units),
    )


def _codes(series: pd.Series[Any], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """The code of each cell's class (N,), −1 for none or one that is not known."""
    code_of = {text: code for code, text in enumerate(classes)}
    codes, distinct = series.factorize()
    table = np.array(
        [code_of.get(found_level(value, code_of), NO_CLASS) for value in distinct] + [NO_CLASS], dtype=np.int64
    )
    found: npt.NDArray[np.int64] = table[codes]
    return found


def _unit(values: Array, name: str) -> float:
    """The smallest value above 0: below it the logarithm is nearly a line, so that 0 has one too."""
    if values.min() < 0:
        raise DataError(
            "the logarithm of a target takes values of 0 or more",
            where=f"target {name[:80]}",
            came=f"{values.min():.4g}",
            do="Set the target's transform to standardize.",
            repair={"set": "recipe.target.transform", "value": "standardize"},
            column=name,
        )
    above = values[values > 0]
    return max(float(above.min()), SMALLEST_UNIT * float(above.max())) if len(above) else 1.0


def _deviation(values: Array) -> float:
    deviation = float(values.std())
    return deviation if deviation > 10 * np.finfo(np.float64).eps * abs(float(values.mean())) else 1.0


def _classes(frame: pd.DataFrame, names: tuple[str, ...], task: Task) -> tuple[str, ...]:
    if len(names) != 1:
        raise DataError(
            "several targets at once are numbers, or yes or no each",
            where="target",
            came=f"{len(names)} columns of classes",
            do="Choose one target, or set the task to regression.",
        )
    found = sorted(Levels.of(frame[names[0]]).levels, key=natural_order)
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
