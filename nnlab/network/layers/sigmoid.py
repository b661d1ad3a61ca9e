"""Squashes each number into 0 to 1."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Sigmoid(Layer):
    """Squashes each number into 0 to 1."""

    family = "activations"
    summary = "Squashes each number into the range from 0 to 1: σ(x) = 1 / (1 + e⁻ˣ)."
    use_when = "In textbook networks and as a gate; not before the head, which has its own."
    source = "Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors"

    kind: Literal["Sigmoid"] = "Sigmoid"
