"""Attention among the patches of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import (
    ClassToken,
    Conv2d,
    GlobalPool,
    LayerNorm,
    Places,
    PositionalEncoding,
    Repeat,
    TransformerEncoderLayer,
)
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class SmallVit(Template):
    """Attention among the patches of a picture."""

    title = "Small ViT"
    summary = "Cuts a picture into patches and lets them look at each other."
    use_when = "To see attention on pictures; convolutions learn small sets of pictures better."
    why = "Patches of a seventh of the side make about fifty places; two layers of 64 numbers train within minutes."
    source = "Dosovitskiy et al. 2021, An image is worth 16x16 words"
    n_steps: ClassVar[int | None] = 1000
    needs: ClassVar[Input | None] = "image"

    kind: Literal["small_vit"] = "small_vit"
    n_layers: int = Field(
        2,
        ge=1,
        le=12,
        description="How many layers of attention.",
        json_schema_extra={"why": "Two suit some thousand pictures."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        patch = max(1, min(input_shapes["image"][1:]) // 7)
        layer = TransformerEncoderLayer(nhead=4, dim_feedforward=128, dropout=0.1, activation="gelu", norm_first=True)
        stack = (
            Conv2d(out_channels=64, kernel_size=patch, stride=patch),
            Places(),
            PositionalEncoding(learnt=True),
            ClassToken(),
            Repeat(times=self.n_layers, body=(layer,)),
            LayerNorm(),
            GlobalPool(how="first"),
        )
        return with_branch(input_shapes, "image", stack)
