"""Leaves a block out for random rows while training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class StochasticDepth(Layer):
    """Leaves a block out for random rows while training."""

    family = "dropout"
    summary = "While training, gives 0 for a random share p of the rows and scales up the rest."
    use_when = "At the end of the body of a Residual: the row then takes the way around."
    source = "Huang et al. 2016, Deep networks with stochastic depth"

    kind: Literal["StochasticDepth"] = "StochasticDepth"
    p: float = Field(
        0.1,
        ge=0,
        le=0.95,
        description="The share of rows for which the block is left out.",
        json_schema_extra={"why": "0.1 suits a handful of blocks; deeper networks take more."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("StochasticDepth", self.p)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"p {self.p:g}"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"StochasticDepth"})
