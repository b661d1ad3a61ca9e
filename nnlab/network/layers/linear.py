"""Every output is a weighted sum of all inputs plus an offset."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import WeightedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class Linear(WeightedLayer):
    """Every output is a weighted sum of all inputs plus an offset; of several lists each is mapped by itself."""

    family = "weights"
    summary = "Every output is a weighted sum of all inputs plus an offset: y = xWᵀ + b."
    use_when = "Everywhere; followed by an activation, or two in a row are no more than one."
    source = "Rosenblatt 1958, The perceptron"

    kind: Literal["Linear"] = "Linear"
    out_features: int = Field(
        64,
        ge=1,
        le=65_536,
        description="How many numbers the layer gives out.",
        json_schema_extra={
            "why": "64 suits a few hundred to a few thousand rows; large tables bear 256.",
            "search": "log",
        },
    )
    bias: bool = Field(
        True,
        description="Whether each output has an offset of its own.",
        json_schema_extra={"why": "Without it every output is 0 where all inputs are 0."},
    )

    def call(self, shape: Shape) -> Call:
        return self.started(Call.of("nn.Linear", shape[-1], self.out_features, **self.beyond_default("bias")))

    def arguments(self, shape: Shape | None = None) -> str:
        return grouped(self.out_features) + ("" if self.bias else ", no bias")
