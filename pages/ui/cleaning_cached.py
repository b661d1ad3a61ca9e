"""Calls of the cleaning room kept over reruns: what a step would do, the levels of a column, proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from nnlab.runs.reading_job import is_large
from pages.ui import cached
from pages.ui.cached import KEPT_S

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.cleaning import Cleaning, CleaningStep, Done
    from nnlab.cleaning.spellings import Proposal
    from nnlab.data.columns import Kind
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

MOST_TRIED = 100_000  # rows that a step is tried on before it is applied
MOST_TRIED_OF_LARGE = 10_000  # of a file whose table the server does not keep
MOST_LEVELS = 200
MOST_PROPOSED = 60  # columns that are looked through for spellings


class Tried(NamedTuple):
    """What a step would do, on how many of the rows; `names` and `kinds` are known without them."""

    done: Done
    n_rows: int
    n_all: int


class FirstRows(NamedTuple):
    """The rows that a step is tried on, of how many, and the column that names the file of each; "" of one file."""

    rows: pd.DataFrame
    n_all: int
    files: str


class Before(NamedTuple):
    """The columns that a step finds: all of them, and the kinds of those that came with the file."""

    names: tuple[str, ...]
    kinds: dict[str, Kind]


def steps_done(space: Space, project: Project) -> tuple[Done, ...]:
    """What each step of the project did to its table."""
    return _steps_done(str(space.path), project.table_id, space)


@st.cache_data(max_entries=200, show_spinner=False)
def _steps_done(place: str, table_id: str, _space: Space) -> tuple[Done, ...]:
    from nnlab.runs.cleaned_tables import steps_done as done

    return done(_space, table_id)


def before(space: Space, project: Project, place: int) -> Before:
    """The columns as the step in a place finds them."""
    from nnlab.cleaning import Cleaning

    columns = _raw_columns(str(space.path), project.table_id, space)
    names, _problems = Cleaning(steps=project.cleaning.steps[:place]).follow(list(columns))
    return Before(tuple(names), columns)


@st.cache_data(max_entries=200, show_spinner=False)
def _raw_columns(place: str, table_id: str, _space: Space) -> dict[str, Kind]:
    from nnlab.runs.cleaned_tables import raw_table

    return {column.name: column.kind for column in raw_table(_space, table_id).columns.columns}


def tried(space: Space, project: Project, steps: Cleaning, step: CleaningStep) -> Tried:
    """What a step would do after others, on the first rows."""
    return _tried(str(space.path), project.table_id, steps.added(step).identity, space, steps, step)


@st.cache_data(max_entries=200, show_spinner=False)
def _tried(place: str, table_id: str, identity: str, _space: Space, _steps: Cleaning, _step: CleaningStep) -> Tried:
    from nnlab.cleaning.clean import steps_carried_out

    first = _first_rows(place, table_id, _space)
    _frame, done = steps_carried_out(first.rows, _steps.added(_step), files=first.files)
    return Tried(done[-1], len(first.rows), first.n_all)


@st.cache_resource(max_entries=3, ttl=KEPT_S, show_spinner=False)
def _first_rows(place: str, table_id: str, _space: Space) -> FirstRows:
    from nnlab.data.joining import files_column
    from nnlab.runs.cleaned_tables import raw_table

    raw = raw_table(_space, table_id)
    frame, files = raw.frame, files_column(raw.columns.columns)
    most = MOST_TRIED_OF_LARGE if is_large(_space.table_bytes(table_id).stat().st_size) else MOST_TRIED
    # Taken one by one: a slice would keep the memory of the whole table.
    return FirstRows(frame if len(frame) <= most else frame.take(list(range(most))), len(frame), files)


def levels(space: Space, project: Project, name: str) -> tuple[str, ...]:
    """The different texts of a column, the most frequent first, where there are not too many; else none."""
    return _levels(str(space.path), project.table_id, name, space)


@st.cache_data(max_entries=500, show_spinner=False)
def _levels(place: str, table_id: str, name: str, _space: Space) -> tuple[str, ...]:
    rows = _first_rows(place, table_id, _space).rows
    if name not in rows.columns:
        rows = cached.table(_space, table_id).frame
    if name not in rows.columns or rows[name].dtype != "str":
        return ()
    counts = rows[name].value_counts()
    return tuple(map(str, counts.index)) if len(counts) <= MOST_LEVELS else ()


def proposed(space: Space, project: Project) -> tuple[Proposal, ...]:
    """Spellings that may be one value, in the project's columns of classes."""
    named = [column.name for column in project.columns.columns if column.kind in ("categorical", "boolean")]
    return _proposed(str(space.path), project.table_id, tuple(named[:MOST_PROPOSED]), space)


@st.cache_data(max_entries=100, ttl=KEPT_S, show_spinner=False)
def _proposed(place: str, table_id: str, names: tuple[str, ...], _space: Space) -> tuple[Proposal, ...]:
    from nnlab.cleaning.spellings import proposals

    frame = cached.table(_space, table_id).frame
    return proposals(frame, [name for name in names if name in frame.columns])
