"""Rows in the order of a date: the future should not train what predicts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.leakage import everything, known
from nnlab.audit.mends import SetRole
from nnlab.audit.rows import Rows

ORDERED = 0.95  # of the steps from row to row that go one way
LEAST_ROWS = 20


@checks
class TimeOrder(Check):
    """A column of dates in whose order the rows stand, offered as split by time, with the score of both splits."""

    kind: Literal["time_order"] = "time_order"

    title: ClassVar[str] = "Rows in order of time"
    seriousness: ClassVar[int] = 15

    def find(self, rows: Rows) -> Iterator[Finding]:
        if rows.columns.time_column or rows.columns.split_column or not rows.truths:
            return
        for column in rows.columns.columns:
            if column.kind != "datetime" or column.role not in ("feature", "ignore") or column.name not in rows.frame:
                continue
            share = ordered(rows, column.name)
            if share < ORDERED:
                continue
            scores = [everything(rows), everything(rows.divided(column.name, "time"))]
            metric, beside = METRICS[rows.truths[0].metric], ""
            if all(score == score for score in scores):
                beside = f" Rows drawn by chance give {metric} {shown(scores[0])}, the latest ones {shown(scores[1])}."
            said = (
                f"Rows stand in order of {column.name[:60]}: drawn by chance, later rows train what judges earlier "
                f"ones.{beside}"
            )
            mend = SetRole(label=f"Split by {column.name[:60]}", columns=(column.name,), role="time")
            numbers = {"score_random": known(scores[0]), "score_by_time": known(scores[1])}
            yield self.finding((column.name,), said, mend, share_ordered=round(share, 6), **numbers)
            return


def ordered(rows: Rows, name: str) -> float:
    """The share of steps from row to row that go the way most of them go; 0 where there are too few dates."""
    values = rows.numbers(name)[rows.seen]
    values = values[~np.isnan(values)]
    if len(values) < max(LEAST_ROWS, len(rows.seen) / 2) or len(np.unique(values)) < LEAST_ROWS / 2:
        return 0.0
    steps = np.diff(values)
    return float(max((steps >= 0).mean(), (steps <= 0).mean()))
