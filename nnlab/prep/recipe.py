"""What is done to each column: the steps a person chose, and the default for every other column with its reason."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from nnlab.data.columns import Column, Columns, Kind
from nnlab.errors import SpecError
from nnlab.machine import on_all_cores
from nnlab.prep.cells import cells, cells_in
from nnlab.prep.default_text import default_text
from nnlab.prep.lookback import Windows
from nnlab.prep.split import TRAIN, Parts
from nnlab.prep.steps import FORMS, INPUT_OF, AnyStep, Array, Form, Step, steps
from nnlab.prep.target_recipe import TargetRecipe
from nnlab.prep.wording import number
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

SKEWED = 1.0  # third standardized moment; an exponential column has 2
WIDE = 10.0  # a column that stays below is hardly changed by log(1 + value)
FAR = 20.0  # deviations from the mean
LONG, MANY = 20_000, 100  # rows and columns from which on several cores pay: they take more of each other's memory
MENDED_AT = {"go": "prepare"}  # the page on which steps are changed
LOOKED_AT = 100_000  # rows; the shape of a column shows on fewer

_FORM_WORDS = {
    "number": "a number",
    "level": "a level",
    "moment": "a date or time",
    "text": "text",
    "picture": "a picture",
    "codes": "codes of levels",
    "tokens": "tokens",
    "image": "a picture for convolutions",
}


class ColumnRecipe(Spec):
    """The steps of one column, first to last."""

    column: str = Field(description="The column's name.")
    steps: tuple[AnyStep, ...] = Field((), description="What is done to it, in order; nothing: its number as it is.")
    reason: str = Field("", description="Why these steps, one sentence; empty for a person's own choice.")


class Recipe(Spec):
    """Steps by column; a project keeps only what a person changed, `resolve` completes it."""

    columns: tuple[ColumnRecipe, ...] = Field((), description="An entry for each column that differs from its default.")
    text: Literal["table", "text"] = Field(
        "table",
        description="What text becomes by default: numbers of the table (TF-IDF), or token ids in the input text.",
    )
    pictures: Literal["table", "image"] = Field(
        "table", description="What pictures become by default: numbers of the table, or pictures in the input image."
    )
    levels: Literal["table", "codes"] = Field(
        "table", description="What levels become by default: one-hot in the table, or ids in the input codes."
    )
    target: TargetRecipe = Field(default_factory=TargetRecipe, description="What is done to a target of numbers.")
    windows: Windows = Field(Windows(), description="Of series: how far each row looks back and tells ahead.")

    def __getitem__(self, name: str) -> ColumnRecipe:
        if name in self:
            return self.columns[self._places[name]]
        raise SpecError("the recipe says nothing of this column", where="recipe", came=name[:200])

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each column's entry stands; tables of a thousand columns are asked for each of them."""
        return {entry.column: place for place, entry in reversed(list(enumerate(self.columns)))}

    def feeding(self, inputs: Collection[str]) -> Recipe:
        """The same recipe, whose defaults feed these inputs of a network where there are columns for them."""
        text: Literal["table", "text"] = "text" if "text" in inputs else "table"
        pictures: Literal["table", "image"] = "image" if "image" in inputs else "table"
        levels: Literal["table", "codes"] = "codes" if "codes" in inputs else "table"
        return self.having(text=text, pictures=pictures, levels=levels)

    def changed(self, name: str, chain: tuple[Step, ...] | None) -> Recipe:
        """The same recipe with other steps for one column; None: back to the default."""
        kept = tuple(entry for entry in self.columns if entry.column != name)
        return self.having(columns=kept if chain is None else (*kept, ColumnRecipe(column=name, steps=chain)))

    def changed_many(self, names: Collection[str], chain: tuple[Step, ...] | None) -> Recipe:
        """The same recipe with these steps for each of the columns; None: all of them back to their defaults."""
        kept = tuple(entry for entry in self.columns if entry.column not in names)
        new = () if chain is None else tuple(ColumnRecipe(column=name, steps=chain) for name in dict.fromkeys(names))
        return self.having(columns=(*kept, *new))


