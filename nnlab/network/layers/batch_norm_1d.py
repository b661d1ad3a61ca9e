"""Standardizes each feature over the rows of the batch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class BatchNorm1d(Layer):
    """Standardizes each feature (or channel) over the rows of the batch, then scales and shifts it by learnt numbers.

    A training batch of one row has no spread: torch refuses it. Whoever cuts batches asks `least_rows` of the network
    and joins a last batch that is smaller to the one before. A model in use takes single rows: it uses the averages
    that were kept while training.
    """

    family = "normalisation"
    summary = "Standardizes each feature over the rows of the batch, then scales and shifts it by learnt numbers."
    use_when = "Between Linear and its activation, with batches of 32 rows and more; LayerNorm does not need batches."
    source = "Ioffe and Szegedy 2015, Batch normalization"
    least_rows: ClassVar[int] = 2

    kind: Literal["BatchNorm1d"] = "BatchNorm1d"
    eps: float = Field(
        1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
        json_schema_extra={"why": "torch's default; it matters for features that hardly vary."},
    )
    momentum: float = Field(
        0.1,
        gt=0,
        le=1,
        description="The weight of the newest batch in the averages that are used after training.",
        json_schema_extra={"why": "torch's default; runs of very few steps take more."},
    )
    affine: bool = Field(
        True,
        description="Whether each feature gets a learnt scale and shift.",
        json_schema_extra={"why": "It lets the network undo the standardization where that is better."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) > 2:
            raise self.refusal("one list of numbers, or channels and a length", shape)
        return Call.of("nn.BatchNorm1d", shape[0], **self.beyond_default("eps", "momentum", "affine"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "momentum")
