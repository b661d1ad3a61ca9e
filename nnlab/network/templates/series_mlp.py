"""Hidden layers over the whole window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from nnlab.network.head import Head
from nnlab.network.layers import Flatten, Linear, SiLU
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates
from nnlab.network.templates.mlp import sized


@templates
class SeriesMlp(Template):
    """Hidden layers over the whole window."""

    title = "MLP on the window"
    summary = "All steps of the window as one list, then hidden layers."
    use_when = "For series of some hundred steps and more."
    why = "Sized to the number of windows as the MLP is to rows."
    source = "Rumelhart, Hinton and Williams 1986"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["series_mlp"] = "series_mlp"

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        hidden = (Linear(out_features=sized(head, n_rows).width), SiLU())
        return on_window(input_shapes, head, (Flatten(),), hidden)
