"""Negative numbers bend towards a floor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class ELU(Layer):
    """Negative numbers bend towards a floor."""

    family = "activations"
    summary = "Negative numbers bend smoothly towards −alpha: x for x > 0, else alpha · (eˣ − 1)."
    use_when = "Where outputs centred near 0 help and no normalisation is used."
    source = "Clevert, Unterthiner and Hochreiter 2015, Fast and accurate deep network learning by ELUs"

    kind: Literal["ELU"] = "ELU"
    alpha: float = Field(
        1.0,
        gt=0,
        le=10,
        description="The floor that negative numbers bend towards, without its sign.",
        json_schema_extra={"why": "1 makes the curve smooth at 0."},
    )

    def call(self, shape: Shape) -> Call:
        return Call.of("nn.ELU", **self.beyond_default("alpha"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "alpha", "alpha")
