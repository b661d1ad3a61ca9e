"""Each number times the chance that a normal number is smaller."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class GELU(Layer):
    """Each number times the chance that a normal number is smaller."""

    family = "activations"
    summary = "Each number times the chance that a standard normal number is smaller: x · Φ(x)."
    use_when = "In transformers and wherever a smooth activation is wanted."
    source = "Hendrycks and Gimpel 2016, Gaussian error linear units"

    kind: Literal["GELU"] = "GELU"
    approximate: Literal["none", "tanh"] = Field(
        "none",
        description="none: the exact curve; tanh: the approximation that older transformers were trained with.",
        json_schema_extra={"why": "The exact curve costs next to nothing more."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.GELU", **self.beyond_default("approximate"))

    def arguments(self, shape: Shape | None = None) -> str:
        return "tanh" if self.approximate == "tanh" else ""
