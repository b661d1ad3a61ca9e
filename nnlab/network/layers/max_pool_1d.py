"""Keeps the largest of neighbours."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import Pool1d


@layers
class MaxPool1d(Pool1d):
    """Keeps the largest of neighbours."""

    summary = "Keeps the largest of each kernel_size neighbours of a channel, and so makes the length smaller."
    use_when = "Between Conv1d layers: what follows sees further with as many weights."
    source = "Riesenhuber and Poggio 1999, Hierarchical models of object recognition in cortex"

    kind: Literal["MaxPool1d"] = "MaxPool1d"
