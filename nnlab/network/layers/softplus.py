"""A ReLU with a round corner, always above 0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class Softplus(Layer):
    """A ReLU with a round corner, always above 0."""

    family = "activations"
    summary = "A ReLU with a round corner, always above 0: log(1 + e^(beta·x)) / beta."
    use_when = "Where numbers must stay positive."
    source = "Dugas et al. 2000, Incorporating second-order functional knowledge for better option pricing"

    kind: Literal["Softplus"] = "Softplus"
    beta: float = Field(
        1.0,
        gt=0,
        le=100,
        description="How sharp the corner is; large values come close to ReLU.",
        json_schema_extra={"why": "1 is torch's default."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.Softplus", **self.beyond_default("beta"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "beta", "beta")
