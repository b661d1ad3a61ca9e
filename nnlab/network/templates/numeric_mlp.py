"""An MLP that sees each number through waves or bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import (
    Dropout,
    Flatten,
    LayerNorm,
    Linear,
    Parallel,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    SiLU,
)
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates
from nnlab.network.templates.mlp import sized


@templates
class NumericMlp(Template):
    """An MLP that sees each number through waves or bins."""

    title = "MLP with numeric embeddings"
    summary = "Each number becomes a few, through waves or through bins, before the hidden layers."
    use_when = "For tables of mostly numbers whose effects bend or jump."
    why = "Bins find thresholds as trees do; waves suit what comes and goes. The numbers themselves go along."
    source = "Gorishniy et al. 2022, On embeddings for numerical features in tabular deep learning"

    kind: Literal["numeric_mlp"] = "numeric_mlp"
    embedding: Literal["piecewise_linear", "periodic"] = Field(
        "piecewise_linear",
        description="How each number is seen.",
        json_schema_extra={"why": "Bins find thresholds, which tables often have."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        size = sized(head, n_rows)
        seen = (
            PiecewiseLinearEmbedding(n_bins=16, embedding_dim=8)
            if self.embedding == "piecewise_linear"
            else PeriodicEmbedding(n_frequencies=16, embedding_dim=8)
        )
        hidden = (
            Linear(out_features=max(64, size.width)),
            *([LayerNorm()] if size.is_normalised else []),
            SiLU(),
            *([Dropout(p=size.dropout)] if size.dropout else []),
        )
        trunk = (Parallel(branches=((), (seen, Flatten()))), *hidden * size.n_hidden)
        return Network(branches=flat_branches(input_shapes), trunk=trunk)