def resolve(recipe: Recipe, frame: pd.DataFrame, columns: Columns, parts: Parts) -> Recipe:
    """The recipe with an entry for every feature column, in the table's order; looks at training rows only.

    Entries for columns that are no features any more are left aside. Raises `SpecError` for a chain that cannot run.
    """
    train = np.flatnonzero(parts == TRAIN)

    def suiting(column: Column) -> ColumnRecipe:
        if column.name in recipe:
            entry = recipe[column.name]
        else:
            chain, reason = default_steps(column, cells_in(frame[column.name], train), recipe)
            entry = ColumnRecipe(column=column.name, steps=chain, reason=reason)
        check_chain(column, entry.steps)
        return entry

    n_chosen = len(columns.features) - len(recipe.columns)
    found = on_all_cores(suiting, columns.features) if is_large(frame, n_chosen) else map(suiting, columns.features)
    return recipe.having(columns=tuple(found), target=recipe.target.resolved)


def is_large(frame: pd.DataFrame, n_columns: int) -> bool:
    """Whether so many columns of a frame are looked at in less time on several cores than on one."""
    return len(frame) >= LONG and n_columns >= MANY


def default_steps(
    column: Column, series_train: pd.Series[Any], recipe: Recipe | None = None
) -> tuple[tuple[Step, ...], str]:
    """The steps that suit a column by its kind and its training values, and why, in a sentence.

    The recipe says which inputs text, pictures and levels are to feed; none: the table.
    """
    recipe = recipe or Recipe()
    form = FORMS[column.kind]
    if form == "text":
        if column.kind == "text" and series_train.notna().any():
            return default_text(series_train, to_input=recipe.text == "text")
        return _made("leave_out"), _LEFT_OUT[column.kind]
    if form == "picture":
        return _pictured(series_train, recipe.pictures == "image")
    values = cells(series_train, column.kind) if form != "level" else np.where(series_train.isna(), np.nan, 0.0)
    n_missing = int(np.isnan(values).sum())
    if n_missing == len(values):
        return _made("leave_out"), "Left out: no training row has a value here."
    if form == "level" and recipe.levels == "codes":
        return _made("embedding_codes"), "Each level gets an id; an Embedding in the branch codes learns what it means."
    if form == "level":
        return _made("one_hot"), "Levels have no order, so each gets a place of its own."
    kinds, reason = ["impute_median"], ""
    if n_missing:
        kinds.append("missing_indicator")
        reason = f" Missing in {n_missing} training rows, and a column says where."
    if form == "moment":
        return _made(*kinds, "date_parts", "standardize"), "Parts of a date come round; a circle keeps that." + reason
    present = values[~np.isnan(values)] if n_missing else values
    chain, why = _scaling(present[:: -(-len(present) // LOOKED_AT)])
    return _made(*kinds, *chain), why + reason


def check_chain(column: Column, chain: tuple[Step, ...]) -> None:
    """Raises `SpecError` unless every step takes what the one before gives, and the last gives numbers."""
    form: Form = FORMS[column.kind]
    kinds = [step.kind for step in chain]
    where = f"recipe, column {column.name[:80]}"
    for index, step in enumerate(chain):
        if step.is_beside and step.kind in kinds[:index]:
            raise SpecError(
                f"{step.kind} can stand only once in a column's steps",
                where=where,
                came=", ".join(kinds),
                repair=MENDED_AT,
            )
        if form not in step.takes:
            takes = " or ".join(_FORM_WORDS[taken] for taken in step.takes)
            raise SpecError(
                f"step {index + 1}, {step.kind}, takes {takes}",
                where=where,
                came=f"{_FORM_WORDS[form]} (the column is {column.kind})",
                do=f"Use {_suiting(form)}, or change the column's kind.",
                repair=MENDED_AT,
            )
        form = step.gives or form
    if form not in INPUT_OF:
        raise SpecError(
            "the last step must give numbers, or what an input of its own takes",
            where=where,
            came=f"{_FORM_WORDS[form]} after {kinds[-1] if kinds else 'no step'}",
            do=f"Add {_suiting(form, 'number')}, or set the column's role to ignore.",
            repair=MENDED_AT,
        )


def broken_columns(recipe: Recipe, columns: Columns) -> tuple[Column, ...]:
    """The features whose own steps cannot run."""

    def is_broken(column: Column) -> bool:
        try:
            check_chain(column, recipe[column.name].steps)
        except SpecError:
            return True
        return False

    return tuple(column for column in columns.features if column.name in recipe and is_broken(column))


_LEFT_OUT: dict[Kind, str] = {
    "text": "Left out: no training row has a value here.",
    "id": "Left out: an ID tells rows apart and says nothing about new ones.",
    "constant": "Left out: every row has the same value.",
}


def _made(*kinds: str) -> tuple[Step, ...]:
    return tuple(steps[kind]() for kind in kinds)


def _pictured(series_train: pd.Series[Any], to_input: bool) -> tuple[tuple[Step, ...], str]:
    n_missing = int(series_train.isna().sum())
    if n_missing == len(series_train):
        return _made("leave_out"), "Left out: no training row has a value here."
    # Measured with a plain network on mnist_sample, mean accuracy (log loss) of three seeds on test rows after 8 epochs
    # and after the default steps: pixels from 0 to 1 alone .963 (.122), .965 (.100); each standardized by itself
    # .962 (.094), .972 (.080); less the mean picture and divided by one deviation .969 (.093), .974 (.080).
    chain: tuple[str, ...] = ("pixels", "standardize_together")
    reason = "Each pixel less its mean over the training pictures."
    if to_input:
        chain, reason = ("picture",), "The picture stays one, for the network's branch image."
    if not n_missing:
        return _made(*chain), reason
    more = f" Missing in {n_missing} training rows: zeros stand in, and a column says where."
    return _made("missing_indicator", *chain), reason + more


def _scaling(values: Array) -> tuple[tuple[str, ...], str]:
    # Measured with a plain network of 2 × 128 units on the default split, mean R² of three seeds on validation rows
    # (test rows): california_housing .807 (.797), diamonds .978 (.980); standardize alone .802 (.787), .978 (.980);
    # ranks for all .811 (.800), .976 (.975). Seeds differ by up to .006, so diamonds cannot tell the first two.
    # FAR was 8 first, and went to 20 after diamonds: with carat and depth as ranks its loss was about twice that.
    with np.errstate(all="ignore"):
        z = values - values.mean()
        squares = z * z
        deviation = math.sqrt(float(squares.mean()))
        z = np.divide(z, deviation, out=z) if deviation > 0 else np.zeros(1)
        cubes = np.multiply(np.multiply(z, z, out=squares[: len(z)]), z, out=squares[: len(z)])
        skewness, farthest = float(cubes.mean()), max(float(z.max()), -float(z.min()))
    lowest, highest = float(values.min()), float(values.max())
    if lowest >= 0 and highest >= WIDE and skewness > SKEWED:
        largest = number(highest)
        why = f"Most values are small and a few far larger, up to {largest}, so their logarithm is taken."
        return ("log1p", "standardize"), why
    if farthest > FAR:
        why = f"A value lies {number(farthest, 2)} deviations from the mean, so ranks stand for the values."
        return ("quantile_normal",), why
    return ("standardize",), "The values lie close enough together to be scaled as they are."


def _suiting(form: Form, gives: Form | None = None) -> str:
    fit = [kind for kind in steps.kinds if form in steps[kind].takes and gives in (None, steps[kind].gives)]
    return ", ".join(fit[:6])
