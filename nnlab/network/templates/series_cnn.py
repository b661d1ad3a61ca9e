"""Filters along the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Conv1d, Flatten, ReLU, Transpose
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates


@templates
class SeriesCnn(Template):
    """Filters along the window."""

    title = "1-D CNN"
    summary = "Two convolutions along the window, then the head."
    use_when = "For series with shapes that come again: peaks, steps, waves."
    why = "32 filters of 3 steps, twice, see five steps at once."
    source = "Waibel et al. 1989, Phoneme recognition using time-delay neural networks"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["series_cnn"] = "series_cnn"
    out_channels: int = Field(
        32,
        ge=1,
        le=1024,
        description="How many filters each convolution has.",
        json_schema_extra={"why": "32 suit some hundred windows."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        conv = Conv1d(out_channels=self.out_channels, kernel_size=3, padding=1)
        return on_window(input_shapes, head, (Transpose(), conv, ReLU(), conv, ReLU(), Flatten()))
