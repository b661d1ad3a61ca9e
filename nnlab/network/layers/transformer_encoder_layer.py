"""Attention and a hidden layer, each with a way around."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape, counted, grouped


@layers
class TransformerEncoderLayer(Layer):
    """Attention and a hidden layer, each with a way around."""

    family = "weights"
    summary = "Attention among all positions, then a hidden layer for each, both with a way around and LayerNorm."
    use_when = "One to six of them, in a Repeat, after an Embedding and PositionalEncoding."
    source = "Vaswani et al. 2017, Attention is all you need"
    takes_mask: ClassVar[bool] = True

    kind: Literal["TransformerEncoderLayer"] = "TransformerEncoderLayer"
    nhead: int = Field(
        4,
        ge=1,
        le=128,
        description="How many heads attention has; it must divide the channels.",
        json_schema_extra={"why": "4 heads of 16 numbers suit 64 channels."},
    )
    dim_feedforward: int = Field(
        128,
        ge=1,
        le=65536,
        description="How many units the hidden layer has.",
        json_schema_extra={"why": "Twice the channels; the paper took four times.", "search": "log"},
    )
    dropout: float = Field(
        0.1,
        ge=0,
        le=0.95,
        description="The share dropped inside while training.",
        json_schema_extra={"why": "0.1 is torch's and the paper's."},
    )
    activation: Literal["relu", "gelu"] = Field(
        "relu",
        description="What stands in the hidden layer.",
        json_schema_extra={"why": "relu is the paper; gelu is BERT."},
    )
    norm_first: bool = Field(
        False,
        description="Whether LayerNorm stands before attention and hidden layer instead of after.",
        json_schema_extra={"why": "Deep stacks train more calmly with it."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("positions of numbers", shape)
        if shape[1] % self.nhead:
            raise self.refusal(f"a number of channels that {counted(self.nhead, 'head')} divide", shape)
        more = self.beyond_default("dropout", "activation", "norm_first")
        return Call.of("EncoderLayer", shape[1], self.nhead, self.dim_feedforward, **more, batch_first=True)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{counted(self.nhead, 'head')}, {grouped(self.dim_feedforward)} units"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 2:
            return (Proposal("Set nhead to 1", (self.having(nhead=1),)),)
        if len(shape) == 1:
            return (Proposal("Insert FeatureTokenizer", (layers["FeatureTokenizer"].parse({}), self)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"EncoderLayer"})
