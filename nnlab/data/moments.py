"""Whole numbers that are moments: counted from 1970, counted in days as spreadsheets do, or digits without marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

YEAR = "%Y"
SERIALS = "days as spreadsheets count them"
_NUMBER = r"^\d{%d}(?:\.\d+)?$"
_COMPACT = (
    ("%Y%m%d", re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")),
    ("%Y%m", re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])")),
    (YEAR, re.compile(r"(?:19|20)\d\d")),
)


@dataclass(frozen=True)
class Way:
    """How moments are counted: the form of a number, what one is in microseconds, and the zero in microseconds."""

    digits: int
    unit: int
    zero: int
    low: float  # the numbers that are taken for moments
    high: float

    @property
    def pattern(self) -> str:
        return _NUMBER % self.digits


_DAY = 86_400_000_000
# from the autumn of 2001 to the end of 2099; in days from 1954 to 2064
WAYS = {
    "seconds since 1970": Way(10, 1_000_000, 0, 1e9, 4.1e9),
    "milliseconds since 1970": Way(13, 1_000, 0, 1e12, 4.1e12),
    SERIALS: Way(5, _DAY, -25_569 * _DAY, 20_000, 60_000),
}


def way_of(cells: Sequence[str], least_share: float = 1.0) -> str:
    """How at least a share of some cells say moments in digits alone: a name in `WAYS`, a format, or nothing."""
    least = max(1.0, least_share * len(cells))
    for form, pattern in _COMPACT:
        if sum(pattern.fullmatch(cell) is not None for cell in cells) >= least:
            return form
    for name, way in WAYS.items():
        number = re.compile(way.pattern)
        if sum(bool(number.match(cell)) and way.low <= float(cell) <= way.high for cell in cells) >= least:
            return name
    return ""


def parsed(text: pa.ChunkedArray, name: str, also_missing: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
    """The moments in an array of text (null: missing) as datetime64[us], NaT for none, and the places of the failed."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    way = WAYS[name]
    bare = pc.utf8_trim_whitespace(text)
    is_right = pc.match_substring_regex(bare, way.pattern)
    is_known = pc.or_(is_right, pc.is_in(bare, pa.array(also_missing, bare.type)))
    failed = np.flatnonzero(pc.fill_null(pc.invert(is_known), False).to_numpy())
    numbers = pc.cast(pc.if_else(is_right, bare, None), pa.float64()).to_numpy()
    stamps = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[us]")
    filled = ~np.isnan(numbers)
    stamps[filled] = (np.round(numbers[filled] * way.unit).astype(np.int64) + way.zero).astype("datetime64[us]")
    return stamps, failed
