"""Text to dates and times, one column at a time; the whole column decides whether the day or the month comes first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from nnlab.data import moments

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y",
    "%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y",
)  # fmt: skip
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%Y")
_TIMES = (
    "", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S.%f", "T%H:%M:%S.%fZ", " %H:%M:%S.%f",
    " %I:%M:%S %p", " %I:%M %p", ", %I:%M %p", "T%H:%M:%S%z", " %H:%M:%S%z",
    " %H:%M:%S UTC",
)  # fmt: skip
FORMATS = (*(day + time for time in _TIMES for day in _DAYS), *_MONTHS)
_ISO = {
    10: "%Y-%m-%d",
    16: "%Y-%m-%d %H:%M",
    19: "%Y-%m-%d %H:%M:%S",
}  # by the length of the text
_ISO_LONG = "%Y-%m-%d %H:%M:%S.%f"
_ISO_CELL = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?")
N_LOOKED_AT = 40
_SWAPPED = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y", "%m/%d/%y": "%d/%m/%y"}


@dataclass(frozen=True, eq=False)
class Dates:
    """The dates (NaT: missing or no date), the format, whether day and month could be told apart, and what failed."""

    values: np.ndarray  # (N,) datetime64[us]
    format: str
    is_certain: bool
    failed: np.ndarray  # places of filled cells that are no dates


def formats_of(cells: Sequence[str], least_share: float = 0.95) -> list[str]:
    """The formats in which at least a share of some cells are dates, the likeliest first."""
    if way := moments.way_of(cells, max(least_share, 0.5)):
        return [way]
    if cells and all(map(_ISO_CELL.fullmatch, cells)):
        longest = max(map(len, cells))
        return [_ISO.get(longest, _ISO_LONG).replace(" ", "T" if "T" in cells[0] else " ")]
    cells = cells[:N_LOOKED_AT]
    found: list[str] = []
    looked = [(cell, _marks(cell)) for cell in cells[:3]]
    for form in FORMATS:
        marks = _marks(re.sub("%.", "", form))
        is_open = "%b" in form or "%B" in form or "%z" in form  # names and zones may bring marks of their own
        if not any((is_open or marks == its_marks) and _is_date(cell, form) for cell, its_marks in looked):
            continue
        if sum(_is_date(cell, form) for cell in cells) >= least_share * len(cells):
            found.append(form)
    return found


def parse_dates(text: pa.ChunkedArray, formats: Sequence[str], also_missing: Sequence[str] = ()) -> Dates:
    """The dates in an array of text (null: missing), in the format that leaves fewest cells over."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if formats[0] in moments.WAYS:
        values, failed = moments.parsed(text, formats[0], also_missing)
        return Dates(values, formats[0], True, failed)
    if formats[0].startswith("%Y-%m-%d"):
        try:
            stamps = pc.cast(text, pa.timestamp("us"))
            return Dates(stamps.to_numpy().astype("datetime64[us]"), formats[0], True, np.zeros(0, dtype=np.int64))
        except pa.ArrowInvalid:
            pass
    encoded = text.combine_chunks().dictionary_encode()
    levels = pd.Series(pc.utf8_trim_whitespace(encoded.dictionary).to_pylist(), dtype=object)
    read = [(form, pd.to_datetime(levels, format=form, errors="coerce", utc=True)) for form in formats]
    form, dates = min(read, key=lambda each: int(each[1].isna().sum()))
    n_good = dates.notna().sum()
    is_certain = not any(other != form and _swaps(other, form) and each.notna().sum() == n_good for other, each in read)
    codes = pc.fill_null(encoded.indices, len(levels)).to_numpy()
    stamps = np.append(dates.dt.tz_localize(None).to_numpy().astype("datetime64[us]"), np.datetime64("NaT"))
    bad = np.append(dates.isna().to_numpy() & ~levels.isin(also_missing).to_numpy(), False)
    return Dates(stamps[codes], form, is_certain, np.flatnonzero(bad[codes]))


def words(form: str) -> str:
    """A format in letters that people use: `YYYY-MM-DD hh:mm`."""
    for code, word in {
        "%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%b": "Mon", "%B": "Month", "%H": "hh", "%I": "hh",
        "%M": "mm", "%S": "ss", "%f": "ffffff", "%p": "am/pm", "%z": "zone",
    }.items():  # fmt: skip
        form = form.replace(code, word)
    return form


@lru_cache(maxsize=1024)
def _marks(text: str) -> frozenset[str]:
    """What stands between the digits and letters of a text; every blank counts as the same."""
    return frozenset(" " if mark.isspace() else mark for mark in text if not mark.isalnum())


def _is_date(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell, form)
    except ValueError:
        return False
    return True


def _swaps(other: str, form: str) -> bool:
    return any(form.replace(a, b) == other or form.replace(b, a) == other for a, b in _SWAPPED.items())
