"""Keeps the largest of equal pieces."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import AdaptivePool1d


@layers
class AdaptiveMaxPool1d(AdaptivePool1d):
    """Keeps the largest of equal pieces."""

    summary = "Cuts the length into output_size equal pieces and keeps the largest of each."
    use_when = "Before Flatten, so that what follows does not depend on the size that arrives."
    source = "torch.nn.AdaptiveMaxPool1d"

    kind: Literal["AdaptiveMaxPool1d"] = "AdaptiveMaxPool1d"
