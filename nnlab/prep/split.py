"""Which rows train, which choose the best epoch, and which judge: before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.data.columns import SPLIT_WORDS, Columns, Task
from nnlab.errors import DataError
from nnlab.prep.by_time import drawn_by_time, times
from nnlab.prep.grouped import drawn_groups, groups_of, with_copies
from nnlab.prep.level_names import level_text
from nnlab.prep.raw import amounts
from nnlab.prep.repeats import RowHashes, too_common
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Parts: TypeAlias = npt.NDArray[np.int8]
Indices: TypeAlias = npt.NDArray[np.int64]

TRAIN, VALIDATION, TEST, LEFT_OUT = 0, 1, 2, -1
PART_NAMES = ("train", "validation", "test")
FEWEST_TO_SPLIT = 10  # rows; fewer all train, and nothing is left to judge on
_NAMED = {word: PART_NAMES.index(part) for word, part in SPLIT_WORDS.items()}


class Split(Spec):
    """The shares of the three parts, and how rows are drawn into them."""

    train: float = Field(
        0.64, gt=0, le=1, description="Share of the rows to learn from; the three shares count relative to their sum."
    )
    validation: float = Field(
        0.16, ge=0, le=1, description="Share of the rows that choose the best epoch and the thresholds."
    )
    test: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Share of the rows that judge; the network never sees them before.",
        json_schema_extra={"why": "A fifth judges closely enough for most tables and leaves most rows to learn from."},
    )
    stratified: bool = Field(
        True, description="Keep the shares of the classes alike in all three parts; numbers as target: no effect."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="The same seed draws the same rows.")

    @property
    def shares(self) -> tuple[float, float, float]:
        """Train, validation and test, together 1."""
        total = self.train + self.validation + self.test
        return self.train / total, self.validation / total, self.test / total


def parts(frame: pd.DataFrame, columns: Columns, task: Task, split: Split, hashes: RowHashes | None = None) -> Parts:
    """The part of every row, (N,): 0 train, 1 validation, 2 test, −1 left out (no target, no time or no named part).

    A split column decides; else a time column, in whose order the rows train, validate and test; else rows are drawn,
    those of one group into one part. Rows alike in all features and targets lie in one part where they are drawn.
    Raises `DataError` where fewer than two rows can train, the split column holds other words than train, validation
    and test, or the time column neither dates nor numbers. `hashes` of this frame spare the look for rows alike.
    """
    found = np.full(len(frame), LEFT_OUT, dtype=np.int8)
    labelled = np.flatnonzero(has_target(frame, columns, task))
    if len(labelled) < 2:
        raise DataError(
            "a network learns from at least two rows that have a target",
            where="target",
            came=f"{len(labelled)} of {len(frame)} rows",
            do="Choose another target, or add rows.",
        )
    drawing = Drawing(frame, columns, task, split, labelled, hashes or RowHashes.of(frame, columns))
    if columns.split_column is not None:
        named = _named_parts(frame[columns.split_column], columns.split_column)[labelled]
        found[labelled] = _with_validation(named, drawing, split)
    elif len(labelled) < FEWEST_TO_SPLIT:
        found[labelled] = TRAIN
    else:
        found[labelled] = drawing.parts(np.arange(len(labelled)), split.shares)
    if int((found == TRAIN).sum()) < 2:
        raise DataError(
            "at least two rows must train",
            where=f"column {str(columns.time_column)[:80]}",
            came="too few rows with a time",
            do="Give the column another role.",
        )
    return found


class Drawing:
    """The labelled rows, and what decides which of them go together: time, groups, copies, classes."""

    def __init__(
        self, frame: pd.DataFrame, columns: Columns, task: Task, split: Split, rows: Indices, hashes: RowHashes
    ) -> None:
        self.seed = split.seed
        self.strata = _strata(frame, columns, task, split, rows)
        self.alike = _alike(hashes, rows)
        time, groups = columns.time_column, columns.group_columns
        self.times = times(frame[time].iloc[rows], columns[time].kind) if time else None
        self.groups = with_copies(groups_of(frame.iloc[rows], groups), self.alike) if groups else None

    def parts(self, rows: Indices, shares: Sequence[float]) -> Parts:
        """The part of each of these rows."""
        if self.times is not None:
            return drawn_by_time(self.times[rows], shares)
        if self.groups is not None:
            return drawn_groups(self.groups[rows], self.strata[rows], shares, self.seed)
        return _drawn(self.strata[rows], self.alike[rows], shares, self.seed)


def has_target(frame: pd.DataFrame, columns: Columns, task: Task) -> npt.NDArray[np.bool_]:
    """Which rows have a value in every target column; ±infinity is none for regression."""
    present = np.ones(len(frame), dtype=bool)
    for column in columns.targets:
        series = frame[column.name]
        present &= series.notna().to_numpy() if task != "regression" else ~np.isnan(amounts(series))
    return present


def _alike(hashes: RowHashes, rows: Indices) -> Indices:
    groups = hashes.groups(rows)
    return groups if not too_common(groups) else np.arange(len(rows), dtype=np.int64)


def _strata(frame: pd.DataFrame, columns: Columns, task: Task, split: Split, rows: Indices) -> Indices:
    if task == "regression" or not split.stratified or len(columns.targets) != 1:
        return np.zeros(len(rows), dtype=np.int64)
    codes, _ = frame[columns.targets[0].name].iloc[rows].factorize(sort=True)
    return codes.astype(np.int64)


def _named_parts(series: pd.Series[Any], name: str) -> Parts:
    codes, distinct = series.factorize()
    words = [level_text(value).strip() for value in distinct]
    unknown = [word for word in words if word.lower() not in _NAMED]
    if unknown:
        shown = ", ".join(word[:40] for word in unknown[:5]) + (" ..." if len(unknown) > 5 else "")
        raise DataError(
            "a split column says train, validation or test in every row",
            where=f"column {name[:80]}",
            came=shown,
            do="Mend these cells, or give the column another role.",
            column=name,
        )
    found: Parts = np.array([*(_NAMED[word.lower()] for word in words), LEFT_OUT], dtype=np.int8)[codes]
    return found


def _with_validation(named: Parts, drawing: Drawing, split: Split) -> Parts:
    found = named.copy()
    train = np.flatnonzero(named == TRAIN)
    if len(train) < 2:
        raise DataError(
            "the split column must name at least two rows with a target as train",
            where="split column",
            came=f"{len(train)} rows",
            do="Mend the column, or give it another role.",
        )
    share = split.validation / (split.train + split.validation)
    if not (named == VALIDATION).any() and len(train) >= FEWEST_TO_SPLIT and share > 0:
        drawn = drawing.parts(train, (1 - share, share, 0.0))
        found[train] = np.where(drawn == LEFT_OUT, TRAIN, drawn)  # the column said train: no time is no reason
    return found


def _drawn(strata: Indices, groups: Indices, shares: Sequence[float], seed: int) -> Parts:
    """A part for every row: in each stratum the shares as near as whole rows and whole groups allow."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(strata))
    found = np.full(len(strata), TRAIN, dtype=np.int8)
    by_stratum = order[np.argsort(strata[order], kind="stable")]
    edges = np.flatnonzero(np.diff(strata[by_stratum])) + 1
    for rows in np.split(by_stratum, edges):
        found[rows] = _stratum(groups[rows], _wanted(len(rows), shares))
    if not (found == TRAIN).any():
        found[:] = TRAIN
    return found


