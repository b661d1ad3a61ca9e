"""A column's cells as text, as numbers and as moments, each by itself: what a row means depends on no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pyarrow as pa

Floats: TypeAlias = npt.NDArray[np.float64]
Moments: TypeAlias = npt.NDArray[np.datetime64]
Flags: TypeAlias = npt.NDArray[np.bool_]

PLAIN_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
ISO_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$"
MOST_TEXT_BYTES = 1_000_000_000  # of one column that a step makes
YES, NO = ("yes", "true", "1"), ("no", "false", "0")


def text_of(series: pd.Series[Any]) -> pa.ChunkedArray:
    """A column as arrow text (null: missing): whole numbers without a point, dates as ISO 8601."""
    import pandas as pd
    import pyarrow as pa

    if series.dtype == "str":
        return pa.chunked_array([pa.array(series.array, pa.large_string(), from_pandas=True)])
    codes, distinct = pd.factorize(series)
    if series.dtype.kind == "f":
        words = [plain_number(float(value)) for value in distinct]
    elif series.dtype.kind == "M":
        words = [pd.Timestamp(value).isoformat(" ").removesuffix(" 00:00:00") for value in distinct]
    else:
        words = [str(value) for value in distinct]
    places = pa.array(codes.astype(np.int64), mask=codes < 0)
    return pa.chunked_array([pa.array(words, pa.large_string()).take(places)])


def as_series(text: pa.ChunkedArray | pa.Array, like: pd.Series[Any]) -> pd.Series[Any]:
    """Arrow text as a column with the index and name of another; stripped, and an empty cell is missing."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from nnlab.data.kinds import strings

    text = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text])
    bare = pc.utf8_trim_whitespace(text)
    bare = pc.if_else(pc.equal(bare, ""), pa.scalar(None, bare.type), bare)
    return pd.Series(strings(bare), index=like.index, name=like.name, copy=False)


def numbers_of(series: pd.Series[Any]) -> Floats:
    """A column as numbers (N,); text is one where it is written plainly (12.5, -3, 1e6), else it is missing."""
    if series.dtype.kind == "f":
        return series.to_numpy()
    if series.dtype.kind in "iub":
        return series.to_numpy(dtype=np.float64)
    return numbers_in(text_of(series)) if series.dtype.kind != "M" else np.full(len(series), np.nan)


def numbers_in(text: pa.ChunkedArray | pa.Array) -> Floats:
    """The numbers in arrow text (N,), NaN where a cell is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(text)
    plain = pc.if_else(pc.match_substring_regex(bare, PLAIN_NUMBER), bare, pa.scalar(None, bare.type))
    values: Floats = pc.cast(pc.utf8_ltrim(plain, "+"), pa.float64()).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan)


def moments_of(series: pd.Series[Any]) -> Moments:
    """A column as moments (N,) datetime64[us]; text is one where it is written 2024-01-31 or 2024-01-31 08:30."""
    if series.dtype.kind == "M":
        return series.to_numpy(dtype="datetime64[us]")
    if series.dtype.kind in "fiub":
        return np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    return moments_in(text_of(series))


def moments_in(text: pa.ChunkedArray | pa.Array, form: str = "") -> Moments:
    """The moments in arrow text (N,), NaT where a cell is none; `form` as `strptime` knows it, empty: ISO 8601."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    encoded = text.dictionary_encode()
    words = pc.utf8_trim_whitespace(encoded.dictionary)
    if not form:
        words = pc.if_else(pc.match_substring_regex(words, ISO_MOMENT), words, pa.scalar(None, words.type))
    levels = pd.Series(words.to_pylist(), dtype=object)
    found = pd.to_datetime(levels, format=form or "ISO8601", errors="coerce")
    stamps = np.append(found.to_numpy(dtype="datetime64[us]"), np.datetime64("NaT", "us"))
    places = pc.fill_null(encoded.indices, len(levels)).to_numpy(zero_copy_only=False)
    return np.asarray(stamps[places], dtype="datetime64[us]")


def plain_number(value: float) -> str:
    """A number as text that gives the same number back: whole ones without a point."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def as_numbers(texts: Sequence[str]) -> list[float | None]:
    """The number that each text is, or None."""
    import pyarrow as pa

    values: list[float] = numbers_in(pa.array(texts, pa.large_string())).tolist()
    return [None if value != value else value for value in values]


def as_moments(texts: Sequence[str]) -> list[np.datetime64 | None]:
    """The moment that each text is in ISO 8601, or None."""
    import pyarrow as pa

    return [None if np.isnat(value) else value for value in moments_in(pa.array(texts, pa.large_string()))]


def check_bytes(n_bytes: float, where: str) -> None:
    """Raises `LimitError` for a column of text larger than is granted, before it is made."""
    if n_bytes > MOST_TEXT_BYTES:
        came = f"about {n_bytes / 1e6:,.0f} MB".replace(",", " ")
        raise LimitError(
            f"a column of text may take {MOST_TEXT_BYTES // 1_000_000} MB",
            where=where,
            came=came,
            do="Take fewer rows, or a shorter replacement.",
        )


def n_bytes_of(text: pa.ChunkedArray | pa.Array) -> int:
    """How many bytes the cells take together."""
    import pyarrow.compute as pc

    return int(pc.sum(pc.binary_length(text)).as_py() or 0)


def text_truths(text: pa.ChunkedArray) -> Floats:
    """Yes and no in arrow text as 1 and 0 (N,), NaN where a cell is neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    low = pc.utf8_lower(text)
    yes, no = (pc.is_in(low, pa.array(words, low.type)).to_numpy(zero_copy_only=False) for words in (YES, NO))
    return np.where(yes, 1.0, np.where(no, 0.0, np.nan))


def joined_text(left: pa.Array, right: pa.Array, between: str, where: str) -> pa.Array:
    """Two arrays of text as one, cell by cell; a missing cell adds nothing, and of two missing ones none is made.

    Raises `LimitError` where it would be too large.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    check_bytes(n_bytes_of(left) + n_bytes_of(right) + len(between.encode()) * len(left), where)
    # Arrow's own way to skip what is missing loses the rows where nothing is left.
    both = pc.binary_join_element_wise(left, right, pa.scalar(between, left.type))
    return pc.coalesce(both, left, right)
