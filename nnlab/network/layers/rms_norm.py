"""Divides the numbers of each row by their size."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class RMSNorm(Layer):
    """Divides the numbers of each row by their size."""

    family = "normalisation"
    summary = "Divides the last axis of each row by the root of its mean square, then scales it by learnt numbers."
    use_when = "Instead of LayerNorm: cheaper, and as good in most deep networks."
    source = "Zhang and Sennrich 2019, Root mean square layer normalization"

    kind: Literal["RMSNorm"] = "RMSNorm"
    elementwise_affine: bool = Field(
        True,
        description="Whether each number gets a learnt scale.",
        json_schema_extra={"why": "It lets the network undo the division where that is better."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.RMSNorm", shape[-1], **self.beyond_default("elementwise_affine"))

    def arguments(self, shape: Shape | None = None) -> str:
        return "" if self.elementwise_affine else "no scale"
