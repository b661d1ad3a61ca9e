"""One constructor call as a value: what building executes and what the code view prints, the very same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from nnlab.network.shapes import Shape

Plain: TypeAlias = int | float | bool | str | tuple[int, ...] | None

WIDEST = 100  # characters of a line of printed code
STEP = "    "


@dataclass(frozen=True, slots=True)
class Cost:
    """What running some part on one row takes, and the shape it gives."""

    out_shape: Shape
    n_parameters: int = 0
    n_multiply_adds: int = 0
    n_activations: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A class by its printed name, plain arguments, and the calls that make its inner modules.

    `cost` is known where the call is a stack of layers that were measured one by one.
    """

    name: str
    args: tuple[Plain, ...] = ()
    kwargs: tuple[tuple[str, Plain], ...] = ()
    children: tuple[tuple[str, Call], ...] = ()
    cost: Cost | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, *args: Plain, **kwargs: Plain) -> Call:
        """The call as one would write it: `Call.of("nn.Linear", 13, 64, bias=False)`."""
        return cls(name, args, tuple(kwargs.items()))

    @property
    def is_sequence(self) -> bool:
        """Inner modules go in by position, without names."""
        return self.name == "nn.Sequential"

    def lines(self, indent: str = "", before: str = "", after: str = "") -> list[str]:
        """The call as lines of Python, on one line where it fits and holds nothing but plain arguments."""
        plain = [repr(value) for value in self.args] + [f"{name}={value!r}" for name, value in self.kwargs]
        line = f"{indent}{before}{self.name}({', '.join(plain)}){after}"
        if not self.children and len(line) <= WIDEST:
            return [line]
        inner = [f"{indent}{STEP}{text}," for text in plain]
        for name, child in self.children:
            inner += child.lines(indent + STEP, "" if self.is_sequence else f"{name}=", ",")
        return [f"{indent}{before}{self.name}(", *inner, f"{indent}){after}"]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def names(self) -> set[str]:
        """Every class that the call and those inside it construct."""
        return {self.name}.union(*(child.names() for _, child in self.children))


def sequence(calls: list[Call], cost: Cost) -> Call:
    """The calls one after the other, as `nn.Sequential`."""
    return Call("nn.Sequential", children=tuple((str(i), call) for i, call in enumerate(calls)), cost=cost)
