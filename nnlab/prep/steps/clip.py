"""Steps that keep values within bounds: cut off at two edges, or pressed together on the way to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, by_row, steps
from nnlab.prep.wording import fixed, number

if TYPE_CHECKING:
    from torch import nn


@steps
class Clip(Step):
    """A value beyond an edge becomes the edge; nothing said: the training rows' smallest and largest."""

    kind: Literal["clip"] = "clip"
    low: float | None = Field(
        None,
        ge=-1e15,
        le=1e15,
        description="The lower edge, in the unit of what arrives; empty: the smallest training value.",
        json_schema_extra={"why": "Beyond the training range nothing was learnt."},
    )
    high: float | None = Field(
        None, ge=-1e15, le=1e15, description="The upper edge; empty: the largest training value."
    )

    title: ClassVar[str] = "Clip"

    @model_validator(mode="after")
    def _ordered(self) -> Clip:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low must not lie above high")
        return self

    def learn(self, values: Array, facts: Facts) -> Learnt:
        low, high = by_row(values, np.min), by_row(values, np.max)
        low = low if self.low is None else np.full(len(values), self.low)
        high = high if self.high is None else np.full(len(values), self.high)
        return {"low": np.minimum(low, high), "high": np.maximum(low, high)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Clamp

        return Clamp(learnt["low"], learnt["high"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        if len(learnt["low"]) != 1:
            return f"each of {len(learnt['low'])} kept within its edges"
        return f"kept within {number(learnt['low'][0])} and {number(learnt['high'][0])}"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return "" if before == after else f"{number(before)} → {number(after)}"


@steps
class SmoothClip(Step):
    """value / √(1 + (value / edge)²): hardly changed near 0, pressed together further out, never beyond the edge.

    It belongs behind a scale, most of all behind robust scale: a far value keeps its side and its rank, and no weight.
    """

    kind: Literal["smooth_clip"] = "smooth_clip"
    edge: float = Field(
        3.0,
        gt=0,
        le=1e6,
        description="What no value goes beyond, in the unit of what arrives.",
        json_schema_extra={"why": "3 deviations enclose nearly all of a bell."},
    )

    title: ClassVar[str] = "Smooth clip"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import SmoothClip as Module

        return Module(self.edge)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"pressed to within {number(self.edge)}"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return f"{fixed(before)} / √(1 + ({fixed(before)} / {number(self.edge)})²) = {fixed(after)}"
