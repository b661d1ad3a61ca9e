"""An ELU that is smooth for every alpha."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class CELU(Layer):
    """An ELU that is smooth for every alpha."""

    family = "activations"
    summary = "x for x > 0, else alpha · (e^(x/alpha) − 1)."
    use_when = "Like ELU, with a corner that stays round for other alphas."
    source = "Barron 2017, Continuously differentiable exponential linear units"

    kind: Literal["CELU"] = "CELU"
    alpha: float = Field(
        1.0,
        gt=0,
        le=10,
        description="The floor that negative numbers bend towards, without its sign.",
        json_schema_extra={"why": "1 makes it the same as ELU."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.CELU", **self.beyond_default("alpha"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "alpha", "alpha")
