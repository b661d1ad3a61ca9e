"""Numbers seen through waves of many lengths."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import RatedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class PeriodicEmbedding(RatedLayer):
    """Numbers seen through waves of many lengths."""

    family = "weights"
    summary = "Sines and cosines of each number at learnt frequencies, mapped to a few numbers a feature."
    use_when = "On standardized numbers whose effect bends often; beside the numbers themselves, in a Parallel."
    source = "Gorishniy et al. 2022, On embeddings for numerical features in tabular deep learning"

    kind: Literal["PeriodicEmbedding"] = "PeriodicEmbedding"
    n_frequencies: int = Field(
        16,
        ge=1,
        le=512,
        description="How many waves each feature gets.",
        json_schema_extra={"why": "16 are enough for a few thousand rows.", "search": "log"},
    )
    embedding_dim: int = Field(
        8,
        ge=1,
        le=4096,
        description="How many numbers stand for each feature.",
        json_schema_extra={"why": "A few numbers a feature keep the first Linear layer small.", "search": "log"},
    )
    sigma: float = Field(
        0.1,
        gt=0,
        le=100,
        description="How far apart the frequencies are at the start.",
        json_schema_extra={"why": "Small frequencies bend gently; large ones learn noise.", "search": "log"},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1:
            raise self.refusal("one list of numbers", shape)
        return Call.of("PeriodicEmbedding", shape[0], self.n_frequencies, self.embedding_dim, self.sigma)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{grouped(self.embedding_dim)} of {grouped(self.n_frequencies)} waves"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"PeriodicEmbedding"})
