"""Keeps the largest of equal pieces."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.pooling import AdaptivePool2d


@layers
class AdaptiveMaxPool2d(AdaptivePool2d):
    """Keeps the largest of equal pieces."""

    summary = "Cuts height and width into output_size equal pieces and keeps the largest of each."
    use_when = "Before Flatten, so that what follows does not depend on the size that arrives."
    source = "torch.nn.AdaptiveMaxPool2d"

    kind: Literal["AdaptiveMaxPool2d"] = "AdaptiveMaxPool2d"
