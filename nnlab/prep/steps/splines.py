"""The step that makes smooth curves of a number: B-splines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, present, steps

if TYPE_CHECKING:
    from torch import nn


@steps
class Splines(Step):
    """The value as heights of smooth curves side by side (B-splines): a smooth shape becomes a sum of them.

    As SplineTransformer of scikit-learn, with extrapolation "constant": beyond the outer knots as at them.
    """

    kind: Literal["splines"] = "splines"
    n_knots: int = Field(
        5,
        ge=2,
        le=64,
        description="Where curves begin and end; equal ones make one.",
        json_schema_extra={"search": "log"},
    )
    degree: int = Field(3, ge=1, le=5, description="1: straight pieces, 3: smooth up to the curvature.")
    knots_at: Literal["quantiles", "equal widths"] = Field(
        "quantiles",
        description="Where the knots lie.",
        json_schema_extra={"why": "At quantiles there are curves where there are rows."},
    )

    title: ClassVar[str] = "Splines"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        rows = [self._knots(present(row)) for row in values]
        if len({len(row) for row in rows}) > 1:  # numbers side by side have equally many curves
            rows = [np.linspace(row[0], row[-1], self.n_knots) for row in rows]
        n_knots = len(rows[0]) if rows else self.n_knots
        return {"knots": np.array(rows, dtype=np.float64).reshape(len(rows), n_knots)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.edge_modules import BSplines

        knots, steps_out = learnt["knots"], np.arange(1, self.degree + 1)
        before = knots[:, :1] - steps_out[::-1] * (knots[:, 1:2] - knots[:, :1])
        after = knots[:, -1:] + steps_out * (knots[:, -1:] - knots[:, -2:-1])
        return BSplines(np.concatenate([before, knots, after], axis=1), knots[:, 0], knots[:, -1], self.degree)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"{self._n_curves(learnt)} curves over {learnt['knots'].shape[1]} knots"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{name} curve {place}" for name in names for place in range(1, self._n_curves(learnt) + 1))

    def _n_curves(self, learnt: Learnt) -> int:
        return int(learnt["knots"].shape[1]) + self.degree - 1

    def _knots(self, row: Array) -> Array:
        if not len(row):
            return np.array([0.0, 1.0])
        if self.knots_at == "quantiles":
            knots = np.unique(np.percentile(row, np.linspace(0, 100, self.n_knots)))
        else:
            knots = np.unique(np.linspace(row.min(), row.max(), self.n_knots))
        return knots if len(knots) > 1 else np.array([knots[0], knots[0] + max(1.0, abs(knots[0]))])
