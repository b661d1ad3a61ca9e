"""Columns with many different levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import SetSteps, leave_out
from nnlab.audit.rows import Rows
from nnlab.prep.split import VALIDATION
from nnlab.prep.steps import one_hot
from nnlab.prep.wording import number

MANY = 50  # levels
RARE_SHARE = 0.1  # of the levels, that have too few rows
LEAST_ROWS = 10  # training rows of a level that one can learn from


@checks
class HighCardinality(Check):
    """Columns of more than fifty levels: many have few rows to learn from, and new rows bring levels never seen."""

    kind: Literal["high_cardinality"] = "high_cardinality"

    title: ClassVar[str] = "Many levels"
    seriousness: ClassVar[int] = 36

    def find(self, rows: Rows) -> Iterator[Finding]:
        for column in rows.features:
            if column.kind != "categorical":
                continue
            codes, distinct = rows.codes(column.name)
            if len(distinct) <= MANY:
                continue
            counts = np.bincount(codes[rows.train][codes[rows.train] >= 0], minlength=len(distinct))
            judged = codes[rows.parts == VALIDATION]
            judged = judged[judged >= 0]
            unseen = float((counts[judged] == 0).mean()) if len(judged) else 0.0
            n_rare = int((counts < LEAST_ROWS).sum())
            if n_rare < RARE_SHARE * len(distinct):
                continue  # many, and each has rows enough
            said = (
                f"{column.name[:60]} has {number(len(distinct), 9)} levels, {number(n_rare, 9)} of them with less than "
                f"{LEAST_ROWS} training rows; {100 * unseen:.0f} % of the validation rows have one never trained on."
            )
            chain = (one_hot.OneHot(least_rows=LEAST_ROWS),)
            group = SetSteps(label="Group the rare levels", columns=(column.name,), steps=chain)
            yield self.finding(
                (column.name,),
                said,
                group,
                leave_out(column.name),
                n_levels=len(distinct),
                n_rare_levels=n_rare,
                share_unseen=round(unseen, 6),
            )
