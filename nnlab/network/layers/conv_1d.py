"""Slides small filters along a series."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Proposal, WeightedLayer, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.unflatten import unflatten
from nnlab.network.shapes import Shape, counted, grouped


@layers
class Conv1d(WeightedLayer):
    """Slides filters along the last axis: (C, L) becomes (out_channels, L'), L' by kernel, stride and padding."""

    family = "weights"
    summary = "Slides small filters along a series; each filter gives a channel that says where its pattern is."
    use_when = "Where neighbours belong together: series, signals, text; hardly ever for the columns of a table."
    source = "Waibel et al. 1989, Phoneme recognition using time-delay neural networks"

    kind: Literal["Conv1d"] = "Conv1d"
    out_channels: int = Field(
        16,
        ge=1,
        le=65_536,
        description="How many filters, and so how many channels come out.",
        json_schema_extra={"why": "16 to 64 suit a first layer.", "search": "log"},
    )
    kernel_size: int = Field(
        3,
        ge=1,
        le=1_023,
        description="How many neighbours a filter sees.",
        json_schema_extra={"why": "3 is the smallest that sees both neighbours; stacked layers see further."},
    )
    stride: int = Field(
        1,
        ge=1,
        le=1_023,
        description="How far the filter moves at a time.",
        json_schema_extra={"why": "1 looks at every position; 2 halves the length."},
    )
    padding: int = Field(
        0,
        ge=0,
        le=1_023,
        description="How many zeros are put before and after the series.",
        json_schema_extra={"why": "0 invents nothing; half the kernel keeps the length."},
    )
    dilation: int = Field(
        1,
        ge=1,
        le=1_023,
        description="The distance between the neighbours that a filter sees.",
        json_schema_extra={"why": "1 are the nearest ones; doubling it layer by layer sees far with few weights."},
    )
    groups: int = Field(
        1,
        ge=1,
        le=65_536,
        description="Into how many groups the channels are cut; each filter sees one. As many as channels: depthwise.",
        json_schema_extra={"why": "1 lets every filter see all channels."},
    )
    bias: bool = Field(
        True,
        description="Whether each filter has an offset of its own.",
        json_schema_extra={"why": "Only a normalisation right after it makes the offset superfluous."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("channels and a length", shape)
        reach = self.dilation * (self.kernel_size - 1) + 1
        if shape[1] + 2 * self.padding < reach:
            raise self.refusal(f"a length of at least {grouped(reach - 2 * self.padding)}", shape)
        if shape[0] % self.groups or self.out_channels % self.groups:
            raise self.refusal(f"numbers of channels, in and out, that {grouped(self.groups)} groups divide", shape)
        more = self.beyond_default("stride", "padding", "dilation", "groups", "bias")
        return self.started(Call.of("nn.Conv1d", shape[0], self.out_channels, self.kernel_size, **more))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{counted(self.out_channels, 'channel')}, kernel {self.kernel_size}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        instead = Proposal("Use Linear instead", (Linear(out_features=self.out_channels),))
        if len(shape) == 1:
            return (Proposal(f"Insert Unflatten(1, {grouped(shape[0])})", (unflatten(1, shape[0]), self)), instead)
        if len(shape) > 2:
            return super().proposals(shape)
        fitting = self.having(kernel_size=min(self.kernel_size, shape[1] + 2 * self.padding), dilation=1)
        padded = self.having(padding=self.dilation * (self.kernel_size - 1) // 2) if self.padding_fits else self
        return (
            Proposal(f"Set kernel_size to {fitting.kernel_size}", (fitting,)),
            Proposal(f"Set padding to {padded.padding}", (padded,)),
            Proposal("Set groups to 1", (self.having(groups=1),)),
        )

    @property
    def padding_fits(self) -> bool:
        """Half the filter's reach is a padding that the field allows."""
        return self.dilation * (self.kernel_size - 1) // 2 <= 1_023
