"""Every output is a weighted sum of all products of two inputs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import WeightedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class Bilinear(WeightedLayer):
    """Every output is a weighted sum of all products of two inputs."""

    family = "weights"
    summary = "Every output is a weighted sum of all products of two numbers of the row: y = xᵀ A x + b."
    use_when = "On few numbers, where products of columns matter: n inputs cost n² weights an output."
    source = "Tenenbaum and Freeman 2000, Separating style and content with bilinear models"

    kind: Literal["Bilinear"] = "Bilinear"
    out_features: int = Field(
        16,
        ge=1,
        le=65536,
        description="How many numbers the layer gives out.",
        json_schema_extra={"why": "Each costs the square of the inputs.", "search": "log"},
    )
    bias: bool = Field(
        True,
        description="Whether each output has an offset of its own.",
        json_schema_extra={"why": "Without it every output is 0 where all inputs are 0."},
    )

    def call(self, shape: Shape) -> Call:
        inner = Call.of("nn.Bilinear", shape[-1], shape[-1], self.out_features, **self.beyond_default("bias"))
        return Call("SelfBilinear", children=(("bilinear", self.started(inner)),))

    def arguments(self, shape: Shape | None = None) -> str:
        return grouped(self.out_features)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"SelfBilinear", "nn.Bilinear", "initialised"})
