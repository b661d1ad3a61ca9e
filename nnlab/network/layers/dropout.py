"""Sets numbers to 0 at random while training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class Dropout(Layer):
    """Sets numbers to 0 at random while training."""

    family = "dropout"
    summary = "While training, sets a random share p of the numbers to 0 and scales up the rest; else it does nothing."
    use_when = "After an activation, where the training loss falls far below the validation loss."
    source = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"

    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(
        0.1,
        ge=0,
        le=0.95,
        description="The share of numbers that is dropped at each training step.",
        json_schema_extra={"why": "0.1 rarely hurts; small tables with classes take 0.3 and more."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.Dropout", self.p)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"p {self.p:g}"
