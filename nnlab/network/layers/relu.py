"""Negative numbers become 0."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class ReLU(Layer):
    """Negative numbers become 0."""

    family = "activations"
    summary = "Negative numbers become 0, the others stay: max(0, x)."
    use_when = "A plain and quick choice after a Linear layer; units can die (always 0) with large learning rates."
    source = "Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines"

    kind: Literal["ReLU"] = "ReLU"
