"""Steps that shift and stretch numbers: standardize, min-max scale, robust scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, by_row, not_zero, present, steps
from nnlab.prep.wording import fixed, number

if TYPE_CHECKING:
    from torch import nn


class Scale(Step):
    """(value − shift) / scale with numbers learnt from training rows; its families differ in which."""

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Affine

        return Affine(learnt["shift"], learnt["scale"])

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        shift, scale = float(learnt["shift"][row]), float(learnt["scale"][row])
        sign, shown = ("+", -shift) if shift < 0 else ("−", shift)
        return f"({number(before)} {sign} {fixed(shown)}) / {fixed(scale)} = {fixed(after)}"


@steps
class Standardize(Scale):
    """(value − mean) / standard deviation: mean 0, deviation 1 on the training rows."""

    kind: Literal["standardize"] = "standardize"

    title: ClassVar[str] = "Standardize"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        found = [_mean_and_deviation(row) if len(row) else (0.0, 1.0) for row in map(present, values)]
        mean, deviation = np.array(found, dtype=np.float64).reshape(-1, 2).T
        return {"shift": mean, "scale": not_zero(deviation, mean)}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        if len(learnt["shift"]) != 1:
            return f"each of {len(learnt['shift'])} to mean 0, deviation 1"
        return f"mean {number(learnt['shift'][0])}, deviation {number(learnt['scale'][0])}"


@steps
class StandardizeTogether(Scale):
    """Each number less its own mean, all divided by one deviation: what hardly varies, such as an edge, stays small."""

    kind: Literal["standardize_together"] = "standardize_together"

    title: ClassVar[str] = "Standardize together"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        mean = by_row(values, np.mean)
        variance = by_row(values, np.var)
        size = np.max(np.abs(mean), initial=0.0)
        together = not_zero(np.sqrt(np.mean(variance, keepdims=True)), size) if len(mean) else variance
        return {"shift": mean, "scale": np.repeat(together, len(mean))}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        if not len(learnt["shift"]):
            return "nothing to standardize"
        return f"less the mean of each of {len(learnt['shift'])}, deviation {number(learnt['scale'][0])}"


@steps
class MinMaxScale(Scale):
    """The training rows' smallest value becomes 0, their largest 1; other rows may lie outside."""

    kind: Literal["min_max_scale"] = "min_max_scale"

    title: ClassVar[str] = "Min-max scale"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        low, high = by_row(values, np.min), by_row(values, np.max, 1.0)
        return {"shift": low, "scale": not_zero(high - low, np.maximum(np.abs(low), np.abs(high)))}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        if len(learnt["shift"]) != 1:
            return f"each of {len(learnt['shift'])} to 0 to 1"
        low = float(learnt["shift"][0])
        return f"{number(low)} to {number(low + learnt['scale'][0])} becomes 0 to 1"


@steps
class RobustScale(Scale):
    """(value − median) / range of the middle half: extreme values do not squeeze the others together."""

    kind: Literal["robust_scale"] = "robust_scale"
    low: float = Field(
        25.0,
        ge=0,
        le=49,
        description="The lower edge of the middle part, percent of the training rows.",
        json_schema_extra={"why": "25 and 75 enclose the middle half, the usual measure that outliers do not move."},
    )
    high: float = Field(
        75.0, ge=51, le=100, description="The upper edge of the middle part, percent of the training rows."
    )

    title: ClassVar[str] = "Robust scale"

    @model_validator(mode="after")
    def _ordered(self) -> RobustScale:
        if self.low >= self.high:
            raise ValueError("low must lie below high")
        return self

    def learn(self, values: Array, facts: Facts) -> Learnt:
        low = by_row(values, lambda row: np.percentile(row, self.low))
        high = by_row(values, lambda row: np.percentile(row, self.high), 1.0)
        size = np.maximum(np.abs(low), np.abs(high))
        return {"shift": by_row(values, np.median), "scale": not_zero(high - low, size)}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        if len(learnt["shift"]) != 1:
            return f"each of {len(learnt['shift'])} by its median and middle range"
        return f"median {number(learnt['shift'][0])}, middle range {number(learnt['scale'][0])}"


def _mean_and_deviation(row: Array) -> tuple[float, float]:
    """What numpy's mean and std give, with one look for the mean."""
    mean = row.mean()
    apart = row - mean
    return float(mean), math.sqrt(float(np.multiply(apart, apart, out=apart).mean()))
