"""Counts as people say them, for what is told of a file."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural but for one: "1 row", "0 rows"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
