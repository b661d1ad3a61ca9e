"""A target of amounts, most of them small and a few far larger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import SetSettings
from nnlab.audit.rows import Array, Rows
from nnlab.prep.wording import number

LEAST_ROWS = 50
SKEWED = 1.0  # third standardized moment; an exponential target has 2
SPAN = 10.0  # times its median that the largest value is at least: below, a logarithm hardly bends the scale


@checks
class SkewedTarget(Check):
    """A target without negative values whose largest is many times its median: squared errors weigh the few large
    values most, and the logarithm weighs shares of a value."""

    kind: Literal["skewed_target"] = "skewed_target"

    title: ClassVar[str] = "Skewed target"
    seriousness: ClassVar[int] = 38

    def find(self, rows: Rows) -> Iterator[Finding]:
        if rows.task != "regression" or len(rows.truths) != 1:
            return
        truth = rows.truths[0]
        values = truth.values[rows.train]
        values = values[np.isfinite(values)]
        if len(values) < LEAST_ROWS or values.min() < 0:
            return
        skewness, middle, largest = _skewness(values), float(np.median(values)), float(values.max())
        if skewness <= SKEWED or largest < SPAN * middle:
            return
        said = (
            f"{truth.name[:60]} is mostly near {number(middle)} and reaches {number(largest)}: squared errors weigh "
            f"the few large values most. With its logarithm, shares of a value count alike; answers stay in its unit."
        )
        log = SetSettings(label="Learn its logarithm", values={"recipe.target.transform": "log"})
        yield self.finding(
            (truth.name,), said, log, skewness=round(skewness, 4), median=round(middle, 6), largest=round(largest, 6)
        )


def _skewness(values: Array) -> float:
    apart = values - values.mean()
    deviation = float(apart.std())
    return float(((apart / deviation) ** 3).mean()) if deviation > 0 else 0.0
