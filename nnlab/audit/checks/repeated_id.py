"""A name that several rows share: they may belong to one thing, and should lie on one side of the split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.leakage import everything, known
from nnlab.audit.mends import SetRole
from nnlab.audit.rows import Rows
from nnlab.data.columns import Column
from nnlab.data.kinds import names_rows

LEAST_LEVELS = 20
MOST_ROWS_A_LEVEL = 200  # in the mean; larger groups are a property, not a thing
LEAST_REPEATED = 0.1  # of the rows that share their value with another
MANY_LEVELS = 0.05  # of the rows
MOST_OFFERED = 2


@checks
class RepeatedId(Check):
    """A column of names or numbers that several rows share, offered as group, with the score of both splits."""

    kind: Literal["repeated_id"] = "repeated_id"

    title: ClassVar[str] = "Rows that belong together"
    seriousness: ClassVar[int] = 16

    def find(self, rows: Rows) -> Iterator[Finding]:
        if rows.columns.group_columns or rows.columns.split_column or rows.columns.time_column or not rows.truths:
            return
        likely = [each for each in rows.columns.columns if each.role in ("feature", "ignore") and _repeats(rows, each)]
        for column in likely[:MOST_OFFERED]:
            _, distinct = rows.codes(column.name)
            truth = rows.truths[0]
            scores = [everything(rows), everything(rows.divided(column.name, "group"))]
            metric = METRICS[truth.metric]
            beside = ""
            if all(score == score for score in scores):
                beside = f" Rows drawn one by one give {metric} {shown(scores[0])}, drawn by group {shown(scores[1])}."
            said = (
                f"{column.name[:60]} has {len(distinct)} different values in {rows.n_rows} rows: "
                f"rows of one may lie on both sides of the split.{beside}"
            )
            mend = SetRole(label=f"Keep each {column.name[:60]} on one side", columns=(column.name,), role="group")
            numbers = {"metric": truth.metric, "score_random": known(scores[0]), "score_grouped": known(scores[1])}
            yield self.finding((column.name,), said, mend, n_groups=len(distinct), **numbers)


def _repeats(rows: Rows, column: Column) -> bool:
    if column.name not in rows.frame.columns or column.kind not in ("categorical", "numeric", "id"):
        return False
    codes, distinct = rows.codes(column.name)
    n_filled = int((codes >= 0).sum())
    if len(distinct) < LEAST_LEVELS or n_filled < rows.n_rows / 2:
        return False
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    n_repeated = int(counts[counts > 1].sum())
    if n_repeated < LEAST_REPEATED * n_filled or n_filled > MOST_ROWS_A_LEVEL * len(distinct):
        return False
    if column.kind == "numeric":
        values = rows.numbers(column.name)
        is_whole = bool((values[~np.isnan(values)] % 1 == 0).all())
        return is_whole and names_rows(column.name)
    return len(distinct) >= MANY_LEVELS * n_filled or names_rows(column.name)
