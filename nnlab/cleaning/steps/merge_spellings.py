"""The step that makes one spelling of several."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from nnlab.cleaning.cells import as_series, text_of
from nnlab.cleaning.condition import LONGEST_NAME, LONGEST_VALUE, MOST_VALUES
from nnlab.cleaning.step import CleaningStep, cleaning_steps, with_columns
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

MOST_MERGED = 100_000  # spellings that one step merges, all those that stay together


class Spelling(Spec):
    """A spelling: the one that stays, and those that become it."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    kept: str = Field(min_length=1, max_length=LONGEST_VALUE, description="The spelling that stays.")
    merged: tuple[str, ...] = Field(min_length=1, max_length=MOST_VALUES, description="The spellings that become it.")


@cleaning_steps
class MergeSpellings(CleaningStep):
    """Makes one spelling of several that mean the same: "M" and "Male " become "male"."""

    kind: Literal["merge_spellings"] = "merge_spellings"
    column: str = Field(max_length=LONGEST_NAME, description="The column it is done in.")
    spellings: tuple[Spelling, ...] = Field(
        min_length=1, max_length=MOST_VALUES, description="Each spelling that stays, with those that become it."
    )

    title: ClassVar[str] = "Merge spellings"

    @model_validator(mode="after")
    def _each_once(self) -> MergeSpellings:
        counts = Counter(old.strip() for each in self.spellings for old in each.merged)
        if counts.total() > MOST_MERGED:
            raise ValueError(f"one step merges {MOST_MERGED} spellings at most, not {counts.total()}")
        twice = [old for old, n in counts.items() if n > 1]
        if twice:
            raise ValueError(f"a spelling can become only one other, and {min(twice)!r} is named twice")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def changes(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pyarrow as pa
        import pyarrow.compute as pc

        series = frame[self.column]
        text = text_of(series)
        known = {old.strip(): each.kept for each in self.spellings for old in each.merged}
        found = pc.index_in(text, pa.array(list(known), text.type)).combine_chunks()
        new = pa.array(list(known.values()), text.type).take(found)
        return with_columns(frame, {self.column: as_series(pc.if_else(pc.is_valid(found), new, text), series)})

    def sentence(self) -> str:
        pairs = [f"{', '.join(each.merged[:4])} as {each.kept}" for each in self.spellings[:4]]
        more = f" and {len(self.spellings) - 4} more" if len(self.spellings) > 4 else ""
        return f"in {self.column} write {'; '.join(pairs)}{more}"
