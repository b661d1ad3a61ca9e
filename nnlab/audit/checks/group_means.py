"""A column that was computed from the target: its sum, mean or count over the groups of another column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, shown
from nnlab.audit.leakage import IDENTITY, REPORTS, told
from nnlab.audit.rows import Array, Indices, Rows
from nnlab.audit.truth import Truth, r2

MOST_TRIED = 256  # held-out rows on which every column is tried first
LIKELY = 0.9  # R² on them; what comes near is looked at on all
MOST_VALUES = 5  # classes whose share is looked for
LEAST_GROUPS = 3
LEAST_ROWS = 10


@checks
class GroupMeans(Check):
    """The sum, mean or count of the target over the groups of another column (R² 0.999 on held-out rows): a leak."""

    kind: Literal["group_means"] = "group_means"

    title: ClassVar[str] = "Computed from the answer"
    seriousness: ClassVar[int] = 3
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths if rows.folds else ():
            names = [name for name in rows.numeric if name not in rows.leaking(truth.name)]
            if not names:
                continue
            judged = np.concatenate([places for _, places in rows.folds])
            few = judged[:: -(-len(judged) // MOST_TRIED)]
            tried = np.stack([rows.numbers(name)[few] for name in names], axis=1)
            for group in _groups(rows):
                for what, told_N in _statistics(rows, truth, group):
                    for at in np.flatnonzero(_agreement(tried, told_N[few]) >= LIKELY):
                        name = names[at]
                        if name == group or name in rows.leaking(truth.name):
                            continue
                        score = _whole_agreement(rows, name, told_N, judged)
                        if score >= IDENTITY:
                            rows.told[truth.name, name] = "leak"
                            yield _told(rows, truth, name, group, what, score)


def _groups(rows: Rows) -> Iterator[str]:
    """The columns that part the rows into groups: every column but targets, whatever it is for."""
    targets = {column.name for column in rows.columns.targets}
    for column in rows.columns.columns:
        if column.name in targets or column.name not in rows.frame.columns or column.kind in ("image", "constant"):
            continue
        _, distinct = rows.codes(column.name)
        if LEAST_GROUPS <= len(distinct) <= rows.n_rows / 2:
            yield column.name


def _statistics(rows: Rows, truth: Truth, group: str) -> Iterator[tuple[str, Array]]:
    """Mean, sum and count of the target over the groups, told for every row (N,); arithmetic over all rows that have a
    target, as whoever made the column had them: nothing is learnt here."""
    codes, distinct = rows.codes(group)
    has = (codes >= 0) & ~np.isnan(truth.values)
    n_rows = np.bincount(codes[has], minlength=len(distinct) + 1).astype(np.float64)
    missing: Array = np.where(codes < 0, np.nan, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        for value, amounts in _amounts(truth):
            sums = np.bincount(codes[has], amounts[has], minlength=len(distinct) + 1).astype(np.float64)
            yield f"mean{value}", (sums / n_rows)[codes] + missing
            yield f"sum{value}", sums[codes] + missing
    yield "count", n_rows[codes] + missing


def _amounts(truth: Truth) -> Iterator[tuple[str, Array]]:
    """The target as amounts: as it is, or 1 for each class in turn; classes that are numbers also as these."""
    if not truth.classes:
        yield "", truth.values
        return
    for k in range(min(truth.n_classes, MOST_VALUES)):
        yield f" of {truth.classes[k][:40]}", (truth.values == k).astype(np.float64)
    try:
        as_numbers = np.array([*(float(text) for text in truth.classes), np.nan])
    except ValueError:
        return
    yield "", np.nan_to_num(as_numbers[truth.codes()])


def _agreement(tried_NF: Array, told_N: Array) -> Array:
    """The R² of each column (F,) as this statistic, on the rows where both are there; −1 where that is not told."""
    both = ~np.isnan(tried_NF) & ~np.isnan(told_N)[:, None]
    counts = both.sum(axis=0)
    values = np.where(both, tried_NF, 0.0)
    mean = values.sum(axis=0) / counts.clip(min=1)
    spread = (np.where(both, values - mean, 0.0) ** 2).sum(axis=0)
    rest = (np.where(both, values - np.nan_to_num(told_N)[:, None], 0.0) ** 2).sum(axis=0)
    found: Array = np.where((counts >= LEAST_ROWS) & (spread > 0), 1 - rest / np.where(spread > 0, spread, 1.0), -1.0)
    return found


def _whole_agreement(rows: Rows, name: str, told_N: Array, judged: Indices) -> float:
    values, told_of = rows.numbers(name)[judged], told_N[judged]
    both = ~np.isnan(values) & ~np.isnan(told_of)
    if len(np.unique(values[both])) < LEAST_GROUPS:
        return float("nan")
    return r2(told_of[both], values[both])


def _told(rows: Rows, truth: Truth, name: str, group: str, what: str, score: float) -> Finding:
    said = f"{name[:60]} is the {what} of {truth.name[:60]} by {group[:60]}, R² {shown(score)}"
    return told(rows, truth, "leak", (name,), "group", said, score, group=group, statistic=what.partition(" ")[0])
