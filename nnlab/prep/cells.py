"""The small encoder: the cells of a typed column as float64, missing as NaN.

numeric     the number; ±infinity counts as missing
datetime    seconds since 1970-01-01 UTC
categorical, boolean   the place of the level among the column's levels, −1 for one that is not among them
text, id, constant     0 where there is something
image       its pixels, 0 to 255: K numbers for a cell, channel by channel, row by row
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Columns, ImageForm, Kind
from nnlab.prep.level_names import found_level, level_text
from nnlab.prep.steps.base import LARGEST, Array

if TYPE_CHECKING:
    import pandas as pd

Reader: TypeAlias = Callable[[slice], Array]
Codes: TypeAlias = npt.NDArray[np.int32]
UNSEEN = -1.0


def cells(series: pd.Series[Any], kind: Kind, levels: tuple[str, ...] = (), image: ImageForm | None = None) -> Array:
    """The column as float64 (N,), each cell by itself: the same cell gives the same number in any table.

    Pictures whose form is given come as (K, N); a damaged one counts as missing. The answer may share its memory with
    the series: nobody writes into it.
    """
    return reader(series, kind, levels, image)(slice(None))


def reader(series: pd.Series[Any], kind: Kind, levels: tuple[str, ...] = (), image: ImageForm | None = None) -> Reader:
    """What gives the cells of some rows, as `cells` does of all: what concerns the whole column is done once."""
    if kind == "numeric":
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return lambda rows: _finite(values[rows])
    if kind == "datetime":
        return lambda rows: _seconds(series.iloc[rows])
    if kind in ("categorical", "boolean"):
        codes, distinct = coded(series)
        places = _places(distinct, levels)
        return lambda rows: places[codes[rows]]
    if image is not None:
        return lambda rows: _pixels(series.iloc[rows], image)
    return lambda rows: np.where(series.iloc[rows].isna().to_numpy(), np.nan, 0.0)


def cells_in(series: pd.Series[Any], rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> pd.Series[Any]:
    """The cells of some rows, by their places or by a flag each, in an index of their own: a thousand columns need not
    carry that of the table along."""
    import pandas as pd

    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    if series.dtype == "float64":
        return pd.Series(series.to_numpy().take(places), name=series.name, copy=False)
    return pd.Series(series.array.take(places), name=series.name, copy=False)


def coded(series: pd.Series[Any]) -> tuple[Codes, list[object]]:
    """Each row's place among the distinct values (N,), and those, None for a missing one; some may stand in no row."""
    if series.dtype == "category":
        known = series.cat.codes.to_numpy()
        codes = np.where(known < 0, len(series.cat.categories), known).astype(np.int32)
        return codes, [*series.cat.categories.tolist(), None]
    if series.dtype != "str":
        found, distinct = series.factorize(use_na_sentinel=False)
        return found.astype(np.int32), [None if value != value else value for value in distinct.tolist()]
    import pyarrow as pa

    text = pa.array(series.array, from_pandas=True)
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    packed = text.dictionary_encode(null_encoding="encode")
    return packed.indices.to_numpy(zero_copy_only=False), packed.dictionary.to_pylist()


def with_codes(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The frame with the features of levels as codes: who learns from a column and then applies it reads it once."""
    import pandas as pd

    levels = [c.name for c in columns.features if c.kind in ("categorical", "boolean") and frame[c.name].dtype == "str"]
    if not levels:
        return frame
    made: dict[str, pd.Categorical] = {}
    for name in levels:
        codes, distinct = coded(frame[name])
        if None in distinct:
            missing = distinct.index(None)
            del distinct[missing]
            codes = np.where(codes == missing, -1, codes - (codes > missing)).astype(np.int32)
        made[name] = pd.Categorical.from_codes(codes, categories=pd.Index(distinct, dtype="str"))
    found = frame.copy(deep=False)
    for name, values in made.items():
        found[name] = values
    return found


def infinite(series: pd.Series[Any], kind: Kind) -> npt.NDArray[np.bool_]:
    """Which cells are ±infinity: they count as missing, and a page says so."""
    if kind != "numeric":
        return np.zeros(len(series), dtype=bool)
    found: npt.NDArray[np.bool_] = np.isinf(series.to_numpy(dtype=np.float64, na_value=np.nan))
    return found


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of a column from most to least frequent, equal counts in order of text, and how often each occurs.

    `places` (D,) is the place among the first `most` levels of each distinct value of the column, −1 beyond, NaN for a
    missing one; `counts` (D,) how many rows have it, and `codes` (N,) which one each row has.
    """

    levels: tuple[str, ...]
    places: Array
    counts: npt.NDArray[np.int64]
    codes: Codes

    @classmethod
    def of(cls, series: pd.Series[Any], most: int | None = None) -> Levels:
        """All levels of a column; with `most` only the first so many have a place."""
        codes, distinct = coded(series)
        texts = [None if level is None else level_text(level) for level in distinct]
        counts = np.bincount(codes, minlength=len(texts))
        n_rows: dict[str, int] = {}
        for text, n in zip(texts, counts.tolist(), strict=True):
            if text is not None and n:
                n_rows[text] = n_rows.get(text, 0) + n
        levels = tuple(sorted(n_rows, key=lambda text: (-n_rows[text], text)))
        place_of = {level: float(place) for place, level in enumerate(levels[:most])}
        places = [np.nan if text is None else place_of.get(text, UNSEEN) for text in texts]
        return cls(levels, np.array(places, dtype=np.float64), counts, codes)

    @property
    def values(self) -> Array:
        """The place of each row's level (N,)."""
        return self.places[self.codes]

    @property
    def n_missing(self) -> int:
        """Rows without a level."""
        return int(self.counts[np.isnan(self.places)].sum())


def _places(distinct: list[object], levels: tuple[str, ...]) -> Array:
    """The place of each distinct value among the levels, NaN for a missing one."""
    place_of = {level: place for place, level in enumerate(levels)}
    found = (np.nan if level is None else place_of.get(found_level(level, place_of), UNSEEN) for level in distinct)
    return np.array(list(found), dtype=np.float64)


def _finite(values: Array) -> Array:
    """The same numbers with ±infinity missing, and none beyond `LARGEST`."""
    farthest = max(np.fmax.reduce(values), -np.fmin.reduce(values)) if len(values) else 0.0
    if not farthest > LARGEST:  # also where all are missing
        return values
    return np.where(np.isinf(values), np.nan, np.clip(values, -LARGEST, LARGEST))


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
