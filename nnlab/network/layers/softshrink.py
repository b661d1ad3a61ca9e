"""Pulls every number towards 0 by the same amount."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class Softshrink(Layer):
    """Pulls every number towards 0 by the same amount."""

    family = "activations"
    summary = "x less lambd towards 0; what is smaller than lambd becomes 0."
    use_when = "In sparse codes."
    source = "Donoho 1995, De-noising by soft-thresholding"

    kind: Literal["Softshrink"] = "Softshrink"
    lambd: float = Field(
        0.5,
        ge=0,
        le=100,
        description="How far numbers are pulled towards 0.",
        json_schema_extra={"why": "0.5 is torch's default."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.Softshrink", **self.beyond_default("lambd"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "lambd", "by")
