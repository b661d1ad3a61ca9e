"""The step that lets a cell stand for the empty ones below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nnlab.cleaning.step import MOST_COLUMNS, CleaningStep, cleaning_steps, named, with_columns

if TYPE_CHECKING:
    import pandas as pd


@cleaning_steps
class FillDown(CleaningStep):
    """Fills missing cells with the last filled one above, as in tables where a name stands only once for many rows.

    Of joined files each is filled by itself; in rows to predict it is the row above in their own file.
    """

    kind: Literal["fill_down"] = "fill_down"
    columns: tuple[str, ...] = Field(min_length=1, max_length=MOST_COLUMNS, description="The columns it is done in.")

    title: ClassVar[str] = "Fill down"
    is_row_wise: ClassVar[bool] = False

    @property
    def reads(self) -> tuple[str, ...]:
        return self.columns

    @property
    def changes(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return with_columns(frame, {name: frame[name].ffill() for name in self.columns})

    def sentence(self) -> str:
        return f"fill {named(self.columns)} down"
