"""Columns that hardly ever change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.leakage import named
from nnlab.audit.mends import leave_out
from nnlab.audit.rows import Rows
from nnlab.prep.wording import number

SHARE = 0.995  # of the rows that have the commonest value, or none
LEAST_ROWS = 50


@checks
class NearConstant(Check):
    """Columns with one value (or none) in 99.5 % of the rows or more."""

    kind: Literal["near_constant"] = "near_constant"

    title: ClassVar[str] = "Nearly constant columns"
    seriousness: ClassVar[int] = 45
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        if rows.n_rows < LEAST_ROWS:
            return
        shares: dict[str, float] = {}
        for column in rows.scored:
            codes, distinct = rows.codes(column.name)
            counts = np.bincount(codes + 1, minlength=len(distinct) + 1)  # the first place counts the missing
            commonest = float(counts.max() / rows.n_rows)
            if SHARE <= commonest < 1:
                shares[column.name] = round(commonest, 6)
        if shares:
            names = tuple(sorted(shares, key=lambda name: -shares[name]))
            n_rest = round((1 - shares[names[0]]) * rows.n_rows)
            rows_ = "row" if n_rest == 1 else "rows"
            does = "hardly changes" if len(names) == 1 else "hardly change"
            said = f"{named(names)} {does}: {names[0][:60]} differs in {number(n_rest, 9)} {rows_} only."
            yield self.finding(names, said, leave_out(*names), shares=shares)
