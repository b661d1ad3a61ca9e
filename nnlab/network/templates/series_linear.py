"""A weighted sum of the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from nnlab.network.head import Head
from nnlab.network.layers import Flatten
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates


@templates
class SeriesLinear(Template):
    """A weighted sum of the window."""

    title = "Linear on the window"
    summary = "No hidden layer: a weighted sum of all steps of the window, added to the last value."
    use_when = "As a first try on any series; on short ones it is hard to beat."
    why = "Nothing can be learnt by heart from a few hundred windows."
    source = "Zeng et al. 2023, Are transformers effective for time series forecasting? (DLinear)"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["series_linear"] = "series_linear"

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        return on_window(input_shapes, head, (Flatten(),))
