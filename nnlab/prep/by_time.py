"""Parts by time: the earliest rows train, later ones choose the epoch, the latest judge, as they will in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Kind
from nnlab.errors import DataError
from nnlab.prep.cells import cells
from nnlab.prep.raw import amounts
from nnlab.prep.wording import moment, number

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


def times(series: pd.Series[Any], kind: Kind) -> Floats:
    """When each row was, (N,): seconds since 1970 of a date, else its number; missing is NaN.

    Raises `DataError` where the column holds neither dates nor numbers.
    """
    found = cells(series, "datetime") if kind == "datetime" else amounts(series)
    if np.isnan(found).all():
        raise DataError(
            "a time column holds dates or numbers that grow with time",
            where=f"column {str(series.name)[:80]}",
            came="none that can be read",
            do="Give the column the kind datetime or numeric, or another role.",
            column=str(series.name),
        )
    return found


def drawn_by_time(time_N: Floats, shares: Sequence[float]) -> npt.NDArray[np.int8]:
    """The part of every row, (N,), in the order of time and as near to the shares as rows of one moment allow.

    Rows of one moment lie in one part; a row without a time is in none (−1). While there are enough moments, every
    part that is wanted gets one.
    """
    found = np.full(len(time_N), -1, dtype=np.int8)
    known = np.flatnonzero(~np.isnan(time_N))
    if not len(known):
        return found
    moments, places, counts = np.unique(time_N[known], return_inverse=True, return_counts=True)
    wanted = _affordable(shares, len(moments))
    past = np.cumsum(counts)
    share_before, begins = 0.0, 0
    part_of = np.zeros(len(moments), dtype=np.int8)
    for place, part in enumerate(wanted):
        part_of[begins:] = part
        share_before += shares[part]
        n_later = len(wanted) - place - 1
        nearest = int(np.argmin(np.abs(past - share_before * len(known)))) + 1
        begins = max(begins + 1, min(nearest, len(moments) - n_later))
    found[known] = part_of[places]
    return found


def _affordable(shares: Sequence[float], n_moments: int) -> list[int]:
    """The parts that are wanted, in order; of too few moments the first part, then the last, get one."""
    wanted = [part for part, share in enumerate(shares) if share > 0]
    while len(wanted) > max(n_moments, 1):
        del wanted[-2 if len(wanted) > 2 else -1]
    return wanted


def said(time: float, kind: Kind) -> str:
    """A time as people read it: a date, or the number of a column of numbers."""
    return moment(time) if kind == "datetime" else number(time, 10)
