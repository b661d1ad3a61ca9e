"""Kind and role of every column, and the task that follows from the target."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnlab.errors import DataError
from nnlab.spec import Spec, did_you_mean

Kind = Literal["numeric", "categorical", "boolean", "datetime", "text", "image", "id", "constant"]
Role = Literal["feature", "target", "split", "ignore"]
Task = Literal["binary", "multiclass", "regression"]

# the words of a split column, in any case, and the part of the rows that each names
SPLIT_WORDS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
LONGEST_SIDE = 256  # pixels


class ImageForm(Spec):
    """The form that every picture of a column is brought to, and the pixel columns it was joined from."""

    height: int = Field(ge=1, le=LONGEST_SIDE, description="Pixels from top to bottom.")
    width: int = Field(ge=1, le=LONGEST_SIDE, description="Pixels from left to right.")
    channels: Literal[1, 3] = Field(1, description="1: shades of grey; 3: red, green and blue.")
    order: Literal["channel", "pixel"] = Field(
        "channel", description="Colours written as numbers: all reds first (channel), or each pixel's three (pixel)."
    )
    parts: tuple[str, ...] = Field((), description="The pixel columns that were joined, first to last.")

    @property
    def n_numbers(self) -> int:
        return self.height * self.width * self.channels

    def words(self) -> str:
        """The size as people say it: "28 × 28", "32 × 32 in colour"."""
        return f"{self.height} × {self.width}" + (" in colour" if self.channels == 3 else "")


class Column(Spec):
    """One column: what its cells are, and what they are for."""

    name: str
    kind: Kind
    role: Role = "feature"
    reason: str = Field("", description="Why this kind and this role, one sentence.")
    image: ImageForm | None = Field(None, description="Of pictures: the form they are brought to.")


class Columns(Spec):
    """All columns of a table in the file's order; `task` is None while it follows from the target."""

    columns: tuple[Column, ...] = ()
    task: Task | None = Field(None, description="What is to be learnt; nothing said: it follows from the target.")

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        known = [column.name for column in self.columns]
        raise DataError("there is no such column", where="column", came=name[:200], do=did_you_mean(name, known))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def features(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.role == "feature")

    @property
    def targets(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.role == "target")

    @property
    def split_column(self) -> str | None:
        """The name of the column that says train, validation or test, if there is one."""
        return next((column.name for column in self.columns if column.role == "split"), None)

    def changed(self, name: str, *, kind: Kind | None = None, role: Role | None = None, reason: str = "") -> Columns:
        """The same columns with one changed; a second split column takes the role from the first."""
        old = self[name]
        new = old.having(kind=kind or old.kind, role=role or old.role, reason=reason or old.reason)
        kept = tuple(
            column.having(role="ignore") if role == "split" and column.role == "split" else column
            for column in self.columns
        )
        return self.having(columns=tuple(new if column.name == name else column for column in kept))
