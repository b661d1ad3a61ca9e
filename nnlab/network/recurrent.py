"""What walks along the positions and remembers: the settings and the call that RNN, LSTM and GRU share."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Proposal, WeightedLayer
from nnlab.network.layers.unflatten import unflatten
from nnlab.network.shapes import Shape, grouped


class Recurrent(WeightedLayer):
    """A layer of cells with a memory; `kind` names torch's class of them."""

    family = "weights"
    takes_mask: ClassVar[bool] = True

    hidden_size: int = Field(
        64,
        ge=1,
        le=4096,
        description="How many numbers the memory holds.",
        json_schema_extra={"why": "64 suits some thousand rows.", "search": "log"},
    )
    num_layers: int = Field(
        1,
        ge=1,
        le=8,
        description="How many stand on top of each other.",
        json_schema_extra={"why": "A second rarely pays below 10 000 rows."},
    )
    bidirectional: bool = Field(
        False,
        description="Whether a second one walks from the end; twice as many numbers come out.",
        json_schema_extra={
            "why": "Texts gain by it; a forecast may not look ahead, but its window may be read both ways."
        },
    )
    dropout: float = Field(
        0.0,
        ge=0,
        le=0.95,
        description="The share dropped between layers that stand on top of each other.",
        json_schema_extra={"why": "It has no effect on one layer."},
    )
    out: Literal["last", "all", "mean"] = Field(
        "last",
        description="What comes out: the last position, all of them, or their mean.",
        json_schema_extra={"why": "The last has seen everything; all goes on to attention or another layer."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("positions of numbers", shape)
        more = self.beyond_default("num_layers", "bidirectional", "dropout", "out")
        return self.started(Call.of("Recurrent", self.kind, shape[1], self.hidden_size, **more))

    def arguments(self, shape: Shape | None = None) -> str:
        return (
            grouped(self.hidden_size)
            + (", both ways" if self.bidirectional else "")
            + ("" if self.out == "last" else f", {self.out}")
        )

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1:
            return (Proposal(f"Insert Unflatten({grouped(shape[0])}, 1)", (unflatten(shape[0], 1), self)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"Recurrent", "initialised"})
