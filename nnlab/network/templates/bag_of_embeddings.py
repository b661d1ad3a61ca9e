"""The mean of the embeddings of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Dropout, Embedding, GlobalPool
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class BagOfEmbeddings(Template):
    """The mean of the embeddings of a text."""

    title = "Bag of embeddings"
    summary = "The mean of the embeddings of all tokens, then the head."
    use_when = "For texts whose words say enough, whatever their order: topics, spam."
    why = "Embeddings start at standard deviation 0.1: at the default of 1 such a network hardly learns."
    source = "Joulin et al. 2017, Bag of tricks for efficient text classification"
    n_steps: ClassVar[int | None] = 1000
    needs: ClassVar[Input | None] = "text"

    kind: Literal["bag_of_embeddings"] = "bag_of_embeddings"
    embedding_dim: int = Field(
        128,
        ge=1,
        le=4096,
        description="How many numbers stand for each token.",
        json_schema_extra={"why": "128 suit vocabularies of some thousand."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        embedding = Embedding(embedding_dim=self.embedding_dim, init="normal", init_std=0.1)
        return with_branch(input_shapes, "text", (embedding, GlobalPool()), (Dropout(p=0.3),))
