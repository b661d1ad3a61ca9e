"""Squashes each number into −1 to 1."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Tanh(Layer):
    """Squashes each number into −1 to 1."""

    family = "activations"
    summary = "Squashes each number into the range from −1 to 1."
    use_when = "In small textbook networks and where outputs must stay bounded; deep stacks of it learn slowly."
    source = "LeCun, Bottou, Orr and Müller 1998, Efficient backprop"

    kind: Literal["Tanh"] = "Tanh"
