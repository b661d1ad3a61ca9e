"""A condition on the cells of one column, as built by clicking: column, comparison, value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import ConfigDict, Field

from nnlab.cleaning.cells import Flags, as_moments, as_numbers, moments_of, numbers_of, text_of
from nnlab.cleaning.pattern import LONGEST_PATTERN, matches
from nnlab.errors import DataError
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Comparison = Literal[
    "equals",
    "not_equals",
    "less",
    "at_most",
    "more",
    "at_least",
    "between",
    "one_of",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "is_missing",
    "is_filled",
]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
SIGNS: dict[Comparison, str] = {
    "equals": "=",
    "not_equals": "≠",
    "less": "<",
    "at_most": "≤",
    "more": ">",
    "at_least": "≥",
}
ORDERED = ("less", "at_most", "more", "at_least", "between")
LISTS = ("one_of",)
ALONE = ("is_missing", "is_filled")  # nothing is compared with
LONGEST_NAME = 10_000
MOST_VALUES = 10_000
LONGEST_VALUE = 10_000


class Condition(Spec):
    """A condition: what a cell must be; a missing cell is only `is_missing`, and equals nothing."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    column: str = Field(max_length=LONGEST_NAME, description="The column whose cells are looked at.")
    comparison: Comparison = Field("equals", description="How a cell is compared with the value.")
    value: str = Field(
        "", max_length=LONGEST_VALUE, description="What a cell is compared with: a number, a date, a text, a pattern."
    )
    upper: str = Field(
        "", max_length=LONGEST_VALUE, description="The upper end, for `between`; both ends belong to it."
    )
    values: tuple[str, ...] = Field((), max_length=MOST_VALUES, description="The values, for `one_of`.")
    ignores_case: bool = Field(False, description="Whether capital and small letters count as the same.")

    def sentence(self) -> str:
        """The condition as a person reads it: "Age ≥ 18"."""
        if self.comparison in SIGNS:
            return f"{self.column} {SIGNS[self.comparison]} {self.value or '“”'}"
        if self.comparison == "between":
            return f"{self.column} is between {self.value} and {self.upper}"
        if self.comparison == "one_of":
            more = f" or {len(self.values) - 5} more" if len(self.values) > 5 else ""
            return f"{self.column} is one of {', '.join(self.values[:5])}{more}"
        words = self.comparison.replace("_", " ")
        return f"{self.column} {words}" + ("" if self.comparison in ALONE else f" {self.value}")

    def mask(self, frame: pd.DataFrame) -> Flags:
        """Whether it holds, for each row (N,); raises `DataError` where the value does not suit the column."""
        series = frame[self.column]
        filled = series.notna().to_numpy(dtype=bool)
        if self.comparison == "is_missing":
            return ~filled
        if self.comparison == "is_filled":
            return filled
        if self.comparison in ORDERED:
            return self._ordered(series) & filled
        if self.comparison in ("equals", "not_equals", "one_of"):
            wanted = self.values if self.comparison == "one_of" else (self.value,)
            same = self._same(series, wanted)
            return ~same if self.comparison == "not_equals" else same
        return self._in_text(series) & filled

    def _ordered(self, series: pd.Series[Any]) -> Flags:
        ends = (self.value, self.upper) if self.comparison == "between" else (self.value,)
        numbers = as_numbers(ends)
        if series.dtype.kind != "M" and None not in numbers:
            return self._compared(numbers_of(series), numbers)
        moments = as_moments(ends)
        if series.dtype.kind != "f" and None not in moments:
            return self._compared(moments_of(series), moments)
        what = {"f": "a number", "M": "a date such as 2024-01-31"}.get(series.dtype.kind, "a number or a date")
        raise DataError(
            f"{what} is needed to compare with",
            where=self.column,
            came=" and ".join(end or "nothing" for end in ends),
            do="Change the value of the condition.",
            column=self.column,
        )

    def _compared(self, cells: Any, ends: list[Any]) -> Flags:
        with np.errstate(invalid="ignore"):
            if self.comparison == "between":
                return np.asarray((cells >= ends[0]) & (cells <= ends[1]))
            signs = {"less": np.less, "at_most": np.less_equal, "more": np.greater, "at_least": np.greater_equal}
            return np.asarray(signs[self.comparison](cells, ends[0]))

    def _same(self, series: pd.Series[Any], wanted: tuple[str, ...]) -> Flags:
        if series.dtype.kind == "f":
            numbers = [number for number in as_numbers(wanted) if number is not None]
            return np.isin(series.to_numpy(), numbers)
        if series.dtype.kind == "M":
            found = [moment for moment in as_moments(wanted) if moment is not None]
            return np.isin(moments_of(series), np.array(found, dtype="datetime64[us]"))
        import pyarrow as pa
        import pyarrow.compute as pc

        text, words = text_of(series), [word.strip() for word in wanted]
        if self.ignores_case:
            text, words = pc.utf8_lower(text), [word.lower() for word in words]
        return flags(pc.is_in(text, pa.array(words, text.type)))

    def _in_text(self, series: pd.Series[Any]) -> Flags:
        import pyarrow.compute as pc

        text, about = text_of(series), {"ignore_case": self.ignores_case}
        if self.comparison == "matches":
            return flags(matches(text, self.value, ignores_case=self.ignores_case))
        look = {"contains": pc.match_substring, "starts_with": pc.starts_with, "ends_with": pc.ends_with}
        return flags(look[self.comparison](text, self.value, **about))


def flags(found: Any) -> Flags:
    """Arrow's truth values as flags (N,), null as false."""
    import pyarrow.compute as pc

    answer: Flags = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return answer


__all__ = ["ALONE", "COMPARISONS", "LISTS", "LONGEST_PATTERN", "ORDERED", "SIGNS", "Comparison", "Condition", "flags"]
