"""Raw cells to values: each cell by itself where it can be read in one way only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.prep.raw import typed_cells


def text(*cells: str | None) -> pd.Series:
    return pd.Series(list(cells), dtype="str", name="c", index=range(10, 10 + len(cells)))


def test_plain_numbers_are_read_exactly_and_alone() -> None:
    """Python's float is the oracle, to the last bit; the index is kept."""
    rng = np.random.default_rng(0)
    cells = [repr(float(value)) for value in rng.standard_normal(200) * 10.0 ** rng.integers(-20, 20, 200)]
    found = typed_cells(text(*cells), "numeric")
    assert found.tolist() == [float(cell) for cell in cells]
    assert found.index.tolist() == list(range(10, 210))


def test_a_plain_number_does_not_depend_on_its_neighbours() -> None:
    """Beside numbers with decimal commas it stays what it is."""
    alone = typed_cells(text("1.5"), "numeric").tolist()
    assert typed_cells(text("1.5", "2,25", "3,75"), "numeric").tolist() == [*alone, 2.25, 3.75]


@pytest.mark.parametrize(("cell", "value"), [("inf", np.inf), ("-Infinity", -np.inf), ("1e400", np.inf), (" 7 ", 7.0)])
def test_infinity_is_kept_to_be_told(cell: str, value: float) -> None:
    """The encoder counts it as missing, and a warning can say that it was infinite."""
    assert typed_cells(text(cell), "numeric").tolist() == [value]


@pytest.mark.parametrize("cell", ["", "  ", "abc", "1_000", "0x10", None])
def test_what_is_no_number_is_missing(cell: str | None) -> None:
    """No cell raises."""
    assert typed_cells(text(cell), "numeric").isna().all()


def test_iso_dates_are_read_alone() -> None:
    """pandas is the oracle; impossible days are missing."""
    found = typed_cells(text("2024-02-29", "2024-02-29 13:05", "2023-02-29", "someday", None), "datetime")
    assert found.tolist()[:2] == [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 13:05")]
    assert found.isna().tolist() == [False, False, True, True, True]


def test_levels_are_stripped_and_empty_is_missing() -> None:
    """A blank before or after a level makes no other level; numbers become their text."""
    assert typed_cells(text(" red", "red ", "", None), "categorical").fillna("-").tolist() == ["red", "red", "-", "-"]
    assert typed_cells(pd.Series([3.0, np.nan, 2.5]), "categorical").fillna("-").tolist() == ["3", "-", "2.5"]
