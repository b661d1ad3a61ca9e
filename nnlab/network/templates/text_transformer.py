"""Attention among the tokens of a text, in the manner of BERT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import (
    ClassToken,
    Dropout,
    Embedding,
    GlobalPool,
    LayerNorm,
    PositionalEncoding,
    Repeat,
    TransformerEncoderLayer,
)
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class TextTransformer(Template):
    """Attention among the tokens of a text, in the manner of BERT."""

    title = "Transformer encoder"
    summary = "Class token, learnt positions and attention among the tokens; the head reads the class token."
    use_when = "For texts where words far apart decide together, with time to spare."
    why = "One small layer suits some thousand texts. Embeddings start at standard deviation 0.1."
    source = "Devlin et al. 2018, BERT"
    n_steps: ClassVar[int | None] = 800
    needs: ClassVar[Input | None] = "text"

    kind: Literal["text_transformer"] = "text_transformer"
    n_layers: int = Field(
        1,
        ge=1,
        le=12,
        description="How many layers of attention.",
        json_schema_extra={"why": "One suits some thousand texts."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        embedding = Embedding(embedding_dim=64, init="normal", init_std=0.1)
        layer = TransformerEncoderLayer(nhead=4, dim_feedforward=128, dropout=0.2, activation="gelu", norm_first=True)
        among = (Repeat(times=self.n_layers, body=(layer,)),) if self.n_layers > 1 else (layer,)
        stack = (
            embedding,
            PositionalEncoding(learnt=True),
            ClassToken(),
            *among,
            LayerNorm(),
            GlobalPool(),
        )
        return with_branch(input_shapes, "text", stack, (Dropout(p=0.3),))
