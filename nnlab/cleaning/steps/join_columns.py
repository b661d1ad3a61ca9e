"""The step that makes one column of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nnlab.cleaning.cells import as_series, joined_text, text_of
from nnlab.cleaning.step import LONGEST_NAME, MOST_COLUMNS, CleaningStep, cleaning_steps, named, with_columns

if TYPE_CHECKING:
    import pandas as pd


@cleaning_steps
class JoinColumns(CleaningStep):
    """Writes the cells of several columns one after another into a new one; missing cells are left out."""

    kind: Literal["join_columns"] = "join_columns"
    columns: tuple[str, ...] = Field(min_length=2, max_length=MOST_COLUMNS, description="The columns, in order.")
    separator: str = Field(" ", max_length=100, description="What stands between two cells.")
    into: str = Field(min_length=1, max_length=LONGEST_NAME, description="The name of the column that comes to be.")
    keeps: bool = Field(True, description="Whether the columns themselves stay.")

    title: ClassVar[str] = "Join columns"

    @property
    def reads(self) -> tuple[str, ...]:
        return self.columns

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.into,)

    @property
    def removes(self) -> tuple[str, ...]:
        return () if self.keeps else self.columns

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        joined, *others = (text_of(frame[name]).combine_chunks() for name in self.columns)
        for other in others:
            joined = joined_text(joined, other, self.separator, self.into)
        left = frame if self.keeps else frame.drop(columns=list(self.columns))
        return with_columns(left, {self.into: as_series(joined, frame[self.columns[0]])})

    def sentence(self) -> str:
        return f"join {named(self.columns)} into {self.into}"
