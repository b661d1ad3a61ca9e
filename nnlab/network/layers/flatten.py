"""Lays all numbers of a row into one list."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Flatten(Layer):
    """Lays all numbers of a row into one list, the last axis running fastest."""

    family = "shape"
    summary = "Lays all numbers of a row into one list; nothing is computed."
    use_when = "Between convolutions and Linear layers, and before the head."
    source = "torch.nn.Flatten"

    kind: Literal["Flatten"] = "Flatten"
