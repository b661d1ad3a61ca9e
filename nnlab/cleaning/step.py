"""What every step of cleaning is: a frozen choice that turns a frame of a table into another one.

A frame has float64, datetime64[us] and text columns, missing as NaN or NaT, and the file's line numbers as index. A
value step changes or makes cells and keeps every row, so it holds for rows to predict as well; a filter only drops rows
and is never asked about rows to predict. A step says which columns it reads, changes, makes and takes away, so that
what a model needs of a raw row can be told without looking at data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict

from nnlab.errors import DataError
from nnlab.spec import Registry, Spec, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME = 1_000  # characters of a column that a step makes
MOST_COLUMNS = 1_000  # that one step names


class CleaningStep(Spec):
    """One thing that is done to a table before kinds, split and preparation."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    kind: str = ""

    title: ClassVar[str] = ""
    is_filter: ClassVar[bool] = False  # drops rows, and only that
    is_row_wise: ClassVar[bool] = True  # what becomes of a row depends on that row alone

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that must be there."""
        raise NotImplementedError

    @property
    def changes(self) -> tuple[str, ...]:
        """The columns whose cells may become others."""
        return ()

    @property
    def makes(self) -> tuple[str, ...]:
        """The columns that come to be; none of these names may be there before."""
        return ()

    @property
    def removes(self) -> tuple[str, ...]:
        """The columns that go."""
        return ()

    def only_for(self, names: Collection[str]) -> CleaningStep:
        """What the step does to these of its columns; all of it where they do not stand each by itself."""
        columns: tuple[str, ...] = getattr(self, "columns", ())
        if not columns or self.makes or not self.reads == self.changes == columns:
            return self
        return self.having(columns=tuple(name for name in columns if name in names))

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame after this step; raises `DataError`, `SpecError` or `LimitError`, and leaves the given one be."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What is done, as a person reads it: "drop rows where Age < 0"."""
        raise NotImplementedError

    def check(self, names: Sequence[str]) -> None:
        """Raises `DataError` where the step cannot follow on these columns."""
        there = set(names)
        for name in self.reads:
            if name not in there:
                near = did_you_mean(name, list(names))
                raise DataError("the column is not there", where=name, came="no such column", do=near, column=name)
        left = there - set(self.removes)
        for name in self.makes:
            if name in left:
                do = "Choose another name."
                raise DataError("a column of this name is there already", where=name, came=name, do=do, column=name)
            left.add(name)


cleaning_steps: Registry[CleaningStep] = Registry("cleaning step")
AnyCleaningStep = Annotated[CleaningStep, cleaning_steps.field()]


def with_columns(frame: pd.DataFrame, made: Mapping[str, pd.Series[Any]]) -> pd.DataFrame:
    """The frame with columns put in the place of those of the same name, or added; the given one stays as it is."""
    import pandas as pd

    changed = frame.copy(deep=False)  # columns are shared, and pandas copies one before it writes into it
    for name in made.keys() & set(frame.columns):
        changed[name] = made[name]
    new = {name: column for name, column in made.items() if name not in frame.columns}
    return pd.concat([changed, pd.DataFrame(new, index=frame.index)], axis=1) if new else changed


def named(columns: Sequence[str], most: int = 5) -> str:
    """Some column names in a sentence, the rest counted."""
    more = f" and {len(columns) - most} more" if len(columns) > most else ""
    return ", ".join(columns[:most]) + more
