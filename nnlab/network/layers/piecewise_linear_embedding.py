"""Numbers seen as how far they have come through bins."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import RatedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class PiecewiseLinearEmbedding(RatedLayer):
    """Numbers seen as how far they have come through bins."""

    family = "weights"
    summary = "How far each standardized number has come through each of its bins, mapped to a few numbers a feature."
    use_when = (
        "On standardized numbers with thresholds, as trees find them; beside the numbers themselves, in a Parallel."
    )
    source = "Gorishniy et al. 2022, On embeddings for numerical features in tabular deep learning"

    kind: Literal["PiecewiseLinearEmbedding"] = "PiecewiseLinearEmbedding"
    n_bins: int = Field(
        16,
        ge=2,
        le=256,
        description="Into how many bins of equal share a normal column is cut.",
        json_schema_extra={"why": "16 find most thresholds; large tables bear 48.", "search": "log"},
    )
    embedding_dim: int = Field(
        8,
        ge=1,
        le=4096,
        description="How many numbers stand for each feature.",
        json_schema_extra={"why": "A few numbers a feature keep the first Linear layer small.", "search": "log"},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1:
            raise self.refusal("one list of numbers", shape)
        return Call.of("PiecewiseLinearEmbedding", shape[0], self.n_bins, self.embedding_dim)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{grouped(self.embedding_dim)} of {grouped(self.n_bins)} bins"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"PiecewiseLinearEmbedding"})
