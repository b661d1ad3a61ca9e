"""A target that cannot be learnt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import SetTarget
from nnlab.audit.rows import Rows
from nnlab.data.columns import Column

MOST_OFFERED = 3
MOST_CLASSES = 20


@checks
class OneClass(Check):
    """A target with one value in every row, or with none: nothing can be learnt from it."""

    kind: Literal["one_class"] = "one_class"

    title: ClassVar[str] = "A target that says nothing"
    seriousness: ClassVar[int] = 6
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        for target in rows.columns.targets:
            codes, distinct = rows.codes(target.name)
            if len(distinct) > 1:
                continue
            n_filled = int((codes >= 0).sum())
            one = (
                f"{rows.level(target.name, 0)[:60]} in every row that has a value" if n_filled else "missing everywhere"
            )
            offered = [
                SetTarget(label=f"Predict {column.name[:60]} instead", column=column.name)
                for column in sorted(rows.features, key=lambda column: _rank(rows, column))[:MOST_OFFERED]
            ]
            said = f"{target.name[:60]} is {one}, so nothing can be learnt from it."
            yield self.finding((target.name,), said, *offered, n_filled=n_filled, n_classes=len(distinct))


def _rank(rows: Rows, column: Column) -> tuple[int, int]:
    """Yes and no first, then few classes, then amounts; the last in the file before the others."""
    n_distinct = len(rows.codes(column.name)[1])
    order = {"boolean": 0, "categorical": 1, "numeric": 2}.get(column.kind, 3)
    is_usable = n_distinct >= 2 and (column.kind != "categorical" or n_distinct <= MOST_CLASSES)
    return (order if is_usable else 4, -list(rows.frame.columns).index(column.name))
