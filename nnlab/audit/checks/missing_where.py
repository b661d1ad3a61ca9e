"""A column that is missing exactly where the target has one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.leakage import ASK, REPORTS, told
from nnlab.audit.rows import Rows
from nnlab.audit.truth import Truth
from nnlab.prep.wording import number

LEAST = 5  # rows on either side; fewer may fall together by chance
Mask = npt.NDArray[np.bool_]


@checks
class MissingWhere(Check):
    """A column missing exactly where the target takes a value, or filled exactly there: a leak; almost exactly (0.98 of
    the rows on either side): it is asked about."""

    kind: Literal["missing_where"] = "missing_where"

    title: ClassVar[str] = "Missing where the answer is known"
    seriousness: ClassVar[int] = 2
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths:
            known = rows.seen[~np.isnan(truth.values[rows.seen])]
            values = truth.values[known]
            for column in rows.features:
                is_missing = rows.is_missing(column.name)[known]
                if not LEAST <= is_missing.sum() <= len(known) - LEAST or not rows.folds:
                    continue
                found = _nearest(values, is_missing)
                if found is not None and column.name not in rows.leaking(truth.name):
                    rows.told[truth.name, column.name] = "leak" if found[2] == 1.0 else "ask"
                    yield _told(rows, truth, column.name, *found, int(is_missing.sum()))


def _nearest(values: npt.NDArray[np.float64], is_missing: Mask) -> tuple[float, bool, float] | None:
    """The value whose rows are those where the column is missing (or, False, filled), and the mean share of rows that
    fit on either side; None where none comes near."""
    for side in (is_missing, ~is_missing):
        distinct, counts = np.unique(values[side], return_counts=True)
        value = float(distinct[counts.argmax()])
        there = values == value
        if LEAST <= there.sum() <= len(values) - LEAST:
            share = float((side[there].mean() + (~side)[~there].mean()) / 2)
            if share >= ASK:
                return value, side is is_missing, share
    return None


def _told(
    rows: Rows, truth: Truth, name: str, value: float, where_missing: bool, share: float, n_missing: int
) -> Finding:
    shown = truth.classes[int(value)] if truth.classes else number(value)
    what, is_exact = "missing" if where_missing else "filled", share == 1.0
    said = (
        f"{name[:60]} is {what} {'exactly' if is_exact else 'almost exactly'} where {truth.name[:60]} is {shown[:60]}"
    )
    numbers = {"value": shown, "n_missing": n_missing, "is_exact": is_exact}
    return told(rows, truth, "leak" if is_exact else "ask", (name,), what, said, share, **numbers)
