"""A frame as CSV that a spreadsheet may open: text that would be taken for a formula is kept text."""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones where people write so
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV without its index, `'` before each text cell and name that starts like a formula.

    A negative number is no formula. See OWASP, "CSV Injection".
    """
    safe, has_return = frame.copy(), False
    for position, name in enumerate(frame.columns):
        column = safe.iloc[:, position]
        if column.dtype.kind not in "biufMm":
            kept = column.map(_kept_text, na_action="ignore")
            safe.isetitem(position, kept.array)
            has_return = has_return or bool(kept.map(_has_return).any())
        has_return = has_return or _has_return(name)
    safe.columns = [_kept_text(name) for name in frame.columns]
    # Python's writer leaves a lone carriage return without quotes, and readers take it for the end of the row.
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if has_return else csv.QUOTE_MINIMAL
    text: str = safe.to_csv(index=False, lineterminator="\n", quoting=quoting)
    return text.encode("utf-8")


def _has_return(cell: Any) -> bool:
    return isinstance(cell, str) and "\r" in cell


def _kept_text(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.startswith(FORMULA_STARTS):
        return cell
    return cell if NUMBER.fullmatch(unicodedata.normalize("NFKC", cell).strip()) else "'" + cell
