"""Slides small filters over a picture."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Proposal, WeightedLayer, layers
from nnlab.network.layers.unflatten import unflatten
from nnlab.network.shapes import Shape, counted, grouped


@layers
class Conv2d(WeightedLayer):
    """Slides filters over height and width: (C, H, W) becomes (out_channels, H', W') by kernel, stride and padding."""

    family = "weights"
    summary = "Slides small filters over a picture; each filter gives a channel that says where its pattern is."
    use_when = "For pictures; two or three of them with pooling between suit small ones."
    source = "LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition"

    kind: Literal["Conv2d"] = "Conv2d"
    out_channels: int = Field(
        16,
        ge=1,
        le=65_536,
        description="How many filters, and so how many channels come out.",
        json_schema_extra={"why": "16 to 32 suit a first layer; each halving of the picture bears twice as many."},
    )
    kernel_size: int = Field(
        3,
        ge=1,
        le=127,
        description="How many neighbours a filter sees along each side.",
        json_schema_extra={"why": "3 is the smallest that sees all neighbours; stacked layers see further."},
    )
    stride: int = Field(
        1,
        ge=1,
        le=127,
        description="How far the filter moves at a time.",
        json_schema_extra={"why": "1 looks at every place; 2 halves each side."},
    )
    padding: int = Field(
        0,
        ge=0,
        le=127,
        description="How many zeros are put around the picture.",
        json_schema_extra={"why": "0 invents nothing; half the kernel keeps the size."},
    )
    dilation: int = Field(
        1,
        ge=1,
        le=127,
        description="The distance between the neighbours that a filter sees.",
        json_schema_extra={"why": "1 are the nearest ones."},
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
        if len(shape) != 3:
            raise self.refusal("channels, a height and a width", shape)
        reach = self.dilation * (self.kernel_size - 1) + 1
        if min(shape[1:]) + 2 * self.padding < reach:
            raise self.refusal(f"a height and a width of at least {grouped(reach - 2 * self.padding)}", shape)
        if shape[0] % self.groups or self.out_channels % self.groups:
            raise self.refusal(f"numbers of channels, in and out, that {grouped(self.groups)} groups divide", shape)
        more = self.beyond_default("stride", "padding", "dilation", "groups", "bias")
        return self.started(Call.of("nn.Conv2d", shape[0], self.out_channels, self.kernel_size, **more))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{counted(self.out_channels, 'channel')}, kernel {self.kernel_size}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) < 3:
            return tuple(squares(shape, self))
        size = min(self.kernel_size, min(shape[1:]) + 2 * self.padding)
        return (
            Proposal(f"Set kernel_size to {size}", (self.having(kernel_size=size, dilation=1),)),
            Proposal("Set groups to 1", (self.having(groups=1),)),
        )


def squares(shape: Shape, layer: WeightedLayer) -> list[Proposal]:
    """Cutting one list into a square picture of one channel or three, where its length allows it."""
    found = []
    for channels in (1, 3):
        side = round((shape[0] / channels) ** 0.5)
        if len(shape) == 1 and channels * side * side == shape[0]:
            found.append(
                Proposal(f"Insert Unflatten({channels}, {side}, {side})", (unflatten(channels, side, side), layer))
            )
    if len(shape) == 2:
        whole = (layers["Flatten"].parse({}), unflatten(1, *shape), layer)
        found.append(Proposal(f"Insert Flatten and Unflatten(1, {shape[0]}, {shape[1]})", whole))
    return found
