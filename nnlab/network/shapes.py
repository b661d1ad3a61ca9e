"""Shapes said in words: what one row is at a place in the network, the rows of a batch left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator

Shape: TypeAlias = tuple[int, ...]

THIN = "\u202f"  # narrow no-break space, between groups of three digits


class Ids(tuple[int, ...]):
    """The shape of a row of ids, whole numbers from 0 to n_ids − 1 that name things: `Ids((30,), n_ids=5000)`.

    Another number of ids is another shape, for another Embedding takes it.
    """

    n_ids: int

    def __new__(cls, sizes: Shape, n_ids: int) -> Ids:
        made = super().__new__(cls, sizes)
        made.n_ids = n_ids
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ids) and tuple(self) == tuple(other) and self.n_ids == other.n_ids

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((tuple(self), self.n_ids))

    def __reduce__(self) -> tuple[Any, ...]:
        return Ids, (tuple(self), self.n_ids)


def plain_shape(shape: Shape) -> list[int] | dict[str, Any]:
    """A shape as JSON-ready data: `[64]`, and `{"shape": [30], "n_ids": 5000}` of ids."""
    return {"shape": list(shape), "n_ids": shape.n_ids} if isinstance(shape, Ids) else list(shape)


def parsed_shape(data: Any) -> Shape:
    """The shape that `plain_shape` wrote, or the shape itself; raises `ValueError` for anything else."""
    if isinstance(data, Ids):
        return data
    sizes, n_ids = (data.get("shape"), data.get("n_ids")) if isinstance(data, Mapping) else (data, None)
    if isinstance(data, Mapping) and (set(data) != {"shape", "n_ids"} or type(n_ids) is not int or n_ids < 1):
        raise ValueError("a shape of ids says its shape and how many ids there are")
    if not isinstance(sizes, list | tuple) or not all(type(size) is int for size in sizes):
        raise ValueError("a shape is a list of whole numbers")
    return tuple(sizes) if n_ids is None else Ids(tuple(sizes), n_ids)


# a shape as a field of a spec, ids and all
AnyShape = Annotated[Shape, PlainValidator(parsed_shape), PlainSerializer(plain_shape)]


def told_apart(shapes: Mapping[str, Shape]) -> str:
    """Shapes by name as one text that differs wherever they do."""
    return str([(name, plain_shape(shape)) for name, shape in shapes.items()])


def grouped(n: int) -> str:
    """A whole number with its digits in groups of three: 5 249."""
    return f"{n:,}".replace(",", THIN)


def in_short(shape: Shape | None) -> str:
    """A shape as it stands on a wire: `64`, `16 × 62`, and `?` where it is not known."""
    if shape is None:
        return "?"
    return " × ".join(grouped(size) for size in shape) or "1"


def in_words(shape: Shape) -> str:
    """A shape as a sentence says it: "one list of 64 numbers"."""
    if isinstance(shape, Ids):
        return f"{counted(size(shape), 'id')}, each one of {grouped(shape.n_ids)}"
    if len(shape) == 1:
        return "one number" if shape[0] == 1 else f"one list of {grouped(shape[0])} numbers"
    if len(shape) == 2:
        return f"{counted(shape[0], 'list')} of {counted(shape[1], 'number')}"
    return f"a block of {in_short(shape)} numbers"


def counted(n: int, noun: str) -> str:
    """A number and its noun: "1 list", "3 lists"."""
    return f"{grouped(n)} {noun}" + ("" if n == 1 else "s")


def size(shape: Shape) -> int:
    """How many numbers a shape holds."""
    n = 1
    for axis in shape:
        n *= axis
    return n
