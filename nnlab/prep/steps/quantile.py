"""The step that turns a value's rank among the training rows into a normal quantile."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, steps
from nnlab.prep.wording import fixed, number

EDGE = 1e-7  # ranks 0 and 1 would be infinite; scikit-learn draws the same line

# Wichura (1988), algorithm AS 241, PPND16: the normal quantile as ratios of polynomials, lowest power first. Written
# out because it needs × ÷ log and sqrt alone, which give the same bits for one row and for many, and which every
# export knows; relative error about 1e-16.
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


class QuantileToNormal(nn.Module):
    """The normal quantile of a value's rank, read off the stored quantiles by straight lines between them.

    A value that several quantiles share has the middle of their ranks. Shapes: quantiles (K, Q), ranks (Q,).
    """

    quantiles_KQ: torch.Tensor
    ranks_Q: torch.Tensor

    def __init__(self, quantiles: Array) -> None:
        super().__init__()
        self.register_buffer("quantiles_KQ", torch.tensor(quantiles, dtype=torch.float64))
        self.register_buffer("ranks_Q", torch.linspace(0, 1, quantiles.shape[1], dtype=torch.float64))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        last = self.ranks_Q.shape[0] - 1
        x_KN = x_KN.contiguous()
        first_at = torch.searchsorted(self.quantiles_KQ, x_KN).clamp(max=last)  # the first quantile not below x
        last_at = (torch.searchsorted(self.quantiles_KQ, x_KN, right=True) - 1).clamp(min=0)  # the last not above x
        below, above = self.quantiles_KQ.gather(1, last_at), self.quantiles_KQ.gather(1, first_at)
        rank_below, rank_above = self.ranks_Q[last_at], self.ranks_Q[first_at]
        gap = above - below
        share = torch.where(gap > 0, (x_KN - below) / torch.where(gap > 0, gap, 1.0), 0.5)
        rank = rank_below + share * (rank_above - rank_below)
        rank = torch.where(x_KN >= self.quantiles_KQ[:, -1:], 1.0, rank)
        rank = torch.where(x_KN <= self.quantiles_KQ[:, :1], 0.0, rank)
        return torch.where(torch.isnan(x_KN), torch.nan, normal_quantile(rank.clamp(EDGE, 1 - EDGE)))


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
        return QuantileToNormal(learnt["quantiles"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"rank among {learnt['quantiles'].shape[1]} quantiles, as a normal quantile"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        quantiles = learnt["quantiles"][row]
        middle = (np.searchsorted(quantiles, before) + np.searchsorted(quantiles, before, "right")) / 2
        share = min(max(float(middle) / len(quantiles), 0.0), 1.0)
        return f"{number(before)} is above about {100 * share:.0f} % of training values = {fixed(after)}"


def normal_quantile(rank: torch.Tensor) -> torch.Tensor:
    """The z below which a normal value falls with probability `rank`, elementwise; rank inside (0, 1), float64."""
    q = rank - 0.5
    centre = q * _ratio(0.180625 - q * q, _CENTRE)
    r = torch.sqrt(-torch.log(torch.where(q < 0, rank, 1 - rank)))
    tail = torch.where(r <= 5, _ratio(r - 1.6, _MIDDLE), _ratio(r - 5, _FAR))
    return torch.where(q.abs() <= 0.425, centre, torch.where(q < 0, -tail, tail))


def _ratio(x: torch.Tensor, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> torch.Tensor:
    above, below = (torch.full_like(x, part[-1]) for part in coefficients)
    for over, under in zip(coefficients[0][-2::-1], coefficients[1][-2::-1], strict=True):
        above, below = above * x + over, below * x + under
    return above / below
