"""The step that computes a column from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from nnlab.cleaning.expression import LONGEST_EXPRESSION, columns_of, evaluated, parsed
from nnlab.cleaning.step import LONGEST_NAME, CleaningStep, cleaning_steps, with_columns
from nnlab.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd


@cleaning_steps
class ComputeColumn(CleaningStep):
    """Computes a new column from the others of a row, by an expression such as `[Weight] / Height ^ 2`."""

    kind: Literal["compute_column"] = "compute_column"
    into: str = Field(min_length=1, max_length=LONGEST_NAME, description="The name of the column that comes to be.")
    expression: str = Field(
        min_length=1,
        max_length=LONGEST_EXPRESSION,
        description="Arithmetic, comparisons and functions of columns; odd names stand in [brackets].",
    )

    title: ClassVar[str] = "Compute a column"

    @model_validator(mode="after")
    def _is_understood(self) -> ComputeColumn:
        try:
            parsed(self.expression)
        except SpecError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        return columns_of(parsed(self.expression))

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.into,)

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return with_columns(frame, {self.into: evaluated(parsed(self.expression), frame)})

    def sentence(self) -> str:
        return f"compute {self.into} = {self.expression}"
