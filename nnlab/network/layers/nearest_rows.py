"""Answers from remembered training rows beside what the network makes of a row."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import RatedLayer, layers
from nnlab.network.shapes import Shape, grouped


@layers
class NearestRows(RatedLayer):
    """Remembers training rows in a learnt map, and blends the answers of the nearest with the network's."""

    family = "weights"
    summary = (
        "Hands numbers on, and beside that answers from the training rows that lie nearest in a learnt map; validation "
        "rows choose how much that answer counts."
    )
    use_when = (
        "First in the trunk, on tables where trees win. The remembered rows are in the weights, as numbers: whoever "
        "has the run has them. While it trains, curves show the network without them."
    )
    source = "Ye et al. 2024, Revisiting nearest neighbor for tabular data (ModernNCA)"

    kind: Literal["NearestRows"] = "NearestRows"
    embedding_dim: int = Field(
        32,
        ge=1,
        le=1024,
        description="How many numbers say where a row lies; never more than arrive.",
        json_schema_extra={
            "why": "32 are enough for tables; with fewer inputs the map begins as the inputs themselves."
        },
    )
    n_candidates: int = Field(
        1024,
        ge=2,
        le=16_384,
        description="Among how many random training rows a row looks for its like in each training step.",
        json_schema_extra={"why": "1 000 to 1 500 learn as well as all of them, at a fraction of the cost."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1:
            raise self.refusal("one list of numbers", shape)
        return Call.of("NearestRows", shape[0], self.embedding_dim, **self.beyond_default("n_candidates"))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{grouped(self.embedding_dim)} dimensions"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"NearestRows"})
