"""Columns that name the row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.leakage import named
from nnlab.audit.mends import PROPOSED, leave_out
from nnlab.audit.rows import Rows
from nnlab.data.columns import Column

LEAST_ROWS = 20
NEARLY_ALL = 0.95  # of the filled cells that have a value of their own


@checks
class IdLike(Check):
    """Columns in which nearly every row has a value of its own: they tell rows apart and say nothing of new ones."""

    kind: Literal["id_like"] = "id_like"

    title: ClassVar[str] = "Columns that name the row"
    seriousness: ClassVar[int] = 24
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        looked = [
            each for each in rows.columns.columns if each.role in ("feature", "ignore") and each.reason != PROPOSED
        ]
        alike = [each for each in looked if each.name in rows.frame.columns and _names_rows(rows, each)]
        for is_used in (True, False):
            names = tuple(each.name for each in alike if (each.role == "feature") == is_used)
            if not names:
                continue
            n_distinct = {name: len(rows.codes(name)[1]) for name in names}
            does = "names the row" if len(names) == 1 else "name the row"
            done = "" if is_used else " Left out already."
            said = f"{named(names)} {does}: {n_distinct[names[0]]} different values in {rows.n_rows} rows.{done}"
            mends = (leave_out(*names),) if is_used else ()
            yield self.finding(names, said, *mends, n_distinct=n_distinct, left_out=not is_used)


def _names_rows(rows: Rows, column: Column) -> bool:
    if column.kind == "id":
        return True
    if column.kind not in ("categorical", "numeric") or rows.n_rows < LEAST_ROWS:
        return False
    if column.kind == "categorical":
        codes, distinct = rows.codes(column.name)
        n_filled = int((codes >= 0).sum())
        return n_filled >= LEAST_ROWS and len(distinct) >= NEARLY_ALL * n_filled
    values = rows.numbers(column.name)[rows.seen]
    if len(values) < 2 or np.isnan(values).any():
        return False
    # a count of the rows, up or down
    return any(bool((values - way * rows.seen == values[0] - way * rows.seen[0]).all()) for way in (1, -1))
