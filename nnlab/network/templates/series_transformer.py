"""Attention among the steps of the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from nnlab.network.head import Head
from nnlab.network.layers import GlobalPool, LayerNorm, Linear, PositionalEncoding, TransformerEncoderLayer
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates


@templates
class SeriesTransformer(Template):
    """Attention among the steps of the window."""

    title = "Transformer on the window"
    summary = "Attention among the steps of the window; the last step is read."
    use_when = "To see attention on series; simpler networks forecast short ones better."
    why = "One layer of 32 numbers: few windows bear no more."
    source = "Vaswani et al. 2017, Attention is all you need"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["series_transformer"] = "series_transformer"

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        layer = TransformerEncoderLayer(nhead=4, dim_feedforward=64, dropout=0.1, activation="gelu", norm_first=True)
        stack = (Linear(out_features=32), PositionalEncoding(), layer, LayerNorm(), GlobalPool(how="last"))
        return on_window(input_shapes, head, stack)
