"""The values that an expression computes with: one for each row, of one form; each cell by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from nnlab.cleaning import cells
from nnlab.cleaning.cells import Floats, Moments

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Form: TypeAlias = Literal["number", "text", "moment", "truth", "missing"]
YES, NO = "yes", "no"


@dataclass(frozen=True, eq=False)
class Values:
    """One value a row (N,): numbers and truths (1, 0) as float64, moments as datetime64[us], text as arrow text.

    What is missing is NaN, NaT or null; values of the form `missing` are all NaN.
    """

    form: Form
    data: Any

    def __len__(self) -> int:
        return len(self.data)

    def numbers(self) -> Floats:
        """As numbers: text where it is one, truth as 1 and 0; a moment is none."""
        if self.form == "text":
            return cells.numbers_in(self.data)
        if self.form == "moment":
            return np.full(len(self), np.nan)
        return np.asarray(self.data, dtype=np.float64)

    def truths(self) -> Floats:
        """As truth: 1, 0 or NaN; a number is true unless it is 0, a text where it says yes, true or 1."""
        if self.form == "text":
            words = cells.text_truths(self.data)
            return words
        numbers = self.numbers()
        return np.where(np.isnan(numbers), np.nan, (numbers != 0).astype(np.float64))

    def moments(self) -> Moments:
        """As moments: text where it is written 2024-01-31 or 2024-01-31 08:30; a number is none."""
        if self.form == "moment":
            return np.asarray(self.data)
        if self.form == "text":
            return cells.moments_in(self.data)
        return np.full(len(self), np.datetime64("NaT"), dtype="datetime64[us]")

    def text(self) -> pa.ChunkedArray:
        """As arrow text: whole numbers without a point, dates as ISO 8601, truth as yes and no."""
        import pandas as pd
        import pyarrow as pa

        if self.form == "text":
            return self.data
        if self.form == "truth":
            places = np.where(np.isnan(self.data), 0, self.data).astype(np.int64)
            made = pa.array([NO, YES], pa.large_string()).take(pa.array(places, mask=np.isnan(self.data)))
            return pa.chunked_array([made])
        return cells.text_of(pd.Series(self.data, copy=False))

    def is_missing(self) -> Floats:
        """1 where nothing is known, else 0."""
        import pyarrow.compute as pc

        if self.form == "text":
            return np.asarray(pc.is_null(self.data).to_numpy(), dtype=np.float64)
        empty = np.isnat(self.data) if self.form == "moment" else np.isnan(self.data)
        return np.asarray(empty, dtype=np.float64)


def of_column(series: pd.Series[Any]) -> Values:
    """A column's cells."""
    if series.dtype.kind == "f":
        return Values("number", series.to_numpy())
    if series.dtype.kind == "M":
        return Values("moment", series.to_numpy(dtype="datetime64[us]"))
    return Values("text", cells.text_of(series))


def constant(value: float | str | bool | None, n_rows: int) -> Values:
    """The same value in every row."""
    import pyarrow as pa

    if isinstance(value, str):
        cells.check_bytes(len(value.encode()) * n_rows, "expression")
        return Values("text", pa.chunked_array([pa.repeat(pa.scalar(value, pa.large_string()), n_rows)]))
    if value is None:
        return Values("missing", np.full(n_rows, np.nan))
    return Values("truth" if isinstance(value, bool) else "number", np.full(n_rows, float(value)))


def finite(values: Any) -> Values:
    """Numbers, with what is infinite or undefined missing."""
    return Values("number", np.where(np.isfinite(values), values, np.nan))


def truth(values: Any, unknown: Any) -> Values:
    """Truths from flags (N,), missing where `unknown`."""
    return Values("truth", np.where(unknown, np.nan, np.asarray(values, dtype=np.float64)))


def text(values: Any) -> Values:
    """Text; an empty one is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return Values("text", pc.if_else(pc.equal(found, ""), pa.scalar(None, found.type), found))
