"""Shapes said in words: what one row is at a place in the network, the rows of a batch left out."""

from __future__ import annotations

from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]

THIN = "\u202f"  # narrow no-break space, between groups of three digits


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
