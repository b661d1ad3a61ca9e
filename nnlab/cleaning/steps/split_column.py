"""The step that makes several columns of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from nnlab.cleaning.cells import as_series, text_of
from nnlab.cleaning.pattern import LONGEST_PATTERN, group
from nnlab.cleaning.step import LONGEST_NAME, CleaningStep, cleaning_steps, named, with_columns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MOST_PARTS = 9  # the groups that a pattern can be asked for by one digit


@cleaning_steps
class SplitColumn(CleaningStep):
    """Makes several columns of one, by what stands between the parts or by the groups of a pattern."""

    kind: Literal["split_column"] = "split_column"
    column: str = Field(max_length=10_000, description="The column that is split.")
    by: Literal["separator", "pattern"] = Field("separator", description="How the parts are told.")
    separator: str = Field(",", max_length=100, description="What stands between two parts; the last takes the rest.")
    pattern: str = Field(
        "", max_length=LONGEST_PATTERN, description="A pattern with a group for each part, such as `([0-9]+) (.*)`."
    )
    into: tuple[str, ...] = Field(
        min_length=1, max_length=MOST_PARTS, description="The names of the columns that come to be, in order."
    )
    keeps: bool = Field(True, description="Whether the column itself stays.")

    title: ClassVar[str] = "Split a column"

    @model_validator(mode="after")
    def _can_split(self) -> SplitColumn:
        if self.by == "separator" and not self.separator:
            raise ValueError("something must stand between two parts")
        if self.by == "pattern" and not self.pattern:
            raise ValueError("a pattern is needed to split by")
        if len(set(self.into)) != len(self.into) or not all(name.strip() for name in self.into):
            raise ValueError("each part needs a name of its own")
        if any(len(name) > LONGEST_NAME for name in self.into):
            raise ValueError(f"a name may have {LONGEST_NAME} characters")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def makes(self) -> tuple[str, ...]:
        return self.into

    @property
    def removes(self) -> tuple[str, ...]:
        return () if self.keeps else (self.column,)

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        series = frame[self.column]
        text = text_of(series).combine_chunks()
        parts = self._by_separator(text) if self.by == "separator" else self._by_pattern(text)
        left = frame if self.keeps else frame.drop(columns=self.column)
        return with_columns(left, {name: as_series(part, series) for name, part in zip(self.into, parts, strict=True)})

    def sentence(self) -> str:
        how = f"at {self.separator}" if self.by == "separator" else f"by {self.pattern}"
        return f"split {self.column} {how} into {named(self.into)}"

    def _by_separator(self, text: pa.Array) -> list[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        split = pc.split_pattern(text, self.separator, max_splits=len(self.into) - 1)
        n_parts = pc.list_value_length(split)
        starts = split.offsets.slice(0, len(split))
        parts = []
        for place in range(len(self.into)):
            at = pc.if_else(pc.greater(n_parts, place), pc.add(starts, place), pa.scalar(None, starts.type))
            parts.append(split.values.take(at))
        return parts

    def _by_pattern(self, text: pa.Array) -> list[Any]:
        return [group(text, self.pattern, place + 1) for place in range(len(self.into))]
