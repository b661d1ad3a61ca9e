"""A table through its cleaning steps: another table of its file, kinds guessed anew, and what each step did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.cleaning.cells import text_of
from nnlab.cleaning.cleaning import Cleaning
from nnlab.cleaning.done import Done, difference
from nnlab.cleaning.step import CleaningStep, with_columns
from nnlab.data.columns import Column, Columns
from nnlab.data.joining import files_column
from nnlab.data.reading import Reading
from nnlab.data.table import MOST_ISSUES, Issue, Table
from nnlab.errors import DataError, LimitError, NnlabError
from nnlab.limits import limits

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.kinds import TypedColumn

Progress = Callable[[float, str], None]
_KEPT_ROLES = ("split",)  # what the reader knows for sure, such as the file that a row came from
_LOOKED_AT = 10_000  # numbers of a column, at the most, that are asked for its decimal mark
_ROUNDING = 1e-6
_STEPS = 0.6  # the share of the steps in the whole work; kinds are the rest


@dataclass(frozen=True, eq=False)
class Cleaned:
    """The table after its steps, and what each of them did, in their order."""

    table: Table
    done: tuple[Done, ...]


def cleaned(table: Table, cleaning: Cleaning, *, progress: Progress | None = None) -> Table:
    """The table after its cleaning steps, see `carried_out`."""
    return carried_out(table, cleaning, progress=progress).table


def carried_out(table: Table, cleaning: Cleaning, *, progress: Progress | None = None) -> Cleaned:
    """The table after its cleaning steps: its own id, rows still named by their line, kinds guessed anew.

    Without steps it is the table itself. A step that cannot be carried out, because its column is gone or its pattern
    is none, is left out, and its `problem` says why. Raises `DataError` where no row is left, `LimitError` for more
    columns or text than is granted.
    """
    if table.cleaning_identity:
        raise ValueError("a table is cleaned once, from the one that was read")
    if not cleaning.steps:
        return Cleaned(table, ())
    frame, done = steps_carried_out(table.frame, cleaning, progress, files_column(table.columns.columns))
    if not len(frame):
        last = max(place for place, each in enumerate(done) if each.n_rows_dropped)
        raise DataError(
            "some rows must be left after cleaning",
            where=cleaning.in_place(last),
            came="none is",
            do="Change or remove this step.",
        )
    columns, frame, issues = _guessed_anew(table, frame)
    if progress:
        progress(1.0, "finding the kinds of the columns")
    told = tuple(sorted((*table.issues, *issues), key=lambda issue: issue.line))[:MOST_ISSUES]
    found = replace(table, frame=frame, columns=columns, issues=told, cleaning_identity=cleaning.identity)
    return Cleaned(found, done)


def steps_carried_out(
    frame: pd.DataFrame, cleaning: Cleaning, progress: Progress | None = None, files: str = ""
) -> tuple[pd.DataFrame, tuple[Done, ...]]:
    """A raw frame after all steps, filters included, its columns as the steps leave them; and what each step did.

    `files` names the column that says which file a row came from: what a row takes from others ends with its file.
    """
    done: list[Done] = []
    for place, step in enumerate(cleaning.steps):
        if progress:
            progress(_STEPS * place / len(cleaning.steps), "cleaning")
        try:
            step.check(list(frame.columns))
            _check_width(frame.shape[1] + len(step.makes))
            after = _by_file(step, frame, files)
        except LimitError as error:
            raise error.within(cleaning.in_place(place)) from None
        except NnlabError as error:
            done.append(Done(problem=str(error)))
            continue
        done.append(difference(step, frame, after))
        frame = after
    return frame, tuple(done)


def _by_file(step: CleaningStep, frame: pd.DataFrame, files: str) -> pd.DataFrame:
    """The frame after a step; where that looks at other rows, each file's rows by themselves, as one to predict is."""
    import pandas as pd

    if step.is_row_wise or step.is_filter or not files or files not in frame.columns:
        return step.apply(frame)
    codes = pd.factorize(frame[files])[0]
    places = [np.flatnonzero(codes == code) for code in np.unique(codes)]
    read = frame[list(dict.fromkeys((*step.reads, *step.changes)))]
    made = pd.concat([step.apply(read.iloc[each]) for each in places]).iloc[np.argsort(np.concatenate(places))]
    return with_columns(frame, {name: made[name] for name in step.changes})


