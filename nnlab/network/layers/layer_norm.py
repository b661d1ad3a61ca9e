"""Standardizes the numbers of each row by themselves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class LayerNorm(Layer):
    """Standardizes the last axis of each row by itself, then scales and shifts it by learnt numbers."""

    family = "normalisation"
    summary = "Standardizes the numbers of each row by themselves, then scales and shifts them by learnt numbers."
    use_when = "Inside residual blocks and with small batches: a row's answer does not depend on the other rows."
    source = "Ba, Kiros and Hinton 2016, Layer normalization"

    kind: Literal["LayerNorm"] = "LayerNorm"
    eps: float = Field(
        1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
        json_schema_extra={"why": "torch's default."},
    )
    elementwise_affine: bool = Field(
        True,
        description="Whether each number gets a learnt scale and shift.",
        json_schema_extra={"why": "It lets the network undo the standardization where that is better."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.LayerNorm", shape[-1], **self.beyond_default("eps", "elementwise_affine"))

    def arguments(self, shape: Shape | None = None) -> str:
        return "" if self.elementwise_affine else "no scale"
