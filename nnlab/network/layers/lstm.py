"""Walks along the positions and remembers."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import layers
from nnlab.network.recurrent import Recurrent


@layers
class LSTM(Recurrent):
    """Walks along the positions and remembers."""

    summary = "Walks along the positions with a memory that gates write, keep and read."
    use_when = "For series and texts where what happened long ago matters."
    source = "Hochreiter and Schmidhuber 1997, Long short-term memory"

    kind: Literal["LSTM"] = "LSTM"
