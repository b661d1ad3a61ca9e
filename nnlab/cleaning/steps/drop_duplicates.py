"""The step that keeps the first of rows that are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nnlab.cleaning.step import MOST_COLUMNS, CleaningStep, cleaning_steps, named

if TYPE_CHECKING:
    import pandas as pd


@cleaning_steps
class DropDuplicates(CleaningStep):
    """Keeps the first of the rows that have the same cells; a row to predict is never dropped."""

    kind: Literal["drop_duplicates"] = "drop_duplicates"
    columns: tuple[str, ...] = Field(
        (), max_length=MOST_COLUMNS, description="The columns that must be the same; none named: all of them."
    )

    title: ClassVar[str] = "Remove duplicate rows"
    is_filter: ClassVar[bool] = True
    is_row_wise: ClassVar[bool] = False

    @property
    def reads(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[~frame.duplicated(list(self.columns) or None).to_numpy()]

    def sentence(self) -> str:
        return f"remove rows that are the same in {named(self.columns) if self.columns else 'all columns'}"
