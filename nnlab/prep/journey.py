"""One row on its way: raw cell, what each step makes of it with the figures put in, its slots in the tensor."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from nnlab.data.columns import Kind
from nnlab.data.pictures import thumbnails
from nnlab.prep.cells import infinite
from nnlab.prep.chain import FittedColumn, FittedStep, stepped
from nnlab.prep.steps import FORMS, Form
from nnlab.prep.steps.tokens import tokens_shown
from nnlab.prep.wording import THIN, fitting, listed, moment, number, quoted, year

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.prep.fitted import Fitted

MOST_FORMULAS = 8  # numbers of one cell whose formula is worth showing
LETTERS, LETTERS_IN_LIST = 60, 38  # of the words of one cell: after a step, and in the list of columns


@dataclass(frozen=True)
class Stop:
    """One step: its kind and title, what it had learnt, the cell after it, and how it came about."""

    kind: str
    title: str
    learnt: str
    value: str
    formulas: tuple[str, ...]


@dataclass(frozen=True)
class ColumnJourney:
    """One cell from the file to the tensors; no slots and no value: the column is left out.

    `slots` are places in the table. `value` says what the cell becomes in an input of its own, such as the ids of its
    tokens; `picture` is what a page can draw of a cell that holds one, else nothing. `years` are places in `values`.
    """

    column: str
    kind: Kind
    raw: str
    stops: tuple[Stop, ...]
    slots: tuple[int, ...]
    feature_names: tuple[str, ...]
    values: tuple[float, ...]
    picture: str = ""
    value: str = ""
    years: frozenset[int] = frozenset()

    def numbers(self, most: int) -> str:
        """The first values in three digits, and how many there are where more follow: "1 · 0 … 12"."""
        shown = [_written(value, at in self.years, 3) for at, value in enumerate(self.values[:most])]
        return " · ".join(shown) + (f" … {number(len(self.values), 9)}" if len(self.values) > most else "")


def journey(fitted: Fitted, frame_row: pd.DataFrame, names: Collection[str] | None = None) -> tuple[ColumnJourney, ...]:
    """The way of the frame's first row through every feature column, or through these, in the table's order.

    The frame is typed by the columns' kinds.
    """
    row = frame_row.iloc[:1]
    return tuple(
        _column_journey(column, row, tuple(fitted.slots_of[column.name]))
        for column in fitted.features
        if column.name in row.columns and (names is None or column.name in names)
    )


def as_read(cell: Any) -> str:
    """A cell of a table as it was read, for people: numbers with few digits, "empty" where there is none."""
    if cell is None or cell != cell or str(cell) == "NaT":
        return "empty"
    return number(cell, 12) if isinstance(cell, float) else str(cell).removesuffix(" 00:00:00")[:200]


def sentences(column: FittedColumn) -> tuple[str, ...]:
    """What each step of a column learnt, in a few words."""
    found = []
    for fitted, form, years in _arriving(column):
        said = fitted.step.sentence(fitted.learnt, replace(column.facts, form=form))
        found.append(said.replace(THIN, "") if years else said)
    return tuple(found)


def _arriving(column: FittedColumn) -> Iterator[tuple[FittedStep, Form, frozenset[int]]]:
    """Each step, the form in which the value arrives there, and which of its numbers are years."""
    form, years = FORMS[column.kind], frozenset[int]()
    for fitted in column.steps:
        yield fitted, form, years
        form, years = _given(fitted, form, years)


def _given(fitted: FittedStep, form: Form, years: frozenset[int]) -> tuple[Form, frozenset[int]]:
    """The form in which the value leaves a step, and which of its numbers are years."""
    if fitted.step.gives is None or fitted.step.is_beside:
        return form, years
    return fitted.step.gives, fitted.step.years(fitted.learnt)


def _column_journey(column: FittedColumn, row: pd.DataFrame, slots: tuple[int, ...]) -> ColumnJourney:
    series = row[column.name]
    cell_K1 = column.cells(series)
    blocks = column.chain(cell_K1) if column.is_used else []
    in_table = blocks if column.input == "table" else blocks[1:]
    values = tuple(float(value) for block in in_table for value in block[:, 0].to(torch.float32))
    stops = _stops(column, cell_K1)
    return ColumnJourney(
        column=column.name,
        kind=column.kind,
        raw=_raw(column, series),
        stops=stops,
        slots=slots,
        feature_names=column.feature_names,
        values=values,
        years=next((_given(*told)[1] for told in reversed(list(_arriving(column)))), frozenset()),
        picture=next(iter(thumbnails(series.tolist(), column.image)), "") if column.image else "",
        value=_value(column, blocks[0]) if blocks and (column.words or column.input != "table") else "",
    )


def _value(column: FittedColumn, main_K1: torch.Tensor) -> str:
    """What a cell becomes in an input of its own, or which words it has."""
    if column.input == "table":
        return _shown(main_K1, "number", column, room=LETTERS_IN_LIST)
    if column.input == "image":
        return f"a picture of {column.image.words()}" if column.image else ""
    return _shown(main_K1, "codes" if column.input == "codes" else "tokens", column, room=LETTERS_IN_LIST)


def _raw(column: FittedColumn, series: pd.Series[Any]) -> str:
    """The cell as a person reads it."""
    cell = series.iloc[0]
    if bool(series.isna().iloc[0]):
        return "missing"
    if column.image is not None:
        return f"{column.image.words()} pixels"
    if bool(infinite(series, column.kind)[0]):
        return f"{number(cell, 12)}, counts as missing"
    if column.kind == "datetime":
        return as_read(cell)
    return number(cell, 12) if column.kind == "numeric" else str(cell)


def _stops(column: FittedColumn, cell_K1: torch.Tensor) -> tuple[Stop, ...]:
    n_own = len(cell_K1) - sum(column.chain.n_read)
    x_K1, read_K1, form = cell_K1[:n_own], cell_K1[n_own:], FORMS[column.kind]
    years: frozenset[int] = frozenset()
    stops: list[Stop] = []
    formulas: tuple[str, ...]
    for said, (fitted, came, dated) in zip(sentences(column), _arriving(column), strict=True):
        step = fitted.step
        form, years = _given(fitted, came, dated)
        if step.is_beside and not fitted.n_cells:
            value, formulas = number(float(torch.isnan(cell_K1[0, 0]))), ()
        elif step.is_beside:
            before_K1, read_K1 = read_K1[: fitted.n_cells], read_K1[fitted.n_cells :]
            after_K1 = step.module(fitted.learnt)(before_K1)
            value, formulas = _shown(after_K1, "number", column), _formulas(fitted, before_K1, after_K1)
        else:
            before_K1, x_K1 = x_K1, stepped(step.module(fitted.learnt), x_K1)
            value = _shown(x_K1, form, column, years)
            formulas = () if form == "moment" else _formulas(fitted, before_K1, x_K1, dated)  # the moment says it all
        stops.append(Stop(step.kind, step.title, said, value, formulas))
    return (*stops, *_stand_in(column, x_K1, form, years))


def _stand_in(column: FittedColumn, x_K1: torch.Tensor, form: Form, years: frozenset[int]) -> Iterator[Stop]:
    """The last stop of a value that no step filled."""
    if x_K1.dtype == torch.bool or not bool(torch.isnan(x_K1).any()):
        return
    if column.image is not None:
        yield Stop("", "Zeros", "a missing picture that no step filled", f"{number(len(x_K1), 9)} zeros", ())
    elif form == "number" and len(x_K1):
        shown = listed([_written(float(value), at in years) for at, value in enumerate(column.fallback)], 12)
        title = "Most frequent level" if column.levels else "Training median"
        yield Stop("", title, "a missing value that no step filled", shown, ())


def _formulas(
    fitted: FittedStep, before_K1: torch.Tensor, after_K1: torch.Tensor, years: frozenset[int] = frozenset()
) -> tuple[str, ...]:
    """How the first numbers of a cell came about, of words the heaviest; `years` are places in what came before."""
    found = []
    places = _heaviest(after_K1) if fitted.words else list(range(len(after_K1)))
    for at in places[:MOST_FORMULAS]:
        before = float(before_K1[at if len(before_K1) == len(after_K1) else 0, 0])
        after = float(after_K1[at, 0])
        text = "" if math.isnan(after) else fitted.step.formula(fitted.learnt, at, before, after)
        text = text.replace(THIN, "") if at in years else text
        found.append(f"{quoted(fitted.words[at])}: {text}" if fitted.words and text else text)
    return tuple(text for text in found if text)


def _heaviest(x_K1: torch.Tensor) -> list[int]:
    """The places of the numbers that are not 0, the largest first."""
    order = torch.argsort(x_K1[:, 0].to(torch.float64).abs(), descending=True, stable=True)
    found: list[int] = order[x_K1[order, 0] != 0].tolist()
    return found


def _shown(
    x_K1: torch.Tensor, form: Form, column: FittedColumn, years: frozenset[int] = frozenset(), room: int = LETTERS
) -> str:
    """What a cell has become, for people; of words as many as have room, in letters."""
    values = [float(value) for value in x_K1[:, 0]]
    if not values:
        return "left out"
    if form == "moment":
        return moment(values[0])
    if form == "level":
        return _level(values[0], column)
    if form == "codes":
        return f"id {number(values[0], 9)}"
    if form == "tokens":
        return tokens_shown(x_K1[:, 0].numpy(), column.words, room)
    if column.image is not None:
        if math.isnan(values[0]):  # the numbers of a picture are missing together
            return "missing"
        return f"{number(len(values), 9)} numbers from {number(min(values))} to {number(max(values))}"
    if len(values) == len(column.words):
        return _words_shown(x_K1, column.words, room)
    shown = [_written(value, at in years) for at, value in enumerate(values[:12])]
    return ", ".join(shown) + (" ..." if len(values) > 12 else "")


def _words_shown(x_K1: torch.Tensor, words: tuple[str, ...], room: int) -> str:
    """The heaviest words of a text with their weights, as many as have room: "“james” 0.91 · “mr” 0.31 · 2 more"."""
    said = [f"{quoted(words[at])} {number(float(x_K1[at, 0]), 2)}" for at in _heaviest(x_K1)]
    return fitting(said, room) if said else "no known word"


def _written(value: float, is_year: bool, digits: int = 4) -> str:
    return year(value, digits) if is_year else number(value, digits)


def _level(code: float, column: FittedColumn) -> str:
    if math.isnan(code):
        return "missing"
    return column.levels[int(code)] if 0 <= code < len(column.levels) else "unseen"
