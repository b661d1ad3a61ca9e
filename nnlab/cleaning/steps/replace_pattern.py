"""The step that replaces what a pattern finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nnlab.cleaning.cells import as_series, text_of
from nnlab.cleaning.pattern import LONGEST_PATTERN, replaced
from nnlab.cleaning.step import MOST_COLUMNS, CleaningStep, cleaning_steps, named, with_columns

if TYPE_CHECKING:
    import pandas as pd


@cleaning_steps
class ReplacePattern(CleaningStep):
    """Replaces every part of a cell that a pattern finds; a cell that is empty afterwards is missing."""

    kind: Literal["replace_pattern"] = "replace_pattern"
    columns: tuple[str, ...] = Field(min_length=1, max_length=MOST_COLUMNS, description="The columns it is done in.")
    pattern: str = Field(
        min_length=1,
        max_length=LONGEST_PATTERN,
        description="A regular expression as RE2 knows it, such as `[€$]` or `^\\s*n/?a\\s*$`.",
    )
    replacement: str = Field(
        "", max_length=500, description="What takes its place; `\\1` stands for the first group, nothing removes it."
    )

    title: ClassVar[str] = "Replace by pattern"

    @property
    def reads(self) -> tuple[str, ...]:
        return self.columns

    @property
    def changes(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        made = {}
        for name in self.columns:
            text = text_of(frame[name])
            made[name] = as_series(replaced(text, self.pattern, self.replacement), frame[name])
        return with_columns(frame, made)

    def sentence(self) -> str:
        what = f"by {self.replacement}" if self.replacement else "by nothing"
        return f"in {named(self.columns)} replace {self.pattern} {what}"
