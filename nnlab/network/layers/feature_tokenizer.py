"""A vector for each column of a table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import WeightedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class FeatureTokenizer(WeightedLayer):
    """A vector for each column of a table."""

    family = "weights"
    summary = "Makes a vector of each number: its value times a learnt direction plus a learnt place."
    use_when = "Before attention among the columns of a table, in the manner of the FT-Transformer."
    source = "Gorishniy et al. 2021, Revisiting deep learning models for tabular data"

    kind: Literal["FeatureTokenizer"] = "FeatureTokenizer"
    embedding_dim: int = Field(
        32,
        ge=1,
        le=4096,
        description="How many numbers stand for each feature.",
        json_schema_extra={"why": "A power of two that the heads of attention divide.", "search": "log"},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1:
            raise self.refusal("one list of numbers", shape)
        return self.started(Call.of("FeatureTokenizer", shape[0], self.embedding_dim))

    def arguments(self, shape: Shape | None = None) -> str:
        return grouped(self.embedding_dim)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"FeatureTokenizer", "initialised"})
