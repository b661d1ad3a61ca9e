"""Standardizes each channel of pictures over the batch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers, one_argument
from nnlab.network.shapes import Shape


@layers
class BatchNorm2d(Layer):
    """Standardizes each channel of pictures over the batch."""

    family = "normalisation"
    summary = "Standardizes each channel over the pictures of the batch, then scales and shifts it by learnt numbers."
    use_when = "After Conv2d, with batches of 16 pictures and more."
    source = "Ioffe and Szegedy 2015, Batch normalization"
    least_rows: ClassVar[int] = 2

    kind: Literal["BatchNorm2d"] = "BatchNorm2d"
    eps: float = Field(
        1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
        json_schema_extra={"why": "torch's default."},
    )
    momentum: float = Field(
        0.1,
        gt=0,
        le=1,
        description="The weight of the newest batch in the averages that are used after training.",
        json_schema_extra={"why": "torch's default; runs of very few steps take more."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 3:
            raise self.refusal("channels, a height and a width", shape)
        return Call.of("nn.BatchNorm2d", shape[0], **self.beyond_default("eps", "momentum"))

    def arguments(self, shape: Shape | None = None) -> str:
        return one_argument(self, "momentum")

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Use BatchNorm1d instead", (layers["BatchNorm1d"].parse({}),)), *super().proposals(shape))
