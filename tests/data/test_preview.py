"""The preview of a table holds its facts and first rows, and nothing of the table's memory."""

from __future__ import annotations

import gc
import weakref

from nnlab.data.preview import preview, shown
from nnlab.data.read import read
from nnlab.data.samples import sample_bytes


def test_the_first_rows_are_those_of_the_table() -> None:
    """Same values, kinds and lines; the facts beside them."""
    table = read(sample_bytes("penguins"), name="penguins.csv")
    found = preview(table)
    assert (found.n_rows, found.n_columns, found.reading) == (344, table.n_columns, table.reading)
    assert found.rows.equals(table.frame.iloc[:100])
    assert list(found.rows.dtypes) == list(table.frame.dtypes)


def test_a_preview_lets_the_table_go() -> None:
    """Once nobody else holds the frame it is gone: numbers and text are copies."""
    table = read(sample_bytes("penguins"), name="penguins.csv")
    found, frame = preview(table), weakref.ref(table.frame)
    del table
    gc.collect()
    assert frame() is None
    assert found.rows.shape == (100, found.n_columns)


def test_dates_are_shown_as_days_where_none_has_a_time() -> None:
    """A column where one has keeps its times; missing cells stay missing, and the rows given stay as they are."""
    rows = "\n".join(f"2024-03-{1 + i % 28:02},2024-03-01 {i % 24:02}:30:00,{i}" for i in range(60))
    table = read(f"day,when,n\n{rows}\n,,7\n".encode(), name="days.csv")
    kept = preview(table).rows
    found = shown(kept, table.columns)
    assert str(found["day"].iloc[1]) == "2024-03-02"
    assert str(found["when"].iloc[1]) == "2024-03-01 01:30:00"
    assert found["day"].isna().tolist() == [False] * 60 + [True]
    assert found["n"].equals(kept["n"])
    assert kept["day"].dtype.kind == "M"
