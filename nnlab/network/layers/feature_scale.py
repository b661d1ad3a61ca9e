"""Multiplies each feature by a learnt factor."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import RatedLayer, layers
from nnlab.network.shapes import Shape


@layers
class FeatureScale(RatedLayer):
    """Multiplies each feature by a learnt factor."""

    family = "weights"
    summary = "Multiplies each number by a factor of its own, which starts at 1 and is learnt."
    use_when = "First of all, on the columns of a table: features that do not matter are turned down early."
    source = "Holzmüller et al. 2024, Better by default"

    kind: Literal["FeatureScale"] = "FeatureScale"

    def call(self, shape: Shape) -> Call:
        return Call.of("FeatureScale", shape[-1])

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"FeatureScale"})
