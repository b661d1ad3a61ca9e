"""Tells positions apart."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class PositionalEncoding(Layer):
    """Tells positions apart."""

    family = "weights"
    summary = "Adds a vector of its own to each position: sines and cosines, or learnt."
    use_when = "Before attention, which else does not know the order."
    source = "Vaswani et al. 2017, Attention is all you need"

    kind: Literal["PositionalEncoding"] = "PositionalEncoding"
    learnt: bool = Field(
        False,
        description="Whether the vectors are learnt; else they are sines and cosines.",
        json_schema_extra={"why": "Sines and cosines need no data; BERT learnt them."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("positions of numbers", shape)
        return Call.of("LearnedPositions" if self.learnt else "SinusoidalPositions", *shape)

    def arguments(self, shape: Shape | None = None) -> str:
        return "learnt" if self.learnt else "sines and cosines"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1:
            return (Proposal("Insert FeatureTokenizer", (layers["FeatureTokenizer"].parse({}), self)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"LearnedPositions", "SinusoidalPositions"})
