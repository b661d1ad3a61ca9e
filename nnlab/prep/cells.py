"""The small encoder: the cells of a typed column as float64, missing as NaN.

numeric     the number; ±infinity counts as missing
datetime    seconds since 1970-01-01 UTC
categorical, boolean   the place of the level among the column's levels, −1 for one that is not among them
text, id, constant     0 where there is something
image       its pixels, 0 to 255: K numbers for a cell, channel by channel, row by row
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import ImageForm, Kind
from nnlab.prep.steps.base import LARGEST, Array

if TYPE_CHECKING:
    import pandas as pd

UNSEEN = -1.0
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:[.,]\d+)?", re.ASCII)


def cells(series: pd.Series[Any], kind: Kind, levels: tuple[str, ...] = (), image: ImageForm | None = None) -> Array:
    """The column as float64 (N,), each cell by itself: the same cell gives the same number in any table.

    Pictures whose form is given come as (K, N); a damaged one counts as missing.
    """
    if kind == "numeric":
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(np.where(np.isinf(values), np.nan, np.clip(values, -LARGEST, LARGEST)))
    if kind == "datetime":
        return _seconds(series)
    if kind in ("categorical", "boolean"):
        return _places(series, levels)
    if image is not None:
        return _pixels(series, image)
    return np.where(series.isna().to_numpy(), np.nan, 0.0)


def infinite(series: pd.Series[Any], kind: Kind) -> npt.NDArray[np.bool_]:
    """Which cells are ±infinity: they count as missing, and a page says so."""
    if kind != "numeric":
        return np.zeros(len(series), dtype=bool)
    found: npt.NDArray[np.bool_] = np.isinf(series.to_numpy(dtype=np.float64, na_value=np.nan))
    return found


def levels_by_count(series: pd.Series[Any], most: int | None = None) -> tuple[list[str], Array]:
    """All levels of a column from most to least frequent, equal counts in order of text, and each row's place (N,).

    Missing is NaN; with `most`, places from there on are −1, as those of levels that are not kept.
    """
    codes, distinct = series.factorize()
    texts = [level_text(level) for level in distinct]
    counts: dict[str, int] = dict.fromkeys(texts, 0)
    for text, n in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)).tolist(), strict=True):
        counts[text] += n
    levels = sorted(counts, key=lambda text: (-counts[text], text))
    place_of = {level: float(place) for place, level in enumerate(levels[:most])}
    table = np.array([place_of.get(text, UNSEEN) for text in texts] + [np.nan], dtype=np.float64)
    return levels, table[codes]


def level_text(level: object) -> str:
    """A level as text; a whole number without its point, so that 3.0 and "3" are one level."""
    if isinstance(level, float) and level.is_integer() and abs(level) < 1e15:  # numpy's float64 is a float
        return str(int(level))
    return level if isinstance(level, str) else str(level)


def found_level(level: object, known: Collection[str]) -> str:
    """The text under which a level is known; "2.0" and "2,50" stand for the levels "2" and "2.5" of a column of
    numbers that a person made categories of, while "02" is another level."""
    text = level_text(level)
    if text in known or not _NUMBER.fullmatch(text):
        return text
    return level_text(float(text.replace(",", ".")))


def _places(series: pd.Series[Any], levels: tuple[str, ...]) -> Array:
    place_of = {level: place for place, level in enumerate(levels)}
    codes, distinct = series.factorize()
    found_places = [place_of.get(found_level(level, place_of), UNSEEN) for level in distinct]
    table = np.array([*found_places, np.nan], dtype=np.float64)
    found: Array = table[codes]  # a missing cell has code -1: the last entry
    return found


def _pixels(series: pd.Series[Any], image: ImageForm) -> Array:
    from nnlab.data.pictures import decoded

    found = decoded(series.tolist(), image)
    values = found.pixels.reshape(len(series), image.n_numbers).T.astype(np.float64, order="C")
    values[:, found.is_missing | found.is_damaged] = np.nan
    return values


def _seconds(series: pd.Series[Any]) -> Array:
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    micros = series.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1e6)
