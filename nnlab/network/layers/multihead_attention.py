"""Every position looks at every other."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape, counted


@layers
class MultiheadAttention(Layer):
    """Every position looks at every other."""

    family = "weights"
    summary = (
        "Every position gathers from all positions what its question matches; several heads ask different questions."
    )
    use_when = "Inside a Residual after LayerNorm; TransformerEncoderLayer holds both and more."
    source = "Vaswani et al. 2017, Attention is all you need"
    takes_mask: ClassVar[bool] = True

    kind: Literal["MultiheadAttention"] = "MultiheadAttention"
    num_heads: int = Field(
        4,
        ge=1,
        le=128,
        description="How many questions are asked at once; it must divide the channels.",
        json_schema_extra={"why": "4 heads of 16 numbers suit 64 channels."},
    )
    dropout: float = Field(
        0.0,
        ge=0,
        le=0.95,
        description="The share of looks that is dropped while training.",
        json_schema_extra={"why": "0.1 is usual in larger networks."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("positions of numbers", shape)
        if shape[1] % self.num_heads:
            raise self.refusal(f"a number of channels that {counted(self.num_heads, 'head')} divide", shape)
        return Call.of("SelfAttention", shape[1], self.num_heads, **self.beyond_default("dropout"), batch_first=True)

    def arguments(self, shape: Shape | None = None) -> str:
        return counted(self.num_heads, "head")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 2:
            return (Proposal("Set num_heads to 1", (self.having(num_heads=1),)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"SelfAttention"})
