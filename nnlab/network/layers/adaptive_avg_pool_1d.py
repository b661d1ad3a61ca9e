"""Keeps the mean of equal pieces."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import AdaptivePool1d


@layers
class AdaptiveAvgPool1d(AdaptivePool1d):
    """Keeps the mean of equal pieces."""

    summary = "Cuts the length into output_size equal pieces and keeps the mean of each."
    use_when = "Before Flatten, so that what follows does not depend on the size that arrives."
    source = "torch.nn.AdaptiveAvgPool1d"

    kind: Literal["AdaptiveAvgPool1d"] = "AdaptiveAvgPool1d"
