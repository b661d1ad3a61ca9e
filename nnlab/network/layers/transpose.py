"""Swaps positions and channels."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class Transpose(Layer):
    """Swaps positions and channels."""

    family = "shape"
    summary = "Swaps the two axes of a row: positions of channels become channels of positions."
    use_when = "Between an Embedding or LSTM, whose channels stand last, and Conv1d, whose channels stand first."
    source = "torch.transpose"

    kind: Literal["Transpose"] = "Transpose"

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("two axes, such as positions and channels", shape)
        return Call.of("Transposed")

    def arguments(self, shape: Shape | None = None) -> str:
        return ""

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Remove it", ()),)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"Transposed"})
