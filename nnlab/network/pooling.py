"""What makes several neighbours one: the settings and the calls that pools of one and of two axes share."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal
from nnlab.network.shapes import Shape, grouped

NEEDS = {1: "channels and a length", 2: "channels and a height and a width"}


class Pool(Layer):
    """Keeps one number of each window of `kernel_size` neighbours."""

    family = "shape"
    n_axes: ClassVar[int]

    kernel_size: int
    stride: int | None = Field(
        None,
        ge=1,
        le=1023,
        description="How far the window moves; nothing said: by its own size.",
        json_schema_extra={"why": "By its own size, so that windows do not overlap."},
    )

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1 + self.n_axes:
            raise self.refusal(NEEDS[self.n_axes], shape)
        if min(shape[1:]) < self.kernel_size:
            raise self.refusal(f"at least {grouped(self.kernel_size)} neighbours", shape)
        return Call.of(f"nn.{self.kind}", self.kernel_size, **self.beyond_default("stride"))

    def arguments(self, shape: Shape | None = None) -> str:
        return f"kernel {self.kernel_size}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1 + self.n_axes:
            return (Proposal(f"Set kernel_size to {min(shape[1:])}", (self.having(kernel_size=min(shape[1:])),)),)
        return (Proposal("Remove it", ()), *super().proposals(shape))


class Pool1d(Pool):
    """Windows along a length."""

    n_axes = 1

    kernel_size: int = Field(
        2,
        ge=1,
        le=1023,
        description="How many neighbours are made one.",
        json_schema_extra={"why": "2 halves the length."},
    )


class Pool2d(Pool):
    """Windows over height and width."""

    n_axes = 2

    kernel_size: int = Field(
        2,
        ge=1,
        le=1023,
        description="How many neighbours are made one, along each side.",
        json_schema_extra={"why": "2 halves each side."},
    )


class AdaptivePool(Layer):
    """Keeps one number of each of `output_size` equal pieces."""

    family = "shape"
    n_axes: ClassVar[int]

    output_size: int

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1 + self.n_axes:
            raise self.refusal(NEEDS[self.n_axes], shape)
        return Call.of(f"nn.{self.kind}", self.output_size)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"to {self.output_size}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (Proposal("Remove it", ()), *super().proposals(shape))


class AdaptivePool1d(AdaptivePool):
    """Pieces of a length."""

    n_axes = 1

    output_size: int = Field(
        1,
        ge=1,
        le=1023,
        description="How many pieces come out.",
        json_schema_extra={"why": "1 keeps one number a channel."},
    )


class AdaptivePool2d(AdaptivePool):
    """Pieces of height and width."""

    n_axes = 2

    output_size: int = Field(
        1,
        ge=1,
        le=1023,
        description="How many pieces come out, along each side.",
        json_schema_extra={"why": "1 keeps one number a channel."},
    )
