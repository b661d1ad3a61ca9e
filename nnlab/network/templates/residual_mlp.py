"""Hidden layers with ways around: a deep network that trains like a shallow one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Dropout, LayerNorm, Linear, Repeat, Residual, SiLU
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates
from nnlab.network.templates.mlp import sized


@templates
class ResidualMlp(Template):
    """Hidden layers with ways around: a deep network that trains like a shallow one."""

    title = "Residual MLP"
    summary = "Residual blocks of LayerNorm, Linear, SiLU, Dropout and Linear; sized to the rows."
    use_when = "For tables of some thousand rows and more, when the MLP has stopped gaining by width."
    why = "The blocks start close to doing nothing, so depth costs no training; the width is the one of the MLP."
    source = "Gorishniy et al. 2021, Revisiting deep learning models for tabular data (ResNet)"

    kind: Literal["residual_mlp"] = "residual_mlp"
    n_blocks: int = Field(
        2,
        ge=1,
        le=16,
        description="How many blocks stand one after the other.",
        json_schema_extra={"why": "Two suit some thousand rows."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        size = sized(head, n_rows)
        body = (
            LayerNorm(),
            Linear(out_features=2 * size.width),
            SiLU(),
            *([Dropout(p=size.dropout)] if size.dropout else []),
            Linear(out_features=size.width),
        )
        block = Residual(body=body)
        blocks = (Repeat(times=self.n_blocks, body=(block,)),) if self.n_blocks > 1 else (block,)
        trunk = (Linear(out_features=size.width), *blocks, LayerNorm(), SiLU())
        return Network(branches=flat_branches(input_shapes), trunk=trunk)
