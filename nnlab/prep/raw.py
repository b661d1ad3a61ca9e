"""Cells as a person or a file gives them, to the values of a column's kind: each cell by itself where that is possible.

A number or a date that can be read in one way only is read without a look at its neighbours, so that a row has the
same values alone and in a batch; only what is left ("1.234,5", "3 May 2024") is read as the whole column suggests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.data.columns import Kind
from nnlab.prep.cells import cells
from nnlab.prep.steps import Array

if TYPE_CHECKING:
    import pandas as pd

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_ISO = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"


def typed_cells(series: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """The column in the dtype of its kind; a cell that cannot be read so, and one without text, is missing."""
    from nnlab.data.kinds import as_kind

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


def _numbers(text: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    from nnlab.data.kinds import as_kind

    found = np.array([_plain(cell) for cell in text.tolist()], dtype=np.float64)
    left = np.isnan(found) & text.notna().to_numpy()
    if left.any():
        found[left] = as_kind(text[left], "numeric")[0].to_numpy()
    return pd.Series(found, index=text.index, name=text.name)


def _dates(text: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    from nnlab.data.kinds import as_kind

    is_iso = text.str.fullmatch(_ISO).fillna(False).to_numpy(dtype=bool)
    found = (
        pd.to_datetime(text.where(is_iso), format="ISO8601", errors="coerce").to_numpy(dtype="datetime64[us]").copy()
    )
    left = ~is_iso & text.notna().to_numpy()
    if left.any():
        found[left] = as_kind(text[left], "datetime")[0].to_numpy(dtype="datetime64[us]")
    return pd.Series(found, index=text.index, name=text.name)


def _plain(cell: object) -> float:
    return float(cell) if isinstance(cell, str) and _PLAIN.fullmatch(cell) else np.nan
