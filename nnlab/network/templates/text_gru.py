"""A memory that reads a text both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import GRU, Dropout, Embedding
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class TextGru(Template):
    """A memory that reads a text both ways."""

    title = "GRU on text"
    summary = "A GRU reads the tokens both ways; the mean of what it held, then the head."
    use_when = "For texts where order matters over more than a few words."
    why = "48 units each way; embeddings start at standard deviation 0.1."
    source = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
    n_steps: ClassVar[int | None] = 800
    needs: ClassVar[Input | None] = "text"

    kind: Literal["text_gru"] = "text_gru"
    hidden_size: int = Field(
        48,
        ge=1,
        le=1024,
        description="How many numbers the memory holds, each way.",
        json_schema_extra={"why": "48 suit some thousand texts."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        embedding = Embedding(embedding_dim=64, init="normal", init_std=0.1)
        reader = GRU(hidden_size=self.hidden_size, bidirectional=True, out="mean")
        return with_branch(input_shapes, "text", (embedding, Dropout(p=0.2), reader), (Dropout(p=0.3),))
