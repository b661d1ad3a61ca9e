"""The preview of a table holds its facts and first rows, and nothing of the table's memory."""

from __future__ import annotations

import gc
import weakref

from nnlab.data.preview import preview
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
