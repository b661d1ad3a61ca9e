"""Keeps the mean of neighbours."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import Pool2d


@layers
class AvgPool2d(Pool2d):
    """Keeps the mean of neighbours."""

    summary = "Keeps the mean of each kernel_size neighbours of a channel, and so makes height and width smaller."
    use_when = "Between Conv2d layers: what follows sees further with as many weights."
    source = "LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition"

    kind: Literal["AvgPool2d"] = "AvgPool2d"
