"""Columns that are plainly decimal numbers, read as numbers at once: no text of theirs is ever made.

Only what the closer look would take alike is taken here: where a cell is anything but a plain number or a marker of a
missing one, where there is a code, a value too large or nothing but whole numbers, the column is read as text instead.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nnlab.data.moments import way_of
from nnlab.data.numbers import LONGEST_INTEGER
from nnlab.data.rows import Plan

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as pcsv

LEAST_BYTES = 1 << 20  # for less it is not worth its while
N_PIECES, PIECE = 12, 16_384  # pieces of the file that are looked at, bytes
MOST_TRIES = 4
_COLUMN = re.compile(r"CSV column #(\d+)")
_MARKS = {mark: re.escape(mark) for mark in ".,"}
_NUMBER = {mark: re.compile(rf"-?(?:0|[1-9]\d*)(?:{each}\d+)?") for mark, each in _MARKS.items()}
_DOUBTFUL = {mark: re.compile(rf"-?(?:\d+|[1-9]\d{{0,2}}{each}\d{{3}})") for mark, each in _MARKS.items()}


@dataclass(frozen=True)
class Clear:
    """The places of the columns that look like plain decimal numbers, and the decimal mark of them all."""

    places: tuple[int, ...]
    mark: str


def clear_columns(body: memoryview, plan: Plan) -> Clear:
    """The columns of a large body whose cells, in pieces from everywhere, are decimal numbers beyond doubt."""
    if len(body) < LEAST_BYTES:
        return Clear((), "")
    nothing = {*plan.reading.missing, *plan.reading.missing_among_values}
    columns: list[list[str]] = [[] for _ in range(plan.width)]
    for row in _rows(body, plan):
        if len(row) == plan.width:
            for cells, cell in zip(columns, row, strict=True):
                if cell not in nothing:
                    cells.append(cell)
    marks = [plan.reading.decimal] if plan.reading.decimal else list(_MARKS)
    by_mark = {mark: tuple(n for n, cells in enumerate(columns) if _is_clear(cells, mark)) for mark in marks}
    mark = max(by_mark, key=lambda each: len(by_mark[each]))
    places = [n for n in by_mark[mark] if n >= len(plan.header) or not _NUMBER[mark].fullmatch(plan.header[n])]
    if len(places) == plan.width:
        places = places[1:]  # one column stays text, in which rows that are no rows show
    return Clear(tuple(places), mark if places else "")


def read_numbers(
    body: memoryview, plan: Plan, clear: Clear, read: pcsv.ReadOptions, parse: pcsv.ParseOptions
) -> dict[int, pa.ChunkedArray]:
    """The clear columns as float64 (null: missing) by place; those that are not there need a closer look."""
    import pyarrow as pa
    import pyarrow.csv as pcsv

    left = list(clear.places)
    for _ in range(MOST_TRIES):
        if not left:
            return {}
        names = [str(place) for place in left]
        convert = pcsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.float64()),
            include_columns=names,
            null_values=[*plan.reading.missing, *plan.reading.missing_among_values],
            decimal_point=clear.mark,
            check_utf8=False,
        )
        try:
            data = pcsv.read_csv(
                pa.BufferReader(pa.py_buffer(body)), read_options=read, parse_options=parse, convert_options=convert
            )
        except pa.ArrowInvalid as error:
            found = _COLUMN.search(str(error))
            if found is None or int(found[1]) not in left:
                return {}
            left.remove(int(found[1]))
            continue
        if data.num_rows != _n_lines(body):
            return {}
        return {place: data.column(n) for n, place in enumerate(left) if _are_amounts(data.column(n))}
    return {}


def _rows(body: memoryview, plan: Plan) -> list[list[str]]:
    """The whole lines in some pieces of the body, cut into cells."""
    rows: list[list[str]] = []
    step = max(PIECE, (len(body) - PIECE) // (N_PIECES - 1))
    for start in range(0, len(body) - PIECE + 1, step):
        lines = bytes(body[start : start + PIECE]).decode("utf-8", "replace").split("\n")
        quote = plan.reading.quote
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        rows += csv.reader(
            lines[1 if start else 0 : -1], delimiter=plan.reading.delimiter, quotechar=quote or None, quoting=quoting
        )
    return rows


def _is_clear(cells: Sequence[str], mark: str) -> bool:
    """Whether all cells are plain numbers, and one of them can be read with this decimal mark only."""
    if len(cells) < N_PIECES or not all(map(_NUMBER[mark].fullmatch, cells)):
        return False
    return not all(map(_DOUBTFUL[mark].fullmatch, cells)) and not way_of(cells)  # seconds since 1970 have decimals too


def _n_lines(body: memoryview) -> int:
    import numpy as np

    letters = np.frombuffer(body, np.uint8)
    return 1 + sum(
        int(np.count_nonzero(letters[start : start + LEAST_BYTES] == 10))
        for start in range(0, len(letters), LEAST_BYTES)
    )


def _are_amounts(column: pa.ChunkedArray) -> bool:
    """Whether the values are finite, none too large, and neither all whole nor all the same."""
    import numpy as np

    n_nothing, low, high, has_parts = 0, np.inf, -np.inf, False
    for chunk in column.chunks:
        values = chunk.to_numpy(zero_copy_only=False)
        filled = values[~np.isnan(values)]
        n_nothing += len(values) - len(filled)
        if len(filled):
            low, high = min(low, float(filled.min())), max(high, float(filled.max()))
            has_parts = has_parts or bool((filled != np.floor(filled)).any())
    if n_nothing != column.null_count or not has_parts:
        return False
    return low < high and max(-low, high) < 10.0**LONGEST_INTEGER
