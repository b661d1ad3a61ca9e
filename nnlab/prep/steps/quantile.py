"""The step that turns a value's rank among the training rows into a normal quantile."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, steps
from nnlab.prep.wording import fixed, number

if TYPE_CHECKING:
    from torch import nn


@steps
class QuantileNormal(Step):
    """The value's rank among the training rows, bent to the shape of a bell: no value lies far from the others."""

    kind: Literal["quantile_normal"] = "quantile_normal"
    n_quantiles: int = Field(
        1000,
        ge=10,
        le=10_000,
        description="How many quantiles are kept at most; never more than there are training rows.",
        json_schema_extra={"why": "A thousand tell neighbours apart in all but very large tables."},
    )

    title: ClassVar[str] = "Quantile to normal"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        ranks = np.linspace(0, 1, max(2, min(self.n_quantiles, values.shape[1]))) * 100
        rows = [row[~np.isnan(row)] for row in values]
        quantiles = [np.percentile(row, ranks) if len(row) else np.zeros(len(ranks)) for row in rows]
        ascending = np.array(quantiles, dtype=np.float64).reshape(len(values), len(ranks))
        return {"quantiles": np.maximum.accumulate(ascending, axis=1)}  # rounding may turn neighbours around

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import QuantileToNormal

        return QuantileToNormal(learnt["quantiles"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"rank among {learnt['quantiles'].shape[1]} quantiles, as a normal quantile"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        quantiles = learnt["quantiles"][row]
        middle = (np.searchsorted(quantiles, before) + np.searchsorted(quantiles, before, "right")) / 2
        share = min(max(float(middle) / len(quantiles), 0.0), 1.0)
        return f"{number(before)} is above about {100 * share:.0f} % of training values = {fixed(after)}"
