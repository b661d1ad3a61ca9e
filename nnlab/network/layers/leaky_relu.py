"""Negative numbers become small ones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class LeakyReLU(Layer):
    """Negative numbers become small ones."""

    family = "activations"
    summary = "Negative numbers shrink instead of vanishing: x for x > 0, else negative_slope · x."
    use_when = "Like ReLU, where units die."
    source = "Maas, Hannun and Ng 2013, Rectifier nonlinearities improve neural network acoustic models"

    kind: Literal["LeakyReLU"] = "LeakyReLU"
    negative_slope: float = Field(
        0.01,
        ge=0,
        le=1,
        description="What negative numbers are multiplied by.",
        json_schema_extra={"why": "0.01 is torch's default; larger slopes make it more linear."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.LeakyReLU", **self.beyond_default("negative_slope"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "negative_slope", "slope")
