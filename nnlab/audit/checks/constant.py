"""Columns that never change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.leakage import named
from nnlab.audit.mends import PROPOSED, leave_out
from nnlab.audit.rows import Rows


@checks
class Constant(Check):
    """Columns with the same value in every row, or with none in any: nothing can be learnt from them."""

    kind: Literal["constant"] = "constant"

    title: ClassVar[str] = "Constant columns"
    seriousness: ClassVar[int] = 20
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        looked = [
            each for each in rows.columns.columns if each.role in ("feature", "ignore") and each.reason != PROPOSED
        ]
        constant = [each for each in looked if each.name in rows.frame.columns and _is_constant(rows, each.name)]
        for is_used in (True, False):
            names = tuple(each.name for each in constant if (each.role == "feature") == is_used)
            if not names:
                continue
            empty = [name for name in names if not len(rows.codes(name)[1])]
            does, has = ("never changes", "has") if len(names) == 1 else ("never change", "have")
            more = f", {named(tuple(empty))} {'has' if len(empty) == 1 else 'have'} no value at all" if empty else ""
            done = "" if is_used else " Left out already."
            said = f"{named(names)} {does}{more}, and {has} nothing to tell.{done}"
            mends = (leave_out(*names),) if is_used else ()
            yield self.finding(names, said, *mends, n_columns=len(names), all_missing=empty, left_out=not is_used)


def _is_constant(rows: Rows, name: str) -> bool:
    codes, distinct = rows.codes(name)
    return len(distinct) == 0 or (len(distinct) == 1 and bool((codes == 0).all()))
