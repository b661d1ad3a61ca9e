"""A hidden layer whose units are let through by gates of their own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class SwiGLU(Layer):
    """A hidden layer whose units are let through by gates of their own."""

    family = "weights"
    summary = "silu(x W₁) · x W₂, brought back by a third map: a hidden layer with gates."
    use_when = "Instead of Linear, SiLU, Linear, in deep residual networks and transformers."
    source = "Shazeer 2020, GLU variants improve transformer"

    kind: Literal["SwiGLU"] = "SwiGLU"
    hidden_features: int = Field(
        128,
        ge=1,
        le=65536,
        description="How many units the gates and the values have.",
        json_schema_extra={
            "why": "Two thirds of what a hidden layer without gates would have costs the same.",
            "search": "log",
        },
    )
    out_features: int | None = Field(
        None,
        ge=1,
        le=65536,
        description="How many numbers come out; nothing said: as many as arrive.",
        json_schema_extra={"why": "As many as arrive fits into a Residual."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("GatedLinear", shape[-1], self.hidden_features, self.out_features or shape[-1])

    def arguments(self, shape: Shape | None = None) -> str:
        return grouped(self.hidden_features) + (f" to {grouped(self.out_features)}" if self.out_features else "")

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"GatedLinear"})
