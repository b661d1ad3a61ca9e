"""Adds a little noise while training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Shape


@layers
class GaussianNoise(Layer):
    """Adds a little noise while training."""

    family = "dropout"
    summary = "While training, adds normal noise of a fixed deviation to every number."
    use_when = "After the input, where measurements are uncertain or rows are few."
    source = "Holmström and Koistinen 1992, Using additive noise in back-propagation training"

    kind: Literal["GaussianNoise"] = "GaussianNoise"
    std: float = Field(
        0.1,
        gt=0,
        le=10,
        description="The standard deviation of the noise, in the unit of what arrives.",
        json_schema_extra={"why": "Inputs are standardized: 0.1 is a tenth of their spread."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("GaussianNoise", self.std)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"std {self.std:g}"

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"GaussianNoise"})
