"""Rows that are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import Clean
from nnlab.audit.rows import Rows
from nnlab.cleaning.steps.drop_duplicates import DropDuplicates
from nnlab.prep.split import LEFT_OUT
from nnlab.prep.wording import number

MOST_NAMED = 1_000  # columns that one step of cleaning names
USUAL = 0.5  # share of repeated rows in tables of so few values that rows alike mean nothing


@checks
class DuplicateRows(Check):
    """Rows alike in all features and targets, and whether some of them train while others judge."""

    kind: Literal["duplicate_rows"] = "duplicate_rows"

    title: ClassVar[str] = "Duplicate rows"
    seriousness: ClassVar[int] = 10

    def find(self, rows: Rows) -> Iterator[Finding]:
        groups = rows.repeats[rows.labelled]
        _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
        n_repeated = len(groups) - len(counts)
        n_features = len([each for each in rows.features if each.kind not in ("id", "constant")])
        if not n_repeated or not n_features or n_repeated > USUAL * len(groups):
            return
        n_across, n_whole, names = _across(inverse, rows.parts[rows.labelled]), *_whole(rows)
        verb = "row repeats" if n_repeated == 1 else "rows repeat"
        said = f"{number(n_repeated, 9)} {verb} another in all features and the target. {_side(n_across)}"
        if 0 < n_whole < n_repeated:
            said += f" {number(n_whole, 9)} of them are the same in every other column too."
        step = DropDuplicates(columns=tuple(names))
        mends = (Clean(label="Remove duplicate rows", steps=(step,)),) if n_whole and len(names) <= MOST_NAMED else ()
        yield self.finding(
            (),
            said,
            *mends,
            n_repeated=n_repeated,
            n_sets=int((counts > 1).sum()),
            n_sets_across=n_across,
            n_same_in_all=n_whole,
            share=round(n_repeated / len(groups), 6),
            lines=rows.lines(rows.labelled[_is_again(inverse)]),
        )


def _side(n_across: int) -> str:
    if not n_across:
        return "Rows alike are kept on one side of the split."
    sets = "1 set of them lies" if n_across == 1 else f"{number(n_across, 9)} sets of them lie"
    return f"{sets} on several sides of the split, and the score on them flatters."


def _whole(rows: Rows) -> tuple[int, list[str]]:
    """How many rows repeat another in every column that does not name rows, and these columns: only such rows are
    safe to take away, for what is left out of the features may tell two people apart."""
    names = [each.name for each in rows.columns.columns if each.kind != "id" and each.name in rows.frame.columns]
    return int(rows.frame[names].duplicated().sum()), names


def _is_again(inverse: np.ndarray) -> np.ndarray:
    """Which rows repeat one further up."""
    first = np.zeros(len(inverse), dtype=bool)
    first[np.unique(inverse, return_index=True)[1]] = True
    return ~first


def _across(inverse: np.ndarray, parts: np.ndarray) -> int:
    """How many sets of rows alike lie in more than one part."""
    known = parts != LEFT_OUT
    pairs = np.unique(inverse[known].astype(np.int64) * 4 + parts[known])
    return int((np.bincount(pairs // 4) > 1).sum())
