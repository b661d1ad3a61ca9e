"""One half of the numbers, each let through by the other half."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.shapes import Shape, grouped


@layers
class GLU(Layer):
    """One half of the numbers, each let through by the other half."""

    family = "activations"
    summary = "Halves the last axis: first half · sigmoid(second half)."
    use_when = "After a Linear or Conv1d with twice the outputs that are wanted."
    source = "Dauphin et al. 2017, Language modeling with gated convolutional networks"

    kind: Literal["GLU"] = "GLU"

    def call(self, shape: Shape) -> Call:
        if shape[-1] % 2:
            raise self.refusal("an even number of numbers, to halve", shape)
        return Call.of("nn.GLU")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        wider = Linear(out_features=shape[-1] + 1)
        return (Proposal(f"Insert Linear {grouped(shape[-1] + 1)}", (wider, self)),)
