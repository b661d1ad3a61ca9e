"""A table made ready: typed, divided, its steps chosen and learnt; after a change only what it touches is done anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Column, Columns, Task
from nnlab.data.table import typed
from nnlab.data.task import resolve_task
from nnlab.prep.chain import FittedColumn
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import ColumnRecipe, Recipe, resolve
from nnlab.prep.repeats import RowHashes
from nnlab.prep.split import TRAIN, Parts, Split, parts
from nnlab.prep.split_summary import SplitSummary, split_summary
from nnlab.prep.windows import windowed_parts, windows_notes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Prepared:
    """The choices, and all that follows from them; columns that no change touches are shared with what was before."""

    source: pd.DataFrame  # as it was read
    columns: Columns
    split: Split
    frame: pd.DataFrame  # typed by the columns' kinds
    task: Task
    parts: Parts  # (N,)
    recipe: Recipe  # an entry for every feature
    fitted: Fitted
    summary: SplitSummary
    hashes: RowHashes
    defaults: dict[str, ColumnRecipe] = field(repr=False)  # of the features that have no steps of their own

    @property
    def is_train(self) -> npt.NDArray[np.bool_]:
        """Which rows train, (N,)."""
        found: npt.NDArray[np.bool_] = self.parts == TRAIN
        return found


def prepared(
    frame: pd.DataFrame, columns: Columns, split: Split, recipe: Recipe, before: Prepared | None = None
) -> Prepared:
    """All of it for a frame as it was read; `before` is what the same frame gave under other choices.

    What comes is the same with and without `before`. Raises as `resolve_task`, `parts` and `fit` do.
    """
    former = {} if before is None else {column.name: column for column in before.columns.columns}
    stays = {column.name for column in columns.columns if _same_cells(column, former.get(column.name))}
    cells = _typed(frame, columns, stays, before)
    is_asked_alike = before is not None and _question(columns, stays) == _question(before.columns, stays)
    task = before.task if before is not None and is_asked_alike else resolve_task(cells, columns)[0]
    hashes = RowHashes.of(cells, columns) if before is None else before.hashes.renewed(cells, columns, before.frame)
    is_divided_alike = (
        before is not None
        and is_asked_alike
        and split == before.split
        and hashes is before.hashes
        and recipe.windows == before.recipe.windows
    ) and _dividers(columns, stays) == _dividers(before.columns, stays)
    if before is not None and is_divided_alike:
        part, summary = before.parts, before.summary
    else:
        part = parts(cells, columns, task, split, hashes)
        summary, part = _summed_up(cells, columns, task, split, part, hashes, recipe)
    keeps = before if before is not None and np.array_equal(part, before.parts) else None
    whole, defaults = _steps(recipe, cells, columns, part, stays, keeps)
    known = {} if keeps is None else _learnt(whole, stays, keeps)
    fitted = fit(cells, columns, whole, part, task, known)
    return Prepared(frame, columns, split, cells, task, part, whole, fitted, summary, hashes, defaults)


def _summed_up(
    cells: pd.DataFrame, columns: Columns, task: Task, split: Split, part: Parts, hashes: RowHashes, recipe: Recipe
) -> tuple[SplitSummary, Parts]:
    """The summary of the parts, and the parts without the rows whose window is not whole."""
    summary = split_summary(cells, columns, task, split, part, hashes)
    if not recipe.windows.are_wanted:
        return summary, part
    kept = windowed_parts(cells, columns, recipe.windows, part)
    notes = (*summary.notes, *windows_notes(cells, columns, recipe.windows, part, kept))
    return split_summary(cells, columns, task, split, kept, hashes).having(notes=notes), kept


def _same_cells(column: Column, former: Column | None) -> bool:
    return former is not None and (column.kind, column.image) == (former.kind, former.image)


def _typed(frame: pd.DataFrame, columns: Columns, stays: set[str], before: Prepared | None) -> pd.DataFrame:
    """The typed frame; columns of the same kind as before are the very same cells."""
    if before is None:
        return typed(frame, columns)
    changed = tuple(column for column in columns.columns if column.name not in stays)
    if not changed and list(before.frame.columns) == list(frame.columns):
        return before.frame
    names = [column.name for column in changed if column.name in frame.columns]
    made = typed(frame[names], columns.having(columns=changed, task=None))
    cells = before.frame.copy(deep=False)
    for name in names:
        cells[name] = made[name]
    return cells


def _question(columns: Columns, stays: set[str]) -> Any:
    """What the task follows from; a target whose cells changed is like no other."""
    return columns.task, tuple((column.name, column.name in stays) for column in columns.targets)


def _dividers(columns: Columns, stays: set[str]) -> Any:
    """The columns that divide the rows by their role."""
    roles = ("target", "split", "time", "group")
    return [(column.name, column.role, column.name in stays) for column in columns.columns if column.role in roles]


def _steps(
    recipe: Recipe, cells: pd.DataFrame, columns: Columns, part: Parts, stays: set[str], before: Prepared | None
) -> tuple[Recipe, dict[str, ColumnRecipe]]:
    """The whole recipe, and the defaults in it; those known from before are not sought again."""
    own = {entry.column for entry in recipe.columns}
    alike = recipe.having(columns=(), target=recipe.target.resolved)
    keeps = before is not None and before.recipe.having(columns=()) == alike
    known = {name: entry for name, entry in before.defaults.items() if name in stays} if before and keeps else {}
    given = [known[column.name] for column in columns.features if column.name not in own and column.name in known]
    whole = resolve(recipe.having(columns=(*recipe.columns, *given)), cells, columns, part)
    return whole, {**known, **{entry.column: entry for entry in whole.columns if entry.column not in own}}


def _learnt(whole: Recipe, stays: set[str], before: Prepared) -> dict[str, FittedColumn]:
    """The columns that were learnt with these very steps from these very cells."""
    former = {entry.column: entry.steps for entry in before.recipe.columns}
    chains = {entry.column: entry.steps for entry in whole.columns}
    return {
        column.name: column
        for column in before.fitted.features
        if column.name in stays and column.name in chains and former.get(column.name) == chains[column.name]
    }
