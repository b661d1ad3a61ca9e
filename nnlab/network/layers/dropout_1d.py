"""Drops whole channels at random while training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class Dropout1d(Layer):
    """Drops whole channels at random while training."""

    family = "dropout"
    summary = "While training, sets a random share p of the channels to 0 and scales up the rest."
    use_when = "After Conv1d or an Embedding, where neighbours say nearly the same."
    source = "Tompson et al. 2015, Efficient object localization using convolutional networks"

    kind: Literal["Dropout1d"] = "Dropout1d"
    p: float = Field(
        0.1,
        ge=0,
        le=0.95,
        description="The share of channels that is dropped at each training step.",
        json_schema_extra={"why": "0.1 rarely hurts."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("channels and a length", shape)
        return Call.of("nn.Dropout1d", self.p)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"p {self.p:g}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Use Dropout instead", (layers["Dropout"].parse({"p": self.p}),)),)
