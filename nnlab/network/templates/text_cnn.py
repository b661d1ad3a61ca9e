"""Filters over two to five neighbouring tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Conv1d, Dropout, Embedding, GlobalPool, Parallel, ReLU, Transpose
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class TextCnn(Template):
    """Filters over two to five neighbouring tokens."""

    title = "TextCNN"
    summary = "Filters over two to five neighbouring tokens, the strongest answer of each, then the head."
    use_when = "For texts where short phrases decide."
    why = "Widths of 2 to 5 with 48 filters each; embeddings start at standard deviation 0.1."
    source = "Kim 2014, Convolutional neural networks for sentence classification"
    n_steps: ClassVar[int | None] = 500
    needs: ClassVar[Input | None] = "text"

    kind: Literal["text_cnn"] = "text_cnn"
    out_channels: int = Field(
        48,
        ge=1,
        le=1024,
        description="How many filters of each width.",
        json_schema_extra={"why": "48 of each of four widths suit some thousand texts."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        n_tokens = input_shapes["text"][0]
        widths = [width for width in (2, 3, 4, 5) if width <= n_tokens] or [1]
        ways = tuple(
            (Conv1d(out_channels=self.out_channels, kernel_size=width), ReLU(), GlobalPool(how="max", channels="first"))
            for width in widths
        )
        embedding = Embedding(embedding_dim=64, init="normal", init_std=0.1)
        gathered = Parallel(branches=ways) if len(ways) > 1 else None
        stack = (embedding, Dropout(p=0.2), Transpose(), *((gathered,) if gathered else ways[0]))
        return with_branch(input_shapes, "text", stack, (Dropout(p=0.5),))
