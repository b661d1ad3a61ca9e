"""Cells as a person or a file gives them, to the values of a column's kind: each cell by itself where that is possible.

A number or a date that can be read in one way only is read without a look at its neighbours, so that a row has the
same values alone and in a batch; only what is left ("1.234,5", "3 May 2024") is read as the whole column suggests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.data.columns import Column, Kind
from nnlab.prep.cells import cells
from nnlab.prep.steps import Array

if TYPE_CHECKING:
    import pandas as pd

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?([eE][+-]?\d+)?", re.ASCII)
_ISO = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"


def typed_cells(series: pd.Series[Any], kind: Kind, written: Column | None = None) -> pd.Series[Any]:
    """The column in the dtype of its kind; a cell that cannot be read so, and one without text, is missing.

    Text that the steps of cleaning left is `written` as it was where the model's own table got its kinds: with that
    decimal mark, in that form of dates. What was a number there is one first, whatever kind was chosen for it later.
    """
    from nnlab.data.kinds import as_kind

    if series.dtype == "str" and written is not None and (written.decimal or written.dates):
        text = series.str.strip()
        text = text.where(text != "")
        read = _numbers(text, written.decimal) if written.decimal else _dates(text, written.dates)
        return as_kind(read, kind)[0]
    if series.dtype != "str":
        return as_kind(series, kind)[0]
    text = series.str.strip()
    text = text.where(text != "")
    if kind == "numeric":
        return _numbers(text)
    if kind == "datetime":
        return _dates(text)
    return text


def amounts(series: pd.Series[Any]) -> Array:
    """A column of any kind as float64 (N,), such as a target of 0 and 1 that was taken for yes and no; none is NaN."""
    return cells(typed_cells(series, "numeric"), "numeric")


def _numbers(text: pd.Series[Any], decimal: str = "") -> pd.Series[Any]:
    import pandas as pd

    from nnlab.data.kinds import as_kind

    read = _with_comma if decimal == "," else _plain
    found = np.array([read(cell) for cell in text.tolist()], dtype=np.float64)
    left = np.isnan(found) & text.notna().to_numpy()
    if left.any():
        found[left] = as_kind(text[left], "numeric", decimal)[0].to_numpy()
    return pd.Series(found, index=text.index, name=text.name)


def _dates(text: pd.Series[Any], form: str = "") -> pd.Series[Any]:
    import pandas as pd

    from nnlab.data.kinds import as_kind

    if form:
        read = _in_form(text, form)
        is_left = read.isna() & text.notna()
        return read.where(~is_left, _dates(text.where(is_left)))
    is_iso = text.str.fullmatch(_ISO).fillna(False).to_numpy(dtype=bool)
    found = (
        pd.to_datetime(text.where(is_iso), format="ISO8601", errors="coerce").to_numpy(dtype="datetime64[us]").copy()
    )
    left = ~is_iso & text.notna().to_numpy()
    if left.any():
        found[left] = as_kind(text[left], "datetime")[0].to_numpy(dtype="datetime64[us]")
    return pd.Series(found, index=text.index, name=text.name)


def _in_form(text: pd.Series[Any], form: str) -> pd.Series[Any]:
    """The dates in one format, as `parse_dates` knows it; a cell that is none is missing."""
    import pandas as pd
    import pyarrow as pa

    from nnlab.data.dates import parse_dates

    cells = pa.chunked_array([pa.array(text.array, pa.large_string(), from_pandas=True)])
    return pd.Series(parse_dates(cells, [form]).values, index=text.index, name=text.name)


def _with_comma(cell: object) -> float:
    if not isinstance(cell, str) or not _COMMA.fullmatch(cell):
        return np.nan
    return float(cell.replace(".", "").replace(",", "."))


def _plain(cell: object) -> float:
    return float(cell) if isinstance(cell, str) and _PLAIN.fullmatch(cell) else np.nan
