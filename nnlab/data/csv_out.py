"""A frame as CSV that a spreadsheet may open: text that would be taken for a formula is kept text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV without its index, `'` before each text cell and name that starts like a formula.

    A negative number is no formula. See OWASP, "CSV Injection".
    """
    safe = frame.copy()
    for position, name in enumerate(safe.columns):
        column = safe.iloc[:, position]
        if column.dtype.kind not in "biufMm":
            safe.isetitem(position, column.map(_kept_text, na_action="ignore").array)
        safe = safe.rename(columns={name: _kept_text(name)})
    text: str = safe.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def _kept_text(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell.strip()):
        return "'" + cell
    return cell
