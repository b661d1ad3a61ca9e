"""Walks along the positions and remembers."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.recurrent import Recurrent


@layers
class RNN(Recurrent):
    """Walks along the positions and remembers."""

    summary = "Walks along the positions, each step seeing what the last one gave."
    use_when = "To see what gates are for; short series only."
    source = "Elman 1990, Finding structure in time"

    kind: Literal["RNN"] = "RNN"
