"""Which rows train, which choose the best epoch, and which judge: before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.data.columns import SPLIT_WORDS, Columns, Task
from nnlab.errors import DataError
from nnlab.prep.cells import level_text
from nnlab.prep.raw import amounts
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Parts: TypeAlias = npt.NDArray[np.int8]
Indices: TypeAlias = npt.NDArray[np.int64]

TRAIN, VALIDATION, TEST, LEFT_OUT = 0, 1, 2, -1
PART_NAMES = ("train", "validation", "test")
FEWEST_TO_SPLIT = 10  # rows; fewer all train, and nothing is left to judge on
COMMON = 0.5  # where more rows than this share repeat others, drawing whole groups would decide the split
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


def parts(frame: pd.DataFrame, columns: Columns, task: Task, split: Split) -> Parts:
    """The part of every row, (N,): 0 train, 1 validation, 2 test, −1 left out (no target, or no named part).

    Rows alike in all features and targets lie in one part. Raises `DataError` where fewer than two rows can train or
    the split column holds other words than train, validation and test.
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
    strata = _strata(frame, columns, task, split, labelled)
    groups = _groups(frame, columns, labelled)
    if columns.split_column is not None:
        named = _named_parts(frame[columns.split_column], columns.split_column)[labelled]
        found[labelled] = _with_validation(named, strata, groups, split)
    elif len(labelled) < FEWEST_TO_SPLIT:
        found[labelled] = TRAIN
    else:
        found[labelled] = _drawn(strata, groups, split.shares, split.seed)
    return found


def has_target(frame: pd.DataFrame, columns: Columns, task: Task) -> npt.NDArray[np.bool_]:
    """Which rows have a value in every target column; ±infinity is none for regression."""
    present = np.ones(len(frame), dtype=bool)
    for column in columns.targets:
        series = frame[column.name]
        present &= series.notna().to_numpy() if task != "regression" else ~np.isnan(amounts(series))
    return present


def repeated(frame: pd.DataFrame, columns: Columns) -> npt.NDArray[np.int64]:
    """The number of the group that each row belongs to; rows alike in all features and targets share one."""
    import pandas as pd

    used = [c.name for c in columns.columns if c.role in ("feature", "target") and c.kind not in ("id", "constant")]
    if not used:
        return np.arange(len(frame), dtype=np.int64)
    hashes = pd.util.hash_pandas_object(frame[used], index=False).to_numpy()
    return pd.factorize(hashes)[0].astype(np.int64)


def _groups(frame: pd.DataFrame, columns: Columns, rows: Indices) -> Indices:
    groups = repeated(frame.iloc[rows], columns)
    return groups if not too_common(groups) else np.arange(len(rows), dtype=np.int64)


def too_common(groups: Indices) -> bool:
    return bool(len(np.unique(groups)) < (1 - COMMON) * len(groups))


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


def _with_validation(named: Parts, strata: Indices, groups: Indices, split: Split) -> Parts:
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
        found[train] = _drawn(strata[train], groups[train], (1 - share, share, 0.0), split.seed)
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
