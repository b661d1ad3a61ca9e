"""Slides filters along a series that look back only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Proposal, WeightedLayer, layers
from nnlab.network.layers.unflatten import unflatten
from nnlab.network.shapes import Shape, counted, grouped


@layers
class CausalConv1d(WeightedLayer):
    """Slides filters along the last axis that look back only: (C, L) becomes (out_channels, L)."""

    family = "weights"
    summary = "Slides filters along a series; each place sees itself and what came before, never what follows."
    use_when = "In stacks whose dilation doubles: 1, 2, 4, 8 see sixteen steps back with a kernel of 2."
    source = "van den Oord et al. 2016, WaveNet"

    kind: Literal["CausalConv1d"] = "CausalConv1d"
    out_channels: int = Field(
        16,
        ge=1,
        le=65_536,
        description="How many filters, and so how many channels come out.",
        json_schema_extra={"why": "16 to 64 suit a first layer.", "search": "log"},
    )
    kernel_size: int = Field(
        2,
        ge=1,
        le=1_023,
        description="How many places a filter sees, itself included.",
        json_schema_extra={"why": "2 is WaveNet's: depth and dilation make it see far."},
    )
    dilation: int = Field(
        1,
        ge=1,
        le=1_023,
        description="The distance between the places that a filter sees.",
        json_schema_extra={"why": "Doubling it layer by layer sees far with few weights."},
    )
    bias: bool = Field(
        True,
        description="Whether each filter has an offset of its own.",
        json_schema_extra={"why": "Only a normalisation right after it makes the offset superfluous."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("channels and a length", shape)
        more = self.beyond_default("dilation", "bias")
        return self.started(Call.of("CausalConv1d", shape[0], self.out_channels, self.kernel_size, **more))

    def arguments(self, shape: Shape | None = None) -> str:
        wide = f", dilation {self.dilation}" if self.dilation > 1 else ""
        return f"{counted(self.out_channels, 'channel')}, kernel {self.kernel_size}{wide}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1:
            return (Proposal(f"Insert Unflatten(1, {grouped(shape[0])})", (unflatten(1, shape[0]), self)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"CausalConv1d", "initialised"})
