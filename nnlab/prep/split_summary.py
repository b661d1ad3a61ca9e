"""What a split came to: rows and class shares by part, repeated rows, and what is worth knowing, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from nnlab.data.columns import Columns, Task
from nnlab.prep.cells import level_text
from nnlab.prep.split import LEFT_OUT, PART_NAMES, TRAIN, Indices, Parts, Split, repeated, too_common
from nnlab.prep.wording import listed, number
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 5  # classes in one sentence


class SplitSummary(Spec):
    """Counts, shares and notes of a split, ready for a page."""

    n_rows: dict[str, int] = Field(description="Rows in train, validation and test.")
    n_left_out: int = Field(description="Rows in no part.")
    class_shares: dict[str, dict[str, float]] = Field(
        description="Of each part the share of each class; {} for numbers."
    )
    n_repeated: int = Field(description="Rows that repeat another row in all features and targets.")
    notes: tuple[str, ...] = Field((), description="What is worth knowing, a sentence each.")

    @property
    def sentence(self) -> str:
        """The three counts in one line."""
        shown = ", ".join(f"{number(self.n_rows[name], 9)} {name}" for name in PART_NAMES)
        return f"{shown} rows"


def split_summary(frame: pd.DataFrame, columns: Columns, task: Task, split: Split, parts: Parts) -> SplitSummary:
    """What `parts` made of this frame."""
    counts = {name: int((parts == part).sum()) for part, name in enumerate(PART_NAMES)}
    n_left_out = int((parts == LEFT_OUT).sum())
    rows = np.flatnonzero(parts != LEFT_OUT)
    groups = repeated(frame.iloc[rows], columns)
    n_repeated = len(groups) - len(np.unique(groups))
    by_class = _class_counts(frame, columns, task, parts)
    notes = [
        *_left_out_notes(columns, n_left_out),
        *_repeated_notes(n_repeated, groups, parts[rows], columns),
        *_small_notes(counts),
        *_class_notes(by_class),
    ]
    shares = {
        name: {text: counted[part] / counts[name] for text, counted in by_class.items()}
        for part, name in enumerate(PART_NAMES)
        if counts[name] and by_class
    }
    return SplitSummary(
        n_rows=counts, n_left_out=n_left_out, class_shares=shares, n_repeated=n_repeated, notes=tuple(notes)
    )


def _class_counts(frame: pd.DataFrame, columns: Columns, task: Task, parts: Parts) -> dict[str, list[int]]:
    if task == "regression" or len(columns.targets) != 1:
        return {}
    codes, distinct = frame[columns.targets[0].name].factorize(sort=True)
    table = np.zeros((len(distinct), 3), dtype=np.int64)
    counted = (codes >= 0) & (parts != LEFT_OUT)
    np.add.at(table, (codes[counted], parts[counted]), 1)
    return {level_text(value): row.tolist() for value, row in zip(distinct, table, strict=True) if row.sum()}


def _left_out_notes(columns: Columns, n_left_out: int) -> list[str]:
    if not n_left_out:
        return []
    why = "no target" if columns.split_column is None else "no target or no part"
    return [f"{_rows(n_left_out)} {why} and {'is' if n_left_out == 1 else 'are'} left out."]


def _repeated_notes(n_repeated: int, groups: Indices, parts: Parts, columns: Columns) -> list[str]:
    if not n_repeated:
        return []
    n_sides = len(np.unique(groups * 4 + parts)) - len(np.unique(groups))
    repeats = f"{number(n_repeated, 9)} {'row repeats' if n_repeated == 1 else 'rows repeat'} another"
    if not n_sides:
        return [f"{repeats}; rows alike stay on one side."]
    why = "the split column puts" if columns.split_column else "so many that drawing row by row puts"
    lie = "the score on them flatters." if not too_common(groups) else "rows alike are usual in this table."
    return [f"{repeats}; {why} some of them on several sides, and {lie}"]


def _small_notes(counts: dict[str, int]) -> list[str]:
    notes = []
    if not counts["test"]:
        notes.append("No rows are left to judge on.")
    if not counts["validation"]:
        notes.append("No rows are left to choose the best epoch; the training loss chooses.")
    return notes


def _class_notes(by_class: dict[str, list[int]]) -> list[str]:
    notes = []
    single = [text for text, counted in by_class.items() if sum(counted) == 1 and counted[TRAIN]]
    if single:
        has, goes = ("has", "goes") if len(single) == 1 else ("have", "go")
        notes.append(f"{_classes(single)} {has} one row, which {goes} to train: nothing can judge it.")
    never = [text for text, counted in by_class.items() if not counted[TRAIN]]
    if never:
        does = "does" if len(never) == 1 else "do"
        notes.append(f"{_classes(never)} {does} not occur in train: the network cannot learn it.")
    unseen = [t for t, counted in by_class.items() if sum(counted) > 1 and counted[TRAIN] and not counted[2]]
    has_test = any(counted[2] for counted in by_class.values())
    if unseen and has_test:
        is_ = "is" if len(unseen) == 1 else "are"
        notes.append(f"{_classes(unseen)} {is_} not in test: no score can be told for it.")
    return notes


def _rows(n: int) -> str:
    return "1 row has" if n == 1 else f"{number(n, 9)} rows have"


def _classes(names: list[str]) -> str:
    return ("Class " if len(names) == 1 else "Classes ") + listed(names, MOST_NAMED)
