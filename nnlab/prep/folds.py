"""The rows that are not for the test, dealt into folds: each is held out by another member of a model.

As parts are drawn, so are folds: by time in blocks, by groups as wholes, otherwise with the classes and the copies of a
row together. Axes: `N` rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Columns, Task
from nnlab.errors import DataError
from nnlab.prep.by_time import drawn_by_time
from nnlab.prep.grouped import drawn_groups
from nnlab.prep.repeats import RowHashes
from nnlab.prep.split import TRAIN, VALIDATION, Drawing, Parts, Split

if TYPE_CHECKING:
    import pandas as pd

IN_NONE = -1


def folds(
    frame: pd.DataFrame, columns: Columns, task: Task, split: Split, part: Parts, n_folds: int
) -> npt.NDArray[np.int8]:
    """The fold of every row, (N,): 0 to `n_folds` − 1 for rows to train and validate on, −1 for all others.

    A row without a time is in no fold where a time column orders them. Raises `DataError` where there are fewer groups,
    moments or different rows than folds, so that one would stay empty.
    """
    found = np.full(len(frame), IN_NONE, dtype=np.int8)
    rows = np.flatnonzero((part == TRAIN) | (part == VALIDATION))
    drawing = Drawing(frame, columns, task, split, rows, RowHashes.of(frame, columns))
    shares = [1 / n_folds] * n_folds
    if drawing.times is not None:
        found[rows] = drawn_by_time(drawing.times, shares)
    else:
        together = drawing.alike if drawing.groups is None else drawing.groups
        found[rows] = drawn_groups(together, drawing.strata, shares, split.seed)
    n_there = len(np.unique(found[found >= 0]))
    if n_there < n_folds or len(rows) < n_folds + 2:
        raise _too_many(n_folds, n_there, drawing, len(rows))
    return found


def _too_many(n_folds: int, n_there: int, drawing: Drawing, n_rows: int) -> DataError:
    what = "moments" if drawing.times is not None else "groups" if drawing.groups is not None else "different rows"
    return DataError(
        "each member holds out rows of its own, so there must be more of them than folds",
        where="training.folds",
        came=f"{n_folds} folds for {n_rows} rows, whose {what} fill {n_there}",
        do="Train fewer members, or set folds to 0.",
        repair={"set": "training.folds", "value": 0},
    )
