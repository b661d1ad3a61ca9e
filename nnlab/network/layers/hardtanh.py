"""Cuts numbers off at −1 and 1."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Hardtanh(Layer):
    """Cuts numbers off at −1 and 1."""

    family = "activations"
    summary = "x between −1 and 1, cut off outside."
    use_when = "Where numbers must stay bounded and nothing may bend."
    source = "Collobert 2004, Large scale machine learning"

    kind: Literal["Hardtanh"] = "Hardtanh"
