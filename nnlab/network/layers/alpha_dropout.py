"""Dropout that keeps mean and variance."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class AlphaDropout(Layer):
    """Dropout that keeps mean and variance."""

    family = "dropout"
    summary = "Dropout for SELU: drops to SELU's lowest value and rescales, so that mean and variance stay."
    use_when = "After SELU, instead of Dropout."
    source = "Klambauer et al. 2017, Self-normalizing neural networks"

    kind: Literal["AlphaDropout"] = "AlphaDropout"
    p: float = Field(
        0.1,
        ge=0,
        le=0.95,
        description="The share of numbers that is dropped at each training step.",
        json_schema_extra={"why": "The paper used 0.05 and 0.1."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.AlphaDropout", self.p)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"p {self.p:g}"
