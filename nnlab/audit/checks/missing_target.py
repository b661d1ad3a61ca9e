"""Rows without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import drop_rows
from nnlab.audit.rows import Rows
from nnlab.cleaning.condition import Condition
from nnlab.prep.wording import number


@checks
class MissingTarget(Check):
    """Rows whose target is missing: they neither train nor judge."""

    kind: Literal["missing_target"] = "missing_target"

    title: ClassVar[str] = "Rows without an answer"
    seriousness: ClassVar[int] = 12

    def find(self, rows: Rows) -> Iterator[Finding]:
        for target in rows.columns.targets:
            places = np.flatnonzero(rows.is_missing(target.name))
            if not len(places):
                continue
            mend = drop_rows("Drop these rows", Condition(column=target.name, comparison="is_missing"))
            verb = "row has" if len(places) == 1 else "rows have"
            said = f"{number(len(places), 9)} {verb} no {target.name[:60]} and are left out of training and judging."
            share = round(len(places) / rows.n_rows, 6)
            yield self.finding((target.name,), said, mend, n_rows=len(places), share=share, lines=rows.lines(places))
