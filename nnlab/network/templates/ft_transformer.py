"""Attention among the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import (
    ClassToken,
    FeatureTokenizer,
    GlobalPool,
    LayerNorm,
    ReLU,
    Repeat,
    TransformerEncoderLayer,
)
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates


@templates
class FtTransformer(Template):
    """Attention among the columns of a table."""

    title = "FT-Transformer"
    summary = "Each number becomes a vector, and attention lets columns look at each other."
    use_when = "For tables of ten thousand rows and more, with time to spare: it costs ten times an MLP."
    why = "Two layers of 32 numbers a column keep it within minutes on one core."
    source = "Gorishniy et al. 2021, Revisiting deep learning models for tabular data"

    kind: Literal["ft_transformer"] = "ft_transformer"
    embedding_dim: int = Field(
        32,
        ge=4,
        le=1024,
        multiple_of=4,
        description="How many numbers stand for each column; a multiple of 4, the heads.",
        json_schema_extra={"why": "32 bear some hundred thousand rows."},
    )
    n_layers: int = Field(
        2,
        ge=1,
        le=12,
        description="How many layers of attention.",
        json_schema_extra={"why": "The paper took three on large tables."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        layer = TransformerEncoderLayer(
            nhead=4, dim_feedforward=2 * self.embedding_dim, dropout=0.1, activation="gelu", norm_first=True
        )
        among = (Repeat(times=self.n_layers, body=(layer,)),)
        trunk = (
            FeatureTokenizer(embedding_dim=self.embedding_dim),
            ClassToken(),
            *among,
            GlobalPool(how="first"),
            LayerNorm(),
            ReLU(),
        )
        return Network(branches=flat_branches(input_shapes), trunk=trunk)
