"""Makes one list of all positions."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class GlobalPool(Layer):
    """Makes one list of all positions."""

    family = "shape"
    summary = "Makes one list of all positions: their mean, largest, sum, first or last; padding does not count."
    use_when = "After an Embedding, LSTM, Conv or Transformer layers, before Linear layers."
    source = "Lin, Chen and Yan 2013, Network in network"
    takes_mask: ClassVar[bool] = True

    kind: Literal["GlobalPool"] = "GlobalPool"
    how: Literal["mean", "max", "sum", "first", "last"] = Field(
        "mean",
        description="What is kept of each channel.",
        json_schema_extra={
            "why": "The mean suits most texts and pictures; max suits TextCNN; first goes with ClassToken."
        },
    )
    channels: Literal["last", "first"] = Field(
        "last",
        description="Where channels stand: last after Embedding, LSTM and attention; first after Conv1d and Conv2d.",
        json_schema_extra={"why": "Texts and series arrive as positions of channels."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) < 2 or (len(shape) > 2 and self.channels == "last"):
            raise self.refusal("positions of channels", shape)
        return Call.of("PoolPositions", self.how, self.channels)

    def arguments(self, shape: Shape | None = None) -> str:
        return self.how + (", channels first" if self.channels == "first" else "")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) > 2:
            return (Proposal("Set channels to first", (self.having(channels="first"),)),)
        return (Proposal("Remove it", ()),)

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        return cls(channels="first") if shape is not None and len(shape) > 2 else cls()

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"PoolPositions"})
