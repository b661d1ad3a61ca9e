"""Raw rows to predict on their way through the value steps: what they need, their kinds, and never a row fewer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from nnlab.cleaning.cells import Flags, text_of
from nnlab.cleaning.cleaning import Cleaning
from nnlab.cleaning.step import CleaningStep, with_columns
from nnlab.data.columns import Column, Columns, ImageForm, Kind
from nnlab.prep.raw import typed_cells
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 200
LONGEST_LEVEL = 200  # characters; a longer one is no choice of a form


class RawColumn(Spec):
    """A column as it was read, before any cleaning: its kind, and what a form needs to ask for one of its cells."""

    name: str
    kind: Kind
    image: ImageForm | None = None
    typical: float | str | None = Field(None, description="The median, or the level that comes most often.")
    minimum: float | str | None = None
    maximum: float | str | None = None
    levels: tuple[str, ...] = Field((), description="The levels of the training rows, the most frequent first.")
    is_whole: bool = False
    may_be_missing: bool = False


@dataclass(frozen=True)
class OddCells:
    """Cells of raw rows that are nothing in the kind of their column, and count as missing."""

    column: str
    flags: Flags
    kind: Kind
    cell: Callable[[int], Any]


@dataclass(frozen=True, eq=False)
class RawRows:
    """The cleaning of a model's table and the kinds of the columns as they were read there."""

    cleaning: Cleaning = field(default_factory=Cleaning)
    columns: tuple[RawColumn, ...] = ()

    def needs(self, wanted: Collection[str], there: Collection[str]) -> tuple[str, ...]:
        """The raw columns that are needed to know these columns of rows that have the columns `there`.

        A column that a step would make, but that came made already while what it is made of did not, is taken as it is.
        """
        return _planned(self.cleaning, wanted, there)[0]

    def steps(self, wanted: Collection[str], there: Collection[str]) -> tuple[CleaningStep, ...]:
        """The value steps that such rows go through for these columns."""
        return _planned(self.cleaning, wanted, there)[1]

    def cleaned(self, frame: pd.DataFrame, wanted: Sequence[str]) -> tuple[pd.DataFrame, list[OddCells]]:
        """The rows with these columns as they are after cleaning; every row stays, in its place.

        `frame` has what `needs` says. Cells that cannot be read in the kind of their raw column are missing, and told.
        """
        import pandas as pd

        steps = self.steps(wanted, list(frame.columns))
        if not steps:
            return frame, []
        kinds = {column.name: column.kind for column in self.columns}
        raw: dict[str, pd.Series[Any]] = {}
        odd: list[OddCells] = []
        for name in _read_as_they_came(steps):
            came = frame[name]
            raw[name] = typed_cells(came, kinds.get(name, "text"))
            odd += _odd(name, came, raw[name], kinds.get(name, "text"))
        rows = pd.DataFrame(raw, index=frame.index)
        for step in steps:
            rows = step.apply(rows)
        return with_columns(frame, {str(name): rows[name] for name in rows.columns}), odd

    def touched(self, wanted: Collection[str], there: Collection[str]) -> frozenset[str]:
        """The columns whose cells such rows have only after the value steps, and not as they came."""
        return frozenset(name for step in self.steps(wanted, there) for name in (*step.makes, *step.changes))

    def as_read(self) -> Columns:
        """The raw columns with their kinds, as a reader of further files needs them."""
        return Columns(columns=tuple(Column(name=c.name, kind=c.kind, image=c.image) for c in self.columns))


def raw_columns(frame: pd.DataFrame, columns: Columns, names: Sequence[str]) -> tuple[RawColumn, ...]:
    """What is known of raw columns from the rows of a frame as it was read: those that train."""
    return tuple(_raw_column(frame[name], columns[name]) for name in names if name in columns.names)


def _read_as_they_came(steps: Sequence[CleaningStep]) -> tuple[str, ...]:
    """The columns that steps read before any of them makes one of that name."""
    made, found = set[str](), dict[str, None]()
    for step in steps:
        found |= dict.fromkeys(name for name in step.reads if name not in made)
        made |= set(step.makes)
    return tuple(found)


def _planned(
    cleaning: Cleaning, wanted: Collection[str], there: Collection[str]
) -> tuple[tuple[str, ...], tuple[CleaningStep, ...]]:
    known = set(there)
    names, steps = dict.fromkeys(wanted), []
    left = list(cleaning.value_steps)
    while left:
        step = left.pop()
        asked = [name for name in (*step.makes, *step.changes) if name in names]
        if not asked:
            continue
        step = step.only_for(asked)
        sources = Cleaning(steps=tuple(left)).raw_names(step.reads)
        if step.makes and known.issuperset(asked) and not known.issuperset(sources):
            continue  # it came made
        steps.append(step)
        for name in step.makes:
            names.pop(name, None)
        names |= dict.fromkeys(step.reads)
    return tuple(names), tuple(reversed(steps))


def _odd(name: str, came: pd.Series[Any], read: pd.Series[Any], kind: Kind) -> list[OddCells]:
    lost = read.isna().to_numpy(dtype=bool) & came.notna().to_numpy(dtype=bool)
    if came.dtype == "str":
        lost &= came.str.strip().ne("").to_numpy(dtype=bool)
    return [OddCells(name, lost, kind, lambda at: came.iloc[at])] if lost.any() else []


def _raw_column(series: pd.Series[Any], column: Column) -> RawColumn:
    filled = series.dropna()
    about: dict[str, Any] = {"may_be_missing": len(filled) < len(series)}
    if column.image is None and len(filled) and series.dtype.kind == "f":
        values = filled.to_numpy()
        about |= {"typical": float(np.median(values)), "is_whole": bool((values == np.floor(values)).all())}
        about |= {"minimum": float(values.min()), "maximum": float(values.max())}
    elif column.image is None and len(filled) and series.dtype.kind == "M":
        ordered = filled.sort_values()
        places = {"typical": len(ordered) // 2, "minimum": 0, "maximum": len(ordered) - 1}
        shown = text_of(ordered.iloc[list(places.values())]).to_pylist()
        about |= dict(zip(places, shown, strict=True))
    elif column.image is None and len(filled):
        counts = filled.value_counts()
        levels = [str(level) for level in counts.index[: 10 * MOST_LEVELS] if len(str(level)) <= LONGEST_LEVEL]
        few = len(counts) <= MOST_LEVELS
        about |= {"typical": str(counts.index[0])[:10_000], "levels": tuple(levels) if few else ()}
    return RawColumn(name=column.name, kind=column.kind, image=column.image, **about)
