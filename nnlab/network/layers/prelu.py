"""A ReLU whose slope below 0 is learnt."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class PReLU(Layer):
    """A ReLU whose slope below 0 is learnt."""

    family = "activations"
    summary = "x for x > 0, else a learnt slope times x."
    use_when = "Where LeakyReLU helps and its slope should follow from the data."
    source = "He et al. 2015, Delving deep into rectifiers"

    kind: Literal["PReLU"] = "PReLU"
    init: float = Field(
        0.25,
        gt=0,
        le=1,
        description="The slope below 0 at the start.",
        json_schema_extra={"why": "0.25 is the paper's."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.PReLU", **self.beyond_default("init"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "init", "slope")
