"""Standardizes channels in groups, each row by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape, counted


@layers
class GroupNorm(Layer):
    """Standardizes channels in groups, each row by itself."""

    family = "normalisation"
    summary = "Standardizes groups of channels of each row by themselves, then scales and shifts each channel."
    use_when = "In convolutional networks with small batches."
    source = "Wu and He 2018, Group normalization"

    kind: Literal["GroupNorm"] = "GroupNorm"
    num_groups: int = Field(
        1,
        ge=1,
        le=4096,
        description="Into how many groups the channels are cut; it must divide their number.",
        json_schema_extra={"why": "1 takes all channels together and always divides."},
    )

    def call(self, shape: Shape) -> Call:
        if shape[0] % self.num_groups:
            raise self.refusal(f"a number of channels that {self.num_groups} divides", shape)
        return Call.of("nn.GroupNorm", self.num_groups, shape[0])

    def arguments(self, shape: Shape | None = None) -> str:
        return counted(self.num_groups, "group")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Set num_groups to 1", (GroupNorm(),)),)
