"""Which class was taken for which: a cell for each pair that occurs, with the lines behind it, and figures per class.

Axes: N rows, K classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.score.outputs import Floats
from nnlab.spec import Spec

LINES_PER_CELL = 200
LINES = 20_000  # in all cells together: the report stays a small file for hundreds of classes


class Cell(Spec):
    """The test rows of one class that were given one class."""

    truth: int = Field(description="Index of the class they have.")
    predicted: int = Field(description="Index of the class they were given.")
    count: int = Field(description="How many rows.")
    lines: tuple[int, ...] = Field(description="Their lines in the file, the least expected first; not all of many.")


class ClassScore(Spec):
    """How one class fares; None where it has no test rows, or was never predicted and a share of none is asked for."""

    name: str
    precision: float | None = Field(description="Of the rows given this class, the share that has it.")
    recall: float | None = Field(description="Of the rows that have this class, the share that is given it.")
    f1: float | None = Field(description="The harmonic mean of the two.")
    support: int = Field(description="Test rows that have this class.")


def cells(truth_N: npt.NDArray[Any], prediction_NK: Floats, line_N: npt.NDArray[Any]) -> tuple[Cell, ...]:
    """The cells that hold rows, by class; rows the model was surest to be otherwise come first."""
    n_classes = prediction_NK.shape[1]
    pair_N = truth_N * n_classes + prediction_NK.argmax(axis=1)
    given_N = np.take_along_axis(prediction_NK, truth_N[:, None], axis=1)[:, 0]
    order_N = np.lexsort((given_N, pair_N))
    pairs, starts, counts = np.unique(pair_N[order_N], return_index=True, return_counts=True)
    most = max(5, min(LINES_PER_CELL, LINES // max(len(pairs), 1)))
    return tuple(
        Cell(
            truth=int(pair // n_classes),
            predicted=int(pair % n_classes),
            count=int(count),
            lines=tuple(line_N[order_N[start : start + min(count, most)]].tolist()),
        )
        for pair, start, count in zip(pairs, starts, counts, strict=True)
    )


def label_scores(labels: tuple[str, ...], truth_NK: npt.NDArray[Any], prediction_NK: Floats) -> tuple[ClassScore, ...]:
    """Precision, recall, F1 and support of the yes of each output, said from a probability of a half on."""
    found = []
    for k, name in enumerate(labels):
        no_yes_N2 = np.stack([1 - prediction_NK[:, k], prediction_NK[:, k]], axis=1)
        found.append(class_scores(("", name), truth_NK[:, k], no_yes_N2)[1])
    return tuple(found)


def class_scores(classes: tuple[str, ...], truth_N: npt.NDArray[Any], prediction_NK: Floats) -> tuple[ClassScore, ...]:
    """Precision, recall, F1 and support of each class, from scikit-learn."""
    from sklearn.metrics import precision_recall_fscore_support

    figures = precision_recall_fscore_support(
        truth_N, prediction_NK.argmax(axis=1), labels=np.arange(len(classes)), average=None, zero_division=np.nan
    )
    scores = []
    for name, precision, recall, f1, support in zip(classes, *figures, strict=True):
        is_absent = support == 0
        known = [None if is_absent or np.isnan(value) else float(value) for value in (precision, recall, f1)]
        scores.append(ClassScore(name=name, precision=known[0], recall=known[1], f1=known[2], support=int(support)))
    return tuple(scores)
