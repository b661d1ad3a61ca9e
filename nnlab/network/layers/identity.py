"""Gives out what arrives."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Identity(Layer):
    """Gives out what arrives."""

    family = "activations"
    summary = "Gives out what arrives, unchanged."
    use_when = "To keep a place while trying out what a layer contributes."
    source = "torch.nn.Identity"

    kind: Literal["Identity"] = "Identity"
