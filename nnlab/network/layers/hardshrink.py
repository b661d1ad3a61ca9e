"""Sets small numbers to 0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class Hardshrink(Layer):
    """Sets small numbers to 0."""

    family = "activations"
    summary = "x where it is larger than lambd in size, else 0."
    use_when = "In sparse codes."
    source = "Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage"

    kind: Literal["Hardshrink"] = "Hardshrink"
    lambd: float = Field(
        0.5,
        ge=0,
        le=100,
        description="Numbers up to this size become 0.",
        json_schema_extra={"why": "0.5 is torch's default."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.Hardshrink", **self.beyond_default("lambd"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "lambd", "below")
