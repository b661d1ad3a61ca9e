"""Keeps the largest of neighbours."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import Pool2d


@layers
class MaxPool2d(Pool2d):
    """Keeps the largest of neighbours."""

    summary = "Keeps the largest of each kernel_size neighbours of a channel, and so makes height and width smaller."
    use_when = "Between Conv2d layers: what follows sees further with as many weights."
    source = "Riesenhuber and Poggio 1999, Hierarchical models of object recognition in cortex"

    kind: Literal["MaxPool2d"] = "MaxPool2d"
