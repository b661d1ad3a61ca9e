"""Columns of a long table that are plainly decimal numbers, cut as numbers at once: no text of theirs is ever made.

Only a column is taken that could come out in no other way were it text: its first rows show one decimal mark beyond
doubt, every cell is a number or a marker of a missing one, and the values are neither whole, nor all the same, nor
large. Anything else is cut again as text and judged as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnlab.data.cells import form
from nnlab.data.kinds import MOST_ASKED, N_SAMPLE, doubtful_mark
from nnlab.data.moments import way_of
from nnlab.data.numbers import Style, ends, styles_of
from nnlab.data.rows import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa

LEAST_ROWS = 10_000  # for fewer it is not worth its while
N_SHOWN = N_SAMPLE // 2  # the first rows, which every sample of a column of text begins with
_LARGE = 1e8  # from here on digits may be a code or a telephone number
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)
_COLUMN = re.compile(r"In CSV column #(\d+)")


@dataclass(frozen=True)
class Clear:
    """The places of the columns that look like plain decimal numbers, and the decimal mark of them all."""

    places: frozenset[int] = frozenset()
    mark: str = "."

    def without(self, places: frozenset[int]) -> Clear:
        return Clear(self.places - places, self.mark)


def clear_columns(first: Sequence[pa.ChunkedArray], plan: Plan) -> Clear:
    """The columns whose cells in the first rows (null: missing) are decimal numbers with one mark beyond doubt."""
    marks: dict[int, str] = {}
    for place, column in enumerate(first[:MOST_ASKED]):
        mark = _mark([cell.strip() for cell in column.to_pylist() if cell is not None], plan.reading.decimal)
        if mark and not (plan.header and _may_be_cell(plan, place)):
            marks[place] = mark
    found = list(marks.values())
    mark = max(sorted({*found}), key=found.count, default=".")
    return Clear(frozenset(place for place in marks if marks[place] == mark), mark)


def _mark(cells: list[str], known: str) -> str:
    """The decimal mark of plain numbers, "" where there is a doubt about it or about anything else."""
    if len(cells) <= N_SHOWN // 2 or not all(map(_NUMBER.fullmatch, cells)) or way_of(cells):
        return ""
    styles, share = styles_of(cells)
    mark = styles[0].decimal
    is_sure = share == 1.0 and {style.decimal for style in styles} == {mark} and styles[0] == Style(mark)
    is_shown = any(mark in cell for cell in cells) and not doubtful_mark(cells, styles[0])
    return mark if is_sure and is_shown and known in ("", mark) else ""


def _may_be_cell(plan: Plan, place: int) -> bool:
    """Whether the header, were it to come again, would pass for a cell of a column of numbers."""
    name = plan.header[place] if place < len(plan.header) else ""
    return name in plan.reading.missing or form(name) != "text"


def refused_column(error: Exception) -> frozenset[int]:
    """The place of the column in which a cell is no number, as arrow's error tells it."""
    found = _COLUMN.search(str(error))
    return frozenset({int(found[1])}) if found else frozenset()


def amounts(column: pa.ChunkedArray) -> np.ndarray | None:
    """The values (N,) of a clear column, NaN for missing; None where the column could be another kind as text."""
    import numpy as np

    values = np.empty(len(column))
    at = 0
    for chunk in column.chunks:
        values[at : at + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
        at += len(chunk)
    low, high = ends(values)
    if not low < high or max(-low, high) >= _LARGE:
        return None
    if np.count_nonzero(np.isnan(values)) != column.null_count:
        return None  # a cell reads NaN in a spelling that is no marker
    is_whole = low.is_integer() and bool(((values == np.floor(values)) | np.isnan(values)).all())
    return None if is_whole else values