def _check_width(n_columns: int) -> None:
    most = limits().columns
    if n_columns > most:
        raise LimitError(f"a table may have {most} columns", came=f"{n_columns} columns", do="Make fewer.")


def _guessed_anew(table: Table, frame: pd.DataFrame) -> tuple[Columns, pd.DataFrame, list[Issue]]:
    """Kinds and values of the columns after cleaning; what no step touched stays as it was."""
    import pandas as pd

    known = {column.name: column for column in table.columns.columns}
    columns: list[Column] = []
    values: list[Any] = []
    issues: list[Issue] = []
    lines, mark = frame.index, _shown_mark(table)
    for name in frame.columns:
        series, former = frame[name], known.get(name)
        is_touched = former is None or (series is not table.frame[name] and not _is_same(series, table.frame, name))
        if former is not None and not is_touched:
            columns.append(former)
            values.append(series.array)
            continue
        found = _typed(str(name), series, former, table.reading, mark)
        columns.append(found.column)
        values.append(found.values)
        issues += [replace(each, line=int(lines[each.line]) if each.line >= 0 else 0) for each in found.issues]
    made = pd.DataFrame(dict(enumerate(values)), index=lines, copy=False).set_axis(list(frame.columns), axis=1)
    return table.columns.having(columns=tuple(columns)), made, issues


def _is_same(series: pd.Series[Any], before: pd.DataFrame, name: str) -> bool:
    """Whether a column has the cells that it had, none more and none fewer."""
    return len(series) == len(before) and bool(series.dtype == before[name].dtype and series.equals(before[name]))


def _typed(name: str, series: pd.Series[Any], former: Column | None, reading: Reading, mark: str) -> TypedColumn:
    """The column as it would be read now; pictures, moments and the reader's own columns stay what they are."""
    from nnlab.data.kinds import TypedColumn, typed_column

    if former is not None and (former.role in _KEPT_ROLES or former.image is not None):
        return TypedColumn(series.array, former)
    if former is not None and series.dtype.kind in "fM" and _is_varied(series):
        return TypedColumn(series.array, former)
    as_written = reading if series.dtype == "str" else reading.having(decimal=".", digits="numbers")
    found = typed_column(name, text_of(series), as_written, likely=mark if as_written is reading else ".")
    if series.dtype.kind in "fM" and found.values.dtype.kind == series.dtype.kind:
        return TypedColumn(series.array, found.column)  # every bit of a number, not what its text gives
    return found


def _shown_mark(table: Table) -> str:
    """The decimal mark that the columns of numbers agree on, those that show one; "" where they do not."""
    marks = {
        column.decimal
        for column in table.columns.columns
        if column.decimal and _shows_mark(table.frame[column.name].to_numpy())
    }
    return marks.pop() if len(marks) == 1 else ""


def _shows_mark(values: Any) -> bool:
    """Whether numbers have fractions that cannot be thousands: none has three digits, or some have more."""
    filled = values[:_LOOKED_AT][np.isfinite(values[:_LOOKED_AT])]
    is_short, is_long = (np.abs(filled * n - np.round(filled * n)) < _ROUNDING for n in (100, 1000))
    return bool((filled != np.floor(filled)).any() and (is_short.all() or not is_long.all()))


def _is_varied(series: pd.Series[Any]) -> bool:
    """Whether numbers or moments are more than two different ones, so that they are still amounts."""
    return bool(series.nunique() > 2)


__all__ = ["Cleaned", "carried_out", "cleaned", "steps_carried_out"]
