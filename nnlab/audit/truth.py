"""What is true of each row, and how well an answer agrees with it: AUC for classes, R² for amounts.

Axes: N rows, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Columns, Task
from nnlab.prep.level_names import level_text
from nnlab.prep.raw import amounts

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
MOST_CLASSES = 40  # the commonest; a rarer class has no part in the audit's scores


@dataclass(frozen=True, eq=False)
class Truth:
    """One target. Of classes `values` are codes (N,) as float64, of amounts the amounts; NaN where there is none."""

    name: str
    values: Array
    classes: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        return "roc_auc" if self.classes else "r2"

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    def codes(self) -> npt.NDArray[np.int64]:
        """The class of each row (N,), −1 for none."""
        return np.where(np.isnan(self.values), -1, self.values).astype(np.int64)

    def score(self, answers: Sequence[Array], truth: Sequence[Array]) -> float:
        """How well the answers of each turn, (N, K) shares of classes or (N,) amounts, agree with what is true (N,).

        AUC is the mean of the turns: shares learnt in different turns have no common order. NaN: it is not told.
        """
        if not self.classes:
            return r2(np.concatenate(answers), np.concatenate(truth))
        return mean_of([macro_auc(each, true) for each, true in zip(answers, truth, strict=True)])


def truths_of(frame: pd.DataFrame, columns: Columns, task: Task) -> tuple[Truth, ...]:
    """A truth for each target; classes from most to least frequent."""
    if task == "regression":
        return tuple(Truth(column.name, amounts(frame[column.name])) for column in columns.targets)
    return tuple(_of_classes(frame, column.name) for column in columns.targets)


def _of_classes(frame: pd.DataFrame, name: str) -> Truth:
    codes, distinct = frame[name].factorize()
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    place = np.full(len(distinct) + 1, np.nan)
    place[order] = np.arange(len(order))
    return Truth(name, place[codes], tuple(level_text(distinct[at]) for at in order))


def r2(answers: Array, truth: Array) -> float:
    """The share of the variance that is told, 1 at most; NaN where the truth does not vary."""
    centred = truth - truth.mean() if len(truth) else truth
    total = float(centred @ centred)
    if total <= 0:
        return float("nan")
    rest = truth - answers
    return 1.0 - float(rest @ rest) / total


def macro_auc(shares_NK: Array, truth: Array) -> float:
    """The mean area under the ROC curve of each class against the rest, over classes with rows on both sides."""
    return mean_of([auc(shares_NK[:, k], truth == k) for k in range(shares_NK.shape[1])])


def auc(scores: Array, is_class: npt.NDArray[np.bool_]) -> float:
    """The chance that a row of the class scores higher than another; ties count half. NaN where one side is empty."""
    distinct, places = np.unique(scores, return_inverse=True)
    positive = np.bincount(places[is_class], minlength=len(distinct)).astype(np.float64)
    every = np.bincount(places, minlength=len(distinct)).astype(np.float64)
    return float(auc_of_counts(positive, every - positive))


def auc_of_counts(positive: Array, negative: Array) -> float:
    """The same from how many rows of both sides have each score, lowest score first."""
    n_positive, n_negative = positive.sum(), negative.sum()
    if not n_positive or not n_negative:
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (n_positive * n_negative))


def mean_of(scores: list[float]) -> float:
    """The mean of the scores that were told; NaN where none was."""
    told = [score for score in scores if not np.isnan(score)]
    return float(np.mean(told)) if told else float("nan")