def _wanted(n_rows: int, shares: Sequence[float]) -> list[int]:
    """Whole rows for each part, their sum `n_rows`: the largest remainders are rounded up, train first among equals."""
    exact = [share * n_rows for share in shares]
    counts = [int(value + 1e-9) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda part: (counts[part] - exact[part], part))
    for part in by_remainder[: n_rows - sum(counts)]:
        counts[part] += 1
    if counts[TRAIN] == 0:
        counts[counts.index(max(counts))] -= 1
        counts[TRAIN] = 1
    return counts


def _stratum(groups: Indices, wanted: list[int]) -> Parts:
    """Groups of several rows first, each to the part that lacks the largest share; single rows fill what is left."""
    found = np.full(len(groups), LEFT_OUT, dtype=np.int8)
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    is_alone = (counts == 1)[inverse]
    together = np.flatnonzero(~is_alone)
    left = list(wanted)
    by_group = together[np.argsort(inverse[together], kind="stable")]
    starts = np.flatnonzero(np.diff(inverse[by_group])) + 1
    members = [rows for rows in np.split(by_group, starts) if len(rows)]
    for rows in sorted(members, key=lambda rows: (-len(rows), int(rows[0]))):
        part = _neediest(left, wanted, len(rows))
        found[rows] = part
        left[part] -= len(rows)
    alone = np.flatnonzero(is_alone)
    room = np.maximum(left, 0)
    fills = np.repeat(np.arange(3, dtype=np.int8), room)[: len(alone)]
    found[alone[: len(fills)]] = fills
    found[found == LEFT_OUT] = TRAIN
    return found


def _neediest(left: list[int], wanted: list[int], size: int) -> int:
    fitting = [part for part in range(3) if left[part] >= size]
    return max(fitting, key=lambda part: (left[part] / max(wanted[part], 1), -part), default=TRAIN)
