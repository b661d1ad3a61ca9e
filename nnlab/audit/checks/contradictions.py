"""Rows alike whose answers differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, percent
from nnlab.audit.rows import Rows
from nnlab.prep.wording import number

LEAST_SHARE = 0.01  # of the rows
MOST_SHARE = 0.5  # of tables of so few values that rows alike mean nothing
LEAST_FEATURES = 2


@checks
class Contradictions(Check):
    """Rows alike in all features with different classes: no model can be right on all of them."""

    kind: Literal["contradictions"] = "contradictions"

    title: ClassVar[str] = "Rows alike with different answers"
    seriousness: ClassVar[int] = 40

    def find(self, rows: Rows) -> Iterator[Finding]:
        import pandas as pd

        names = [column.name for column in rows.scored]
        if len(rows.truths) != 1 or not rows.truths[0].classes or len(names) < LEAST_FEATURES:
            return
        truth = rows.truths[0].values
        known = rows.labelled[~np.isnan(truth[rows.labelled])]
        hashes = pd.util.hash_pandas_object(rows.frame[names].iloc[known], index=False).to_numpy()
        groups, counts = np.unique(hashes, return_inverse=True, return_counts=True)[1:]
        # how many rows of each group have each answer, for the pairs that there are
        n_classes = rows.truths[0].n_classes
        pairs, n_rows = np.unique(groups * n_classes + truth[known].astype(np.int64), return_counts=True)
        differ = np.bincount(pairs // n_classes, minlength=len(counts))[groups] > 1
        if differ.mean() < LEAST_SHARE or differ.mean() > MOST_SHARE:
            return
        most = np.zeros(len(counts), dtype=np.int64)
        np.maximum.at(most, pairs // n_classes, n_rows)
        best = float(most.sum() / len(known))
        said = (
            f"{number(int(differ.sum()), 9)} rows are alike in all features and differ in {rows.truths[0].name[:60]}: "
            f"no model can be right in more than {percent(best)} of the rows."
        )
        places = known[differ]
        yield self.finding((), said, n_rows=int(differ.sum()), best_accuracy=round(best, 6), lines=rows.lines(places))
