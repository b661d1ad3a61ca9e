"""How much one column says about the target by itself: 0 nothing, 1 all; which measure follows from both kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Kind

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

MOST_LEVELS = 1_000  # of either side: the rarer ones count as one
FEWEST = 10  # rows in which both are filled
_SCALES: tuple[Kind, ...] = ("numeric", "datetime")
_LEVELS: tuple[Kind, ...] = ("categorical", "boolean")


@dataclass(frozen=True)
class Association:
    """A strength from 0 to 1 and the name of its measure; a correlation has its sign in `signed`."""

    value: float
    measure: str
    signed: float | None = None


class Target:
    """The target as numbers and as classes, ready to be compared with many columns."""

    def __init__(self, series: pd.Series[Any], kind: Kind, *, is_class: bool) -> None:
        """is_class: whether its values are classes rather than amounts."""
        self.name = series.name
        self.codes: Codes | None = _codes(series) if is_class else None
        self.values: Floats | None = None if is_class else _numbers(series, kind)


def association(series: pd.Series[Any], kind: Kind, target: Target) -> Association | None:
    """The association of a typed column with the target over the rows where both are filled; None: it has none to tell.

    Two scales: Pearson's correlation. A scale and classes, either way: the correlation ratio, corrected for the number
    of classes (Kelley's epsilon). Classes on both sides: Cramér's V, corrected for their number (Bergsma, 2013).
    """
    if kind in _SCALES:
        numbers = _numbers(series, kind)
        if target.values is not None:
            return _correlation(numbers, target.values)
        return None if target.codes is None else _ratio(target.codes, numbers)
    if kind not in _LEVELS:
        return None
    codes = _codes(series)
    return _ratio(codes, target.values) if target.values is not None else _cramer(codes, target.codes)


def _numbers(series: pd.Series[Any], kind: Kind) -> Floats:
    if series.dtype.kind == "M":
        values = series.to_numpy().astype("datetime64[s]")
        return np.where(np.isnat(values), np.nan, values.astype(np.float64))
    import pandas as pd

    found = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _codes(series: pd.Series[Any]) -> Codes:
    """The level of each row, the commonest first; −1 for missing."""
    codes = np.asarray(series.factorize()[0], dtype=np.int64)
    counts = np.bincount(codes[codes >= 0])
    if len(counts) <= MOST_LEVELS:
        return codes
    rank = np.empty(len(counts) + 1, dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    rank[-1] = -1
    found: Codes = np.minimum(rank[codes], MOST_LEVELS - 1)
    return found


def _correlation(one: Floats, other: Floats) -> Association | None:
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < FEWEST:
        return None
    x, y = _unit(one[both]), _unit(other[both])
    if x is None or y is None:
        return None
    r = float(np.clip(x @ y, -1, 1))
    return Association(abs(r), "correlation", r)


def _unit(values: Floats) -> Floats | None:
    """The values less their mean, of length 1; None where all are alike. Scaled first, so that no square overflows."""
    largest = float(np.abs(values).max())
    scaled = values / largest if largest > 0 else values
    scaled = scaled - scaled.mean()
    length = float(np.sqrt(scaled @ scaled))
    return scaled / length if length > 1e-12 * np.sqrt(len(scaled)) else None


def _ratio(codes: Codes | None, values: Floats) -> Association | None:
    if codes is None:
        return None
    both = (codes >= 0) & ~np.isnan(values)
    n, unit = int(both.sum()), _unit(values[both]) if both.sum() >= FEWEST else None
    if unit is None:
        return None
    groups = np.unique(codes[both], return_inverse=True)[1]
    counts = np.bincount(groups)
    if len(counts) < 2 or n <= len(counts):
        return None
    between = float((np.bincount(groups, weights=unit) ** 2 / counts).sum())  # of a total of 1
    corrected = 1 - (1 - between) * (n - 1) / (n - len(counts))
    return Association(float(np.sqrt(np.clip(corrected, 0, 1))), "correlation ratio")


def _cramer(one: Codes, other: Codes | None) -> Association | None:
    if other is None:
        return None
    both = (one >= 0) & (other >= 0)
    n = int(both.sum())
    if n < FEWEST:
        return None
    rows, columns = (np.unique(side[both], return_inverse=True)[1] for side in (one, other))
    n_rows, n_columns = int(rows.max()) + 1, int(columns.max()) + 1
    if min(n_rows, n_columns) < 2:
        return None
    seen = np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns).reshape(n_rows, n_columns)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / n
    phi = float(((seen - expected) ** 2 / expected).sum()) / n
    phi = max(0.0, phi - (n_rows - 1) * (n_columns - 1) / (n - 1))
    smaller = min(side - (side - 1) ** 2 / (n - 1) for side in (n_rows, n_columns)) - 1
    return Association(float(np.sqrt(min(1.0, phi / smaller))) if smaller > 0 else 0.0, "Cramér's V")
