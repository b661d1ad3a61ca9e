"""Makes a list of a picture's places."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class Places(Layer):
    """Makes a list of a picture's places, each with its channels: (C, H, W) becomes (H · W, C)."""

    family = "shape"
    summary = "Makes a list of a picture's places, each with its channels; nothing is computed."
    use_when = "Between Conv2d, which cuts a picture into patches, and attention among them."
    source = "Dosovitskiy et al. 2021, An image is worth 16x16 words"

    kind: Literal["Places"] = "Places"

    def call(self, shape: Shape) -> Call:
        if len(shape) != 3:
            raise self.refusal("channels, a height and a width", shape)
        return Call.of("PlacesAsPositions")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Remove it", ()),)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"PlacesAsPositions"})
