"""Weighs each channel by all channels."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class SqueezeExcitation(Layer):
    """Weighs each channel by all channels."""

    family = "weights"
    summary = "Weighs each channel by a number from 0 to 1 that depends on the means of all channels."
    use_when = "After the last convolution of a Residual body; on a list it weighs each number."
    source = "Hu, Shen and Sun 2018, Squeeze-and-excitation networks"

    kind: Literal["SqueezeExcitation"] = "SqueezeExcitation"
    reduction: int = Field(
        4,
        ge=1,
        le=1024,
        description="By how much the channels are squeezed between.",
        json_schema_extra={"why": "The paper took 16 for hundreds of channels; small networks bear 4."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("SqueezeExcitation", shape[0], max(1, shape[0] // self.reduction))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"1/{self.reduction}"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"SqueezeExcitation"})
