"""Values far from all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import Mend, SetSteps, keep_rows
from nnlab.audit.rows import Array, Indices, Rows
from nnlab.cleaning.condition import Condition
from nnlab.data.columns import Column
from nnlab.prep.recipe import default_steps
from nnlab.prep.steps import Step, steps
from nnlab.prep.wording import number

FAR = 8.0  # distances between the quartiles, beyond them
MOST_SHARE = 0.01  # of the rows; more are no outliers but a long tail
LEAST_ROWS = 30
BEFORE_CLIP = ("impute_median", "missing_indicator")


@checks
class Outliers(Check):
    """Numbers more than eight interquartile ranges beyond the quartiles of the training rows (of long-tailed columns of
    their logarithm), in at most 1 % of the rows."""

    kind: Literal["outliers"] = "outliers"

    title: ClassVar[str] = "Outliers"
    seriousness: ClassVar[int] = 38

    def find(self, rows: Rows) -> Iterator[Finding]:
        looked = [*rows.features, *(each for each in rows.columns.targets if rows.task == "regression")]
        for column in looked:
            if column.kind != "numeric":
                continue
            values = rows.numbers(column.name)
            edges = fences(values[rows.train])
            if edges is None:
                continue
            is_far = (values < edges[0]) | (values > edges[1])
            if 0 < is_far.sum() <= MOST_SHARE * len(values):
                yield self._told(rows, column, values, edges, np.flatnonzero(is_far))

    def _told(self, rows: Rows, column: Column, values: Array, edges: tuple[float, float], places: Indices) -> Finding:
        far = values[places]
        learnt = values[rows.train]
        usual = learnt[(learnt >= edges[0]) & (learnt <= edges[1])]
        low, high = float(usual.min()), float(usual.max())
        n, verb = len(far), "value lies" if len(far) == 1 else "values lie"
        most = float(far[np.abs(far - np.median(usual)).argmax()])
        said = (
            f"{number(n, 9)} {verb} far from all others of {column.name[:60]}, such as {number(most)}; "
            f"the others reach from {number(low)} to {number(high)}."
        )
        numbers = {"n_values": n, "farthest": most, "low": low, "high": high, "lines": rows.lines(places)}
        may_be_mended = np.isin(places, rows.seen).any()  # what only test rows hold changes nothing
        mends = _mends(rows, column, (low, high), edges) if may_be_mended else ()
        return self.finding((column.name,), said, *mends, **numbers)


def fences(values: Array) -> tuple[float, float] | None:
    """Between which values a column's numbers are usual; None where that cannot be told."""
    known = values[~np.isnan(values)]
    if len(known) < LEAST_ROWS:
        return None
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    if high <= low:
        return None
    least, most = np.quantile(known, [0.05, 0.95])
    has_tail = known.min() >= 0 and most - middle > 2 * (middle - least)
    if has_tail:
        low, high = np.log1p(low), np.log1p(high)
    edges = low - FAR * (high - low), high + FAR * (high - low)
    if has_tail:
        return float(np.expm1(edges[0])), float(np.expm1(min(edges[1], 700.0)))
    return float(edges[0]), float(edges[1])


def _mends(rows: Rows, column: Column, usual: tuple[float, float], edges: tuple[float, float]) -> tuple[Mend, ...]:
    """For a feature its default steps with the values cut off where the usual ones of training rows end, before they
    are scaled; for a target the rows beyond the edges go, and no usual one with them."""
    low, high = edges if column.role == "target" else usual
    if column.role == "target":
        between = Condition(column=column.name, comparison="between", value=repr(low), upper=repr(high))
        missing = Condition(column=column.name, comparison="is_missing")
        return (keep_rows(f"Keep rows from {number(low)} to {number(high)}", between, missing),)
    chain, _reason = default_steps(column, rows.frame[column.name].iloc[rows.train])
    if not any(step.kind == "clip" for step in chain):
        at = sum(step.kind in BEFORE_CLIP for step in chain)
        chain = (*chain[:at], _clip(low, high), *(_scaled(step) for step in chain[at:]))
    return (SetSteps(label=f"Cut off at {number(low)} and {number(high)}", columns=(column.name,), steps=chain),)


def _clip(low: float, high: float) -> Step:
    return steps["clip"].parse({"kind": "clip", "low": low, "high": high})


def _scaled(step: Step) -> Step:
    """Ranks are for what lies far out; without it values can be scaled as they are."""
    return steps["standardize"]() if step.kind == "quantile_normal" else step
