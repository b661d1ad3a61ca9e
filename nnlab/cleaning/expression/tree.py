"""What an expression is once it is read: literals, names of columns, and calls; operators are calls too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Literal:
    """A number, a text, true, false or `missing` (None)."""

    value: float | str | bool | None
    at: int


@dataclass(frozen=True)
class Name:
    """A column; `at` is the place in the text, from 1."""

    column: str
    at: int


@dataclass(frozen=True)
class Call:
    """A function or an operator with what it is applied to."""

    function: str
    arguments: tuple[Node, ...]
    at: int


Node: TypeAlias = Literal | Name | Call
