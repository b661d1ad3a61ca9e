"""One constructor call as a value: what building executes and what the code view prints, the very same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from nnlab.network.shapes import Shape

Plain: TypeAlias = int | float | bool | str | tuple[int, ...] | None

SEQUENCES = ("nn.Sequential", "MaskedSequential")
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

    `rate_factor` is what the learning rate of its parameters is multiplied by. `cost` is known where the call is a
    stack of layers that were measured one by one.
    """

    name: str
    args: tuple[Plain, ...] = ()
    kwargs: tuple[tuple[str, Plain], ...] = ()
    children: tuple[tuple[str, Call], ...] = ()
    rate_factor: float = 1.0
    cost: Cost | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, *args: Plain, **kwargs: Plain) -> Call:
        """The call as one would write it: `Call.of("nn.Linear", 13, 64, bias=False)`."""
        return cls(name, args, tuple(kwargs.items()))

    def with_children(self, children: Mapping[str, Call]) -> Call:
        """The same call with inner modules by name."""
        return replace(self, children=tuple(children.items()))

    @property
    def is_sequence(self) -> bool:
        """Inner modules go in by position, without names."""
        return self.name in SEQUENCES

    def lines(self, indent: str = "", before: str = "", after: str = "") -> list[str]:
        """The call as lines of Python, on one line where it fits and holds nothing but plain arguments."""
        plain = [repr(value) for value in self.args] + [f"{name}={value!r}" for name, value in self.kwargs]
        line = f"{indent}{before}{self.name}({', '.join(plain)}){after}"
        slower_or_faster = "" if self.rate_factor == 1.0 else f"  # learning rate × {self.rate_factor:g}"
        if not self.children and len(line) <= WIDEST:
            return [line + slower_or_faster]
        inner = [f"{indent}{STEP}{text}," for text in plain]
        for name, child in self.children:
            inner += child.lines(indent + STEP, "" if self.is_sequence else f"{name}=", ",")
        return [f"{indent}{before}{self.name}(", *inner, f"{indent}){after}{slower_or_faster}"]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def names(self) -> set[str]:
        """Every class that the call and those inside it construct."""
        return {self.name}.union(*(child.names() for _, child in self.children))


def sequence(calls: list[Call], cost: Cost, is_masked: bool = False) -> Call:
    """The calls one after the other; `is_masked`: some leave padding out of account, and learn where it is."""
    return Call(SEQUENCES[is_masked], children=tuple((str(i), call) for i, call in enumerate(calls)), cost=cost)
