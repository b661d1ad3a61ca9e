"""What every step of a recipe is: settings, what it learns from training rows, and a torch module that applies it.

Axes: `N` rows, `K` numbers that a column has become so far. Values travel as float64 of shape (K, N), each number in
one contiguous row, missing as NaN. A step's `learn` sees training rows only and answers plain arrays; its `module`
turns those into an `nn.Module` from (K, N) to (K', N): one of modules.py, imported there and then, so that a page can
show and edit steps while torch is not there yet.

The same row must give the same bits alone and in a batch, so a module holds to comparisons, `where`, + − × ÷, sqrt,
floor, log, exp, sin and cos: the last bit of pow, sigmoid and matmul depends on how many rows come along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Kind
from nnlab.prep.wording import number
from nnlab.spec import Registry, Spec

if TYPE_CHECKING:
    from torch import nn

Array: TypeAlias = npt.NDArray[np.float64]
Learnt: TypeAlias = dict[str, Array]
Form = Literal["number", "level", "moment", "text", "picture"]
FORMS: dict[Kind, Form] = {
    "numeric": "number",
    "categorical": "level",
    "boolean": "level",
    "datetime": "moment",
    "text": "text",
    "image": "picture",
    "id": "text",
    "constant": "text",
}
LARGEST = 1e140  # a larger number counts as this one, so that squares and their sums stay finite


@dataclass(frozen=True)
class Facts:
    """What is known of a column before its first step: its name, and its levels from most to least frequent."""

    name: str
    levels: tuple[str, ...] = ()


class Step(Spec):
    """One thing that is done to a column.

    `takes` and `gives` are forms of a value: a number, a level (its place in the column's levels, −1 for an unseen
    one), a moment (seconds since 1970-01-01 UTC), text (0) or a picture (K pixels, 0 to 255). `gives` None: as it came.
    A step that is beside does not change the value: its module turns the mask of missing cells (1, N) into further
    numbers.
    """

    kind: str = ""

    title: ClassVar[str] = ""
    takes: ClassVar[tuple[Form, ...]] = ("number",)
    gives: ClassVar[Form | None] = None
    is_beside: ClassVar[bool] = False

    def learn(self, values: Array, facts: Facts) -> Learnt:
        """The numbers learnt from training values (K, N), NaN where missing; finite whatever comes."""
        raise NotImplementedError

    def module(self, learnt: Learnt) -> nn.Module:
        """The module from (K, N) to (K', N), float64 or bool; a missing value comes out as NaN or as a number."""
        raise NotImplementedError

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        """What was learnt, in a few words: "median 28"."""
        raise NotImplementedError

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        """The names of the K' numbers from those of the K before."""
        return names

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        """How number `row` of one cell came about, with its figures; empty where there is nothing to work out."""
        return ""


steps: Registry[Step] = Registry("step")
AnyStep = Annotated[Step, steps.field()]


def by_row(values: Array, of: Callable[[Array], Any], empty: float = 0.0) -> Array:
    """`of` the present values in each row of (K, N), `empty` where a row has none: (K,)."""
    present = [row[~np.isnan(row)] for row in values]
    return np.array([float(of(row)) if len(row) else empty for row in present], dtype=np.float64)


def not_zero(scale: Array, size: Array | float = 1.0) -> Array:
    """The scale with 1 in place of what is zero but for rounding, beside values of this size."""
    is_zero = np.abs(scale) <= 10 * np.finfo(np.float64).eps * np.abs(size)
    return np.where(is_zero | (scale == 0), 1.0, scale)


def each(word: str, values: Array) -> str:
    """ "median 28" for one number; for several only the word, plural left to the reader: "median of each of 5"."""
    return f"{word} {number(float(values[0]))}" if len(values) == 1 else f"{word} of each of {len(values)}"
