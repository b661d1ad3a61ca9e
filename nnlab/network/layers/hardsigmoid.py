"""A sigmoid made of three straight lines."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Hardsigmoid(Layer):
    """A sigmoid made of three straight lines."""

    family = "activations"
    summary = "0 below −3, 1 above 3, a straight line between."
    use_when = "As a gate that must be cheap."
    source = "Howard et al. 2019, Searching for MobileNetV3"

    kind: Literal["Hardsigmoid"] = "Hardsigmoid"
