"""Slides small filters backwards: each place spreads over its neighbours."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Proposal, WeightedLayer, layers
from nnlab.network.layers.unflatten import unflatten
from nnlab.network.shapes import Shape, counted


@layers
class ConvTranspose1d(WeightedLayer):
    """Spreads each place over its neighbours: (C, L) becomes (out_channels, L'), larger by stride."""

    family = "weights"
    summary = "Spreads each place of a series over its neighbours by learnt filters: stride 2 doubles its size."
    use_when = "In the second half of an autoencoder, where Conv1d made a series smaller."
    source = "Zeiler et al. 2010, Deconvolutional networks"

    kind: Literal["ConvTranspose1d"] = "ConvTranspose1d"
    out_channels: int = Field(
        16,
        ge=1,
        le=65_536,
        description="How many filters, and so how many channels come out.",
        json_schema_extra={"why": "As many as the Conv1d that it mirrors took in."},
    )
    kernel_size: int = Field(
        2,
        ge=1,
        le=127,
        description="Over how many neighbours a place is spread.",
        json_schema_extra={"why": "The stride's own size leaves no seams."},
    )
    stride: int = Field(
        2,
        ge=1,
        le=127,
        description="How many times larger a series becomes.",
        json_schema_extra={"why": "2 undoes a halving."},
    )
    bias: bool = Field(
        True,
        description="Whether each filter has an offset of its own.",
        json_schema_extra={"why": "Only a normalisation right after it makes the offset superfluous."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("channels and a length", shape)
        sizes = (shape[0], self.out_channels, self.kernel_size, self.stride)
        return self.started(Call.of("nn.ConvTranspose1d", *sizes, **self.beyond_default("bias")))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{counted(self.out_channels, 'channel')}, stride {self.stride}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1:
            return (Proposal(f"Insert Unflatten(1, {shape[0]})", (unflatten(1, shape[0]), self)),)
        return super().proposals(shape)
