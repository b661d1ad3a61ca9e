"""An LSTM along the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import LSTM
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates


@templates
class SeriesLstm(Template):
    """An LSTM along the window."""

    title = "LSTM"
    summary = "An LSTM walks along the window; the head reads its last memory."
    use_when = "For long windows where what happened early matters; a poor choice below some hundred windows."
    why = "32 numbers of memory: few windows bear no more."
    source = "Hochreiter and Schmidhuber 1997, Long short-term memory"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["series_lstm"] = "series_lstm"
    hidden_size: int = Field(
        32,
        ge=1,
        le=1024,
        description="How many numbers the memory holds.",
        json_schema_extra={"why": "32 suit some hundred windows."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        return on_window(input_shapes, head, (LSTM(hidden_size=self.hidden_size),))
