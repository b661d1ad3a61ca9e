"""Amounts cut off at a value: a pile of rows at the end of the scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.checks.near_constant import SHARE
from nnlab.audit.finding import Finding
from nnlab.audit.mends import Clean, Mend, keep_rows
from nnlab.audit.rows import Array, Rows
from nnlab.cleaning.condition import Condition
from nnlab.cleaning.expression import quoted
from nnlab.cleaning.step import LONGEST_NAME
from nnlab.cleaning.steps.compute_column import ComputeColumn
from nnlab.data.columns import Column
from nnlab.prep.wording import number

LEAST_DISTINCT = 30
LEAST_ROWS = 10
LEAST_SHARE = 0.001
TIMES = 5.0  # the rows at the end, beside those of the values next to it
NEXT = 10  # values


@checks
class Capped(Check):
    """A pile of rows at the largest value of a column of amounts: whatever was larger was written as this one."""

    kind: Literal["capped"] = "capped"

    title: ClassVar[str] = "Capped values"
    seriousness: ClassVar[int] = 37
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        targets = tuple(each for each in rows.columns.targets if rows.task == "regression")
        for column in (*targets, *rows.features):
            if column.kind != "numeric":
                continue
            values = rows.numbers(column.name)
            found = pile(values[rows.train])
            if found is None or _into(column.name) in rows.frame.columns:
                continue  # what a mend has made says where it was cut already
            cap, begins = found.cap, found.begins
            n_rows = int(((values >= begins) & (values <= cap)).sum())
            share = n_rows / rows.n_rows
            said = (
                f"{column.name[:60]} ends at {number(cap, 7)} in {number(n_rows, 9)} rows ({100 * share:.1f} %), "
                f"a pile beside the values before it: larger ones were cut off there."
            )
            is_rare = float((values[rows.seen] >= begins).mean()) < 1 - SHARE
            mends = () if is_rare and column.role == "feature" else _mends(column, begins)
            yield self.finding((column.name,), said, *mends, cap=cap, n_rows=n_rows, share=round(share, 6))


class Pile(NamedTuple):
    """Rows at the end of a scale: its largest value, how many rows lie there, and the smallest value of the pile."""

    cap: float
    n_rows: int
    begins: float


def pile(values: Array) -> Pile | None:
    """The rows that pile up at the largest value (and at those next to it: 500 000 and 500 001), or None."""
    known = values[~np.isnan(values)]
    distinct, counts = np.unique(known, return_counts=True)
    begins = len(distinct)
    while begins > LEAST_DISTINCT:
        beside = float(counts[begins - 1 - NEXT : begins - 1].mean())
        if counts[begins - 1] < max(LEAST_ROWS, LEAST_SHARE * len(known), TIMES * beside):
            break
        begins -= 1
    if begins == len(distinct):
        return None
    return Pile(float(distinct[-1]), int(counts[begins:].sum()), float(distinct[begins]))


def _mends(column: Column, begins: float) -> tuple[Mend, ...]:
    """Of a target the rows go whose value is not known; beside a feature a column says where it was cut."""
    if column.role == "target":
        below = Condition(column=column.name, comparison="less", value=repr(begins))
        missing = Condition(column=column.name, comparison="is_missing")
        return (keep_rows(f"Keep rows below {number(begins, 7)}", below, missing),)
    step = ComputeColumn(into=_into(column.name), expression=f"{quoted(column.name)} >= {begins!r}")
    return (Clean(label="Add a column that says where", steps=(step,)),)


def _into(name: str) -> str:
    """The name of the column that says where another was cut off."""
    return f"{name[: LONGEST_NAME // 2]} at its end"
