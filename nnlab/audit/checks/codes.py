"""Numbers that name something instead of counting it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.mends import SetKind
from nnlab.audit.probe import alone, line
from nnlab.audit.rows import Rows
from nnlab.audit.truth import Truth, auc, mean_of
from nnlab.data.columns import Column

MOST_CODES = 20
FEWEST_CODES = 3
LEAST_ROWS = 200
GAIN = 0.04  # of the score, that levels tell more than amounts do


@checks
class Codes(Check):
    """Whole numbers with few different values that tell clearly more as levels than in their order (AUC or R² 0.04 more
    on held-out rows)."""

    kind: Literal["codes"] = "codes"

    title: ClassVar[str] = "Numbers that may be codes"
    seriousness: ClassVar[int] = 39

    def find(self, rows: Rows) -> Iterator[Finding]:
        for column in rows.features:
            if column.kind != "numeric" or not rows.folds or rows.n_rows < LEAST_ROWS:
                continue
            values = rows.numbers(column.name)[rows.seen]
            distinct = np.unique(values[~np.isnan(values)])
            if not FEWEST_CODES <= len(distinct) <= MOST_CODES or not (distinct == np.floor(distinct)).all():
                continue
            for truth in rows.truths:
                as_levels, as_amounts = alone(rows, truth, column), _in_order(rows, truth, column)
                if as_levels < as_amounts + GAIN:  # NaN is neither
                    continue
                metric = METRICS[truth.metric]
                said = (
                    f"{column.name[:60]} has {len(distinct)} different whole numbers. As levels they give {metric} "
                    f"{shown(as_levels)} by themselves, as amounts {shown(as_amounts)}: they may be codes."
                )
                mend = SetKind(label=f"Take {column.name[:60]} for levels", columns=(column.name,), to="categorical")
                scores = {"score_as_levels": round(as_levels, 6), "score_as_amounts": round(as_amounts, 6)}
                yield self.finding((column.name,), said, mend, n_distinct=len(distinct), **scores)
                break


def _in_order(rows: Rows, truth: Truth, column: Column) -> float:
    """The score of the numbers as amounts: more of them is more of the answer, or less."""
    if not truth.classes:
        return line(rows, truth, [column.name])
    values, scores = rows.numbers(column.name), []
    for _, judged in rows.folds:
        known = judged[~np.isnan(values[judged]) & ~np.isnan(truth.values[judged])]
        found = [auc(values[known], truth.values[known] == k) for k in range(truth.n_classes)]
        scores += [max(score, 1 - score) for score in found if score == score]
    return mean_of(scores)
