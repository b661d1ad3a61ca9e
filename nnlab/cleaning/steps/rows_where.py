"""The two steps that choose rows by conditions: keep those where they hold, or drop those."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.cleaning.cells import Flags
from nnlab.cleaning.condition import Condition
from nnlab.cleaning.step import CleaningStep, cleaning_steps

if TYPE_CHECKING:
    import pandas as pd


class RowsWhere(CleaningStep):
    """Several conditions on a row, joined by all or any."""

    join: Literal["all", "any"] = Field("all", description="Whether all conditions must hold, or any one of them.")
    conditions: tuple[Condition, ...] = Field(
        min_length=1, max_length=50, description="What is asked of a row, a condition each."
    )

    is_filter: ClassVar[bool] = True

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(condition.column for condition in self.conditions))

    def holds(self, frame: pd.DataFrame) -> Flags:
        """Whether the conditions hold, for each row (N,)."""
        masks = [condition.mask(frame) for condition in self.conditions]
        return np.asarray((np.logical_and if self.join == "all" else np.logical_or).reduce(masks))

    def where(self) -> str:
        """The conditions in one line."""
        return (" and " if self.join == "all" else " or ").join(each.sentence() for each in self.conditions)


@cleaning_steps
class KeepRows(RowsWhere):
    """Keeps the rows where the conditions hold, and drops the others; a row to predict is never dropped."""

    kind: Literal["keep_rows"] = "keep_rows"

    title: ClassVar[str] = "Keep rows where"

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[self.holds(frame)]

    def sentence(self) -> str:
        return f"keep rows where {self.where()}"


@cleaning_steps
class DropRows(RowsWhere):
    """Drops the rows where the conditions hold; a row to predict is never dropped."""

    kind: Literal["drop_rows"] = "drop_rows"

    title: ClassVar[str] = "Drop rows where"

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[~self.holds(frame)]

    def sentence(self) -> str:
        return f"drop rows where {self.where()}"
