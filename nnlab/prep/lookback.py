"""How far a row of a series looks back and tells ahead, as a person chose it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.spec import Spec


class Windows(Spec):
    """How far a row looks back, and how far ahead it tells."""

    lookback: int = Field(
        0, ge=0, le=10_000, description="Steps of a window, the row itself the last; 0: every row stands for itself."
    )
    horizon: int = Field(
        1, ge=1, le=1_000, description="Steps ahead that are told, each a number: 1 is the row that follows."
    )
    gaps: Literal["count", "leave_out"] = Field(
        "count",
        description="A gap in time: counts as one step, or leaves out the rows whose window or future it is in.",
    )

    @property
    def are_wanted(self) -> bool:
        return self.lookback > 0
