"""Rows that become CSV text: read back by Python's own reader they are the rows that came."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.data.doors.door import BREAK, CsvRows
from nnlab.errors import LimitError
from tests.batteries import battery

CELLS = st.lists(st.lists(st.text('ab,"\n;é ', max_size=4), min_size=1, max_size=5), min_size=1, max_size=8)


@settings(max_examples=battery(25, 1000), deadline=None)
@given(CELLS)
def test_rows_come_back_as_wide_as_the_widest(rows: list[list[str]]) -> None:
    """Each row is one line; commas, quotes and breaks survive; short rows end in empty cells."""
    made = CsvRows(10**6, 10)
    for row in rows:
        made.add(row)
    text = made.text().decode()
    width = max(map(len, rows))
    back = [[cell.replace(BREAK, "\n") for cell in row] for row in csv.reader(io.StringIO(text))]
    assert text.count("\n") == len(rows)
    assert back == [[*row, *[""] * (width - len(row))] for row in rows]


def test_blank_lines_stay_without_cells() -> None:
    """A row that grows the table later leaves the lines between the rows as they are."""
    made = CsvRows(1000, 10)
    made.add(["a"])
    made.blank(2)
    made.add(["b", "c"])
    assert made.text() == b"a,\n\n\nb,c\n"


def test_text_and_width_end_at_their_limits() -> None:
    """The row that would be too much is refused, and so are the empty cells that short rows would get."""
    made = CsvRows(100, 10)
    with pytest.raises(LimitError, match="columns"):
        made.add(["x"] * 11)
    for _ in range(20):
        made.add(["x"])
    made.add(["x"] * 10)
    with pytest.raises(LimitError, match="characters"):
        made.text()
    with pytest.raises(LimitError, match="characters"):
        made.add(["x" * 100])
