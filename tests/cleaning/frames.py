"""Small frames as the reader gives them: numbers, dates and text, named by the lines of a file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nnlab.data.read import read
from nnlab.data.table import Table


def frame(**columns: list[Any]) -> pd.DataFrame:
    """A frame of these columns: a list of numbers, of timestamps or of text; None is missing."""
    made = {name: _typed(cells) for name, cells in columns.items()}
    n_rows = len(next(iter(columns.values())))
    return pd.DataFrame(made).set_axis(pd.RangeIndex(2, n_rows + 2, name="line"), axis=0)


def _typed(cells: list[Any]) -> Any:
    if any(isinstance(cell, str) for cell in cells) or all(cell is None for cell in cells):
        return pd.array(cells, dtype="str")
    if any(isinstance(cell, pd.Timestamp) for cell in cells):
        return np.array(cells, dtype="datetime64[us]")
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def table(text: str) -> Table:
    """A table read from CSV text."""
    return read(text.encode(), name="t.csv")


def cells(series: pd.Series[Any]) -> list[Any]:
    """A column as plain data, missing as None."""
    return [None if cell != cell else cell for cell in series.astype(object).tolist()]
