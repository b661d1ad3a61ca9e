"""A learnt vector for each id."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, WeightedLayer, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.shapes import Ids, Shape, grouped


@layers
class Embedding(WeightedLayer):
    """A learnt vector for each id."""

    family = "weights"
    summary = "Gives each id a learnt vector; 0, which is padding, has zeros."
    use_when = "First in the branch of a text or of categories: ids say nothing by their size."
    source = "Bengio et al. 2003, A neural probabilistic language model"
    takes_ids: ClassVar[bool] = True

    kind: Literal["Embedding"] = "Embedding"
    embedding_dim: int = Field(
        64,
        ge=1,
        le=4096,
        description="How many numbers stand for each id.",
        json_schema_extra={"why": "64 suits vocabularies of some thousand; categories take 8.", "search": "log"},
    )

    def call(self, shape: Shape) -> Call:
        if not isinstance(shape, Ids):
            raise self.refusal("ids", shape)
        return self.started(Call.of("nn.Embedding", shape.n_ids, self.embedding_dim, padding_idx=0))

    def arguments(self, shape: Shape | None = None) -> str:
        return grouped(self.embedding_dim)

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Use Linear instead", (Linear(out_features=self.embedding_dim),)), Proposal("Remove it", ()))

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        return cls(init="normal", init_std=0.1)
