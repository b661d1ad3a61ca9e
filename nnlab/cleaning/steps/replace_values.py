"""The step that puts other values in the place of some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from nnlab.cleaning.cells import as_moments, as_numbers, as_series, text_of
from nnlab.cleaning.condition import LONGEST_VALUE, MOST_VALUES
from nnlab.cleaning.step import MOST_COLUMNS, CleaningStep, cleaning_steps, named, with_columns
from nnlab.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


class Replacement(Spec):
    """A replacement: one value, and what takes its place."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    old: str = Field(max_length=LONGEST_VALUE, description="The whole cell that is replaced.")
    new: str = Field("", max_length=LONGEST_VALUE, description="What takes its place; nothing: the cell is missing.")


@cleaning_steps
class ReplaceValues(CleaningStep):
    """Puts other values in the place of whole cells, or makes these missing.

    Numbers are compared as numbers, dates as dates. A column of numbers that gets a text becomes a column of text.
    """

    kind: Literal["replace_values"] = "replace_values"
    columns: tuple[str, ...] = Field(min_length=1, max_length=MOST_COLUMNS, description="The columns it is done in.")
    replacements: tuple[Replacement, ...] = Field(
        min_length=1, max_length=MOST_VALUES, description="The values, each with what takes its place."
    )

    title: ClassVar[str] = "Replace values"

    @property
    def reads(self) -> tuple[str, ...]:
        return self.columns

    @property
    def changes(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return with_columns(frame, {name: self._replaced(frame[name]) for name in self.columns})

    def sentence(self) -> str:
        pairs = [f"{each.old} by {each.new or 'missing'}" for each in self.replacements[:4]]
        more = f" and {len(self.replacements) - 4} more" if len(self.replacements) > 4 else ""
        return f"in {named(self.columns)} replace {', '.join(pairs)}{more}"

    def _replaced(self, series: pd.Series[Any]) -> pd.Series[Any]:
        for kind, read, empty in (("f", as_numbers, np.nan), ("M", as_moments, np.datetime64("NaT", "us"))):
            if series.dtype.kind != kind:
                continue
            found: Sequence[Any] = read([each.new for each in self.replacements])
            news = [new if each.new else empty for each, new in zip(self.replacements, found, strict=True)]
            if all(new is not None for new in news):
                olds: Sequence[Any] = read([each.old for each in self.replacements])
                pairs = zip(olds, news, strict=True)
                return _swapped(series, [(old, new) for old, new in pairs if old is not None])
        return self._in_text(series)

    def _in_text(self, series: pd.Series[Any]) -> pd.Series[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        text = text_of(series)
        known = {each.old.strip(): each.new for each in reversed(self.replacements)}  # the first of two counts
        found = pc.index_in(text, pa.array(list(known), text.type))
        new = pa.array([value or None for value in known.values()], text.type).take(found.combine_chunks())
        return as_series(pc.if_else(pc.is_valid(found), new, text), series)


def _swapped(series: pd.Series[Any], pairs: list[tuple[Any, Any]]) -> pd.Series[Any]:
    """The column with values of its own kind put in the place of others, each cell once."""
    import pandas as pd

    known = dict(reversed(pairs))  # the first of two counts
    if not known:
        return series
    values = series.to_numpy()
    places = pd.Index(np.array(list(known), dtype=values.dtype)).get_indexer(pd.Index(values))
    made = np.where(places >= 0, np.array(list(known.values()), dtype=values.dtype)[places], values)
    return pd.Series(made, index=series.index, name=series.name, copy=False)
