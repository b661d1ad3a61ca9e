"""What a split came to: rows and class shares by part, repeated rows, and what is worth knowing, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.data.columns import Columns, Task
from nnlab.prep import split_notes
from nnlab.prep.by_time import Floats, times
from nnlab.prep.by_time import said as said_time
from nnlab.prep.grouped import groups_of
from nnlab.prep.level_names import level_text
from nnlab.prep.raw import amounts
from nnlab.prep.repeats import RowHashes
from nnlab.prep.split import LEFT_OUT, PART_NAMES, Indices, Parts, Split
from nnlab.prep.wording import number
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Told = TypeVar("Told")


class SplitSummary(Spec):
    """Counts, shares and notes of a split, ready for a page."""

    n_rows: dict[str, int] = Field(description="Rows in train, validation and test.")
    n_left_out: int = Field(description="Rows in no part.")
    class_shares: dict[str, dict[str, float]] = Field(
        description="Of each part the share of each class; {} for numbers."
    )
    n_repeated: int = Field(description="Rows that repeat another row in all features and targets.")
    means: dict[str, float] = Field({}, description="Of each part the mean of the target; {} for classes.")
    spans: dict[str, tuple[str, str]] = Field({}, description="Of each part its first and last time; {} without one.")
    n_groups: dict[str, int] = Field({}, description="Of each part how many groups have rows in it; {} without groups.")
    notes: tuple[str, ...] = Field((), description="What is worth knowing, a sentence each.")

    @property
    def sentence(self) -> str:
        """The three counts in one line."""
        shown = ", ".join(f"{number(self.n_rows[name], 9)} {name}" for name in PART_NAMES)
        return f"{shown} rows"


def split_summary(
    frame: pd.DataFrame, columns: Columns, task: Task, split: Split, parts: Parts, hashes: RowHashes | None = None
) -> SplitSummary:
    """What `parts` made of this frame, and what is unfair about it; `hashes` of it spare the look for rows alike."""
    counts = {name: int((parts == part).sum()) for part, name in enumerate(PART_NAMES)}
    n_left_out = int((parts == LEFT_OUT).sum())
    rows = np.flatnonzero(parts != LEFT_OUT)
    alike = (hashes or RowHashes.of(frame, columns)).groups(rows)
    by_class = _class_counts(frame, columns, task, parts)
    values = _values(frame, columns, task)
    groups = _groups(frame.iloc[rows], columns)
    time = None if columns.time_column is None else times(frame[columns.time_column], columns[columns.time_column].kind)
    said = (
        split_notes.left_out(columns, n_left_out),
        split_notes.repeats(alike, parts[rows], columns),
        split_notes.small(counts),
        split_notes.classes(by_class),
        split_notes.drift(by_class, values, parts, columns.time_column is not None),
        split_notes.groups(groups, parts[rows], columns),
        split_notes.overlap(time, parts, columns),
    )
    shares = {
        name: {text: counted[part] / counts[name] for text, counted in by_class.items()}
        for part, name in enumerate(PART_NAMES)
        if counts[name] and by_class
    }
    return SplitSummary(
        n_rows=counts,
        n_left_out=n_left_out,
        class_shares=shares,
        n_repeated=len(alike) - len(np.unique(alike)),
        means=_of_parts(values, parts, lambda part: float(np.nanmean(part))),
        spans=_spans(time, parts, columns),
        n_groups={} if groups is None else _of_parts(groups, parts[rows], lambda part: len(np.unique(part))),
        notes=tuple(note for notes in said for note in notes),
    )


def _values(frame: pd.DataFrame, columns: Columns, task: Task) -> Floats | None:
    """The single numeric target, (N,), or None."""
    if task != "regression" or len(columns.targets) != 1:
        return None
    found = amounts(frame[columns.targets[0].name])
    return found if np.isfinite(found).any() else None


def _groups(frame: pd.DataFrame, columns: Columns) -> Indices | None:
    return groups_of(frame, columns.group_columns) if columns.group_columns else None


def _spans(time: Floats | None, parts: Parts, columns: Columns) -> dict[str, tuple[str, str]]:
    if time is None or columns.time_column is None:
        return {}
    kind = columns[columns.time_column].kind

    def ends(part: Floats) -> tuple[str, str]:
        return (said_time(float(np.nanmin(part)), kind), said_time(float(np.nanmax(part)), kind))

    return _of_parts(time, np.where(np.isnan(time), LEFT_OUT, parts), ends)


def _of_parts(
    values: npt.NDArray[Any] | None, parts: npt.NDArray[Any], tell: Callable[[npt.NDArray[Any]], Told]
) -> dict[str, Told]:
    if values is None:
        return {}
    found = {name: values[parts == part] for part, name in enumerate(PART_NAMES)}
    return {name: tell(mine) for name, mine in found.items() if len(mine)}


def _class_counts(frame: pd.DataFrame, columns: Columns, task: Task, parts: Parts) -> dict[str, list[int]]:
    if task == "regression" or len(columns.targets) != 1:
        return {}
    codes, distinct = frame[columns.targets[0].name].factorize(sort=True)
    table = np.zeros((len(distinct), 3), dtype=np.int64)
    counted = (codes >= 0) & (parts != LEFT_OUT)
    np.add.at(table, (codes[counted], parts[counted]), 1)
    return {level_text(value): row.tolist() for value, row in zip(distinct, table, strict=True) if row.sum()}
