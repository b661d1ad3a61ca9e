"""Cuts one list of numbers into several."""

from __future__ import annotations

from math import prod
from typing import Annotated, Literal

from pydantic import Field, field_validator

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape, grouped, in_words


@layers
class Unflatten(Layer):
    """Cuts one list of numbers into channels of equal length, as convolutions need them."""

    family = "shape"
    summary = "Cuts one list of numbers into several of equal length; nothing is computed."
    use_when = "Before Conv1d, where the list is a series or several series one after the other."
    source = "torch.nn.Unflatten"

    kind: Literal["Unflatten"] = "Unflatten"
    unflattened_size: tuple[Annotated[int, Field(ge=-1, le=10_000_000)], ...] = Field(
        (1, -1),
        min_length=2,
        max_length=4,
        description="The sizes that come out, such as channels and length; one of them may be −1: what is left.",
        json_schema_extra={"why": "(1, −1) is one channel that holds the whole list."},
    )

    @field_validator("unflattened_size")
    @classmethod
    def _at_most_one_rest(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if 0 in sizes or sizes.count(-1) > 1:
            raise ValueError("sizes are 1 or more, and at most one of them is −1")
        return sizes

    def call(self, shape: Shape) -> Call:
        if len(shape) != 1:
            raise self.refusal("one list of numbers", shape)
        known = prod(size for size in self.unflattened_size if size > 0)
        if shape[0] % known if -1 in self.unflattened_size else shape[0] != known:
            needs = "a multiple of " if -1 in self.unflattened_size else ""
            raise self.refusal(f"{needs}{grouped(known)} numbers", shape)
        return Call.of("nn.Unflatten", 1, self.unflattened_size)

    def arguments(self, shape: Shape | None = None) -> str:
        return " × ".join("rest" if size == -1 else grouped(size) for size in self.unflattened_size)

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) != 1:
            return super().proposals(shape)
        first = self.unflattened_size[0]
        whole = Proposal(f"Use one list of {in_words(shape).split()[-2]}", (unflatten(1, shape[0]),))
        if first > 1 and shape[0] % first == 0:
            return (Proposal(f"Use {first} × {shape[0] // first}", (unflatten(first, shape[0] // first),)), whole)
        return (whole,)


def unflatten(*sizes: int) -> Unflatten:
    """The layer that cuts a list into these sizes."""
    return Unflatten(unflattened_size=sizes)
