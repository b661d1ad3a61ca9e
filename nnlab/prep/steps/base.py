"""What every step of a recipe is: settings, what it learns from training rows, and a torch module that applies it.

Axes: `N` rows, `K` numbers that a column has become so far. Values travel as float64 of shape (K, N), each number in
one contiguous row, missing as NaN. A step's `learn` sees training rows only and answers plain arrays; its `module`
turns those into an `nn.Module` from (K, N) to (K', N): one of modules.py, imported there and then, so that a page can
show and edit steps while torch is not there yet.

The same row must give the same bits alone and in a batch, so a module holds to what takes one number at a time and
rounds it in one way: comparisons, `where`, `clamp`, `nan_to_num`, + − × ÷, sqrt, floor, log, log1p, exp, sin, cos,
whole numbers, and looking up (`searchsorted`, `gather`, `index_select`, a comparison with each of a list). The last
bit of pow, sigmoid and matmul depends on how many rows come along: powers are exp(λ · log), sums are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import ImageForm, Kind
from nnlab.prep.wording import moment, number
from nnlab.spec import Registry, Spec

if TYPE_CHECKING:
    from torch import nn

Array: TypeAlias = npt.NDArray[np.float64]
Learnt: TypeAlias = dict[str, Array]
Texts: TypeAlias = Sequence[str | None]
Encoder: TypeAlias = Callable[[Texts], Array]
Form = Literal["number", "level", "moment", "text", "picture", "codes", "tokens", "image"]
InputName = Literal["table", "codes", "text", "image", "sequence"]
INPUT_OF: dict[Form, InputName] = {"number": "table", "codes": "codes", "tokens": "text", "image": "image"}
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
LEVELS_KEPT = 1000  # of a column; rarer ones count as unseen, and memory stays bounded
LARGEST = 1e140  # a larger number counts as this one, so that squares and their sums stay finite


@dataclass(frozen=True)
class Facts:
    """What is known of a column beside its numbers: its name, its levels from most to least frequent, the form of its
    pictures, and the words that its step for text learnt.

    A step is also told the form in which the values arrive. Levels may be told by their counts, where
    every step that learns from them can (`learns_counts`): each value then stands for so many rows. A step that
    needs it gets the target of the training rows, (T, N): the values of each output, or 1 and 0 for each class, of two
    classes for the second alone.
    """

    name: str
    levels: tuple[str, ...] = ()
    image: ImageForm | None = None
    words: tuple[str, ...] = ()
    form: Form = "number"
    counts: npt.NDArray[np.int64] | None = None
    target: Array | None = None


class Step(Spec):
    """One thing that is done to a column.

    `takes` and `gives` are forms of a value: a number, a level (its place in the column's levels, −1 for an unseen
    one), a moment (seconds since 1970-01-01 UTC), text (0) or a picture (K pixels, 0 to 255). `gives` None: as it came.
    What the last step gives says which input of the network the value feeds (`INPUT_OF`): a number the table, codes
    and tokens the ids of levels and of words, an image a picture that stays one.
    A step that is beside does not change the value: its module turns the mask of missing cells (1, N) into further
    numbers of the table.
    """

    kind: str = ""

    title: ClassVar[str] = ""
    takes: ClassVar[tuple[Form, ...]] = ("number",)
    gives: ClassVar[Form | None] = None
    is_beside: ClassVar[bool] = False
    learns_counts: ClassVar[bool] = False
    needs_target: ClassVar[bool] = False
    most_levels: ClassVar[int] = LEVELS_KEPT

    def learn(self, values: Array, facts: Facts) -> Learnt:
        """The numbers learnt from training values (K, N), NaN where missing; finite whatever comes."""
        raise NotImplementedError

    def leaves(self, values: Array) -> bool:
        """Whether the module would give these training values (K, N) back as they are; False where that is not seen."""
        return False

    def train_values(self, values: Array, facts: Facts) -> Array | None:
        """What training values themselves become, (K', N), where that is not what the module makes of them."""
        return None

    def module(self, learnt: Learnt) -> nn.Module:
        """The module from (K, N) to (K', N), float64 or bool; a missing value comes out as NaN or as a number."""
        raise NotImplementedError

    def known_levels(self) -> tuple[str, ...]:
        """Levels that the step knows by their names, whether training rows have them or not."""
        return ()

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        """What was learnt, in a few words: "median 28"."""
        raise NotImplementedError

    def years(self, learnt: Learnt) -> frozenset[int]:
        """The places of the numbers it gives that are years, which people write otherwise than numbers."""
        return frozenset()

    def n_ids(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        """How many ids a step that gives codes or tokens may give, from 0; 0 for other steps."""
        return 0

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        """The names of the K' numbers from those of the K before."""
        return names

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        """How number `row` of one cell came about, with its figures; empty where there is nothing to work out."""
        return ""


class TextStep(Step):
    """A step that reads the texts themselves: a small encoder makes numbers of them, and the module goes on from there.

    What it learns are numbers and words. The encoder gives (K, N) float64, a missing text NaN in all K.
    """

    takes: ClassVar[tuple[Form, ...]] = ("text",)

    def learn_texts(self, texts: Texts, facts: Facts) -> tuple[Learnt, tuple[str, ...]]:
        """The numbers and words learnt from training texts, missing as None."""
        raise NotImplementedError

    def encoder(self, learnt: Learnt, words: tuple[str, ...]) -> Encoder:
        """What turns texts into numbers, each by itself."""
        raise NotImplementedError

    def n_cells(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        """How many numbers the encoder makes of a text."""
        raise NotImplementedError


steps: Registry[Step] = Registry("step")
AnyStep = Annotated[Step, steps.field()]


def by_row(values: Array, of: Callable[[Array], Any], empty: float = 0.0) -> Array:
    """`of` the present values in each row of (K, N), `empty` where a row has none: (K,)."""
    return np.array([float(of(row)) if len(row) else empty for row in map(present, values)], dtype=np.float64)


def present(row: Array) -> Array:
    """The values of a row that are there; the row itself where all are."""
    is_missing = np.isnan(row)
    return row[~is_missing] if is_missing.any() else row


def level_counts(values: Array, facts: Facts) -> tuple[npt.NDArray[np.int64], int, int]:
    """How many rows each level has, how many another one (a place of −1), and how many none (NaN)."""
    places = np.fmax(values, -2.0).astype(np.int64).ravel() + 2
    counts = np.bincount(places, facts.counts, len(facts.levels) + 2).astype(np.int64)
    return counts[2:], int(counts[1]), int(counts[0])


def median(row: Array) -> float:
    """The median of the values of a row that are there, NaN where none is.

    What numpy.median gives, in a third of its time: missing values sort last, and one place is sought, not two.
    """
    n_present = len(row) - int(np.isnan(row).sum())
    if not n_present:
        return float("nan")
    middle = n_present // 2
    parted = np.partition(row, middle)
    above = float(parted[middle])
    return above if n_present % 2 else (float(parted[:middle].max()) + above) / 2


def not_zero(scale: Array, size: Array | float = 1.0) -> Array:
    """The scale with 1 in place of what is zero but for rounding, beside values of this size."""
    is_zero = np.abs(scale) <= 10 * np.finfo(np.float64).eps * np.abs(size)
    return np.where(is_zero | (scale == 0), 1.0, scale)


def each(word: str, values: Array, form: Form = "number") -> str:
    """ "median 28" for one number or moment; for several the word, plural left to the reader: "median of each of 5"."""
    write = moment if form == "moment" else number
    return f"{word} {write(float(values[0]))}" if len(values) == 1 else f"{word} of each of {len(values)}"
