"""Makes shares of the last axis that sum to 1."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class Softmax(Layer):
    """Makes shares of the last axis that sum to 1."""

    family = "activations"
    summary = "e^x, divided by its sum over the last axis: shares that sum to 1."
    use_when = "As a gate among several; the head brings its own where classes are asked."
    source = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"

    kind: Literal["Softmax"] = "Softmax"

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.Softmax", dim=-1)
