"""Kind and role of every column, and the task that follows from the target."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Literal, Self

from pydantic import Field

from nnlab.errors import DataError, SpecError
from nnlab.spec import Spec, did_you_mean

Kind = Literal["numeric", "categorical", "boolean", "datetime", "text", "image", "id", "constant"]
Role = Literal["feature", "target", "group", "time", "split", "ignore"]
Task = Literal["binary", "multiclass", "multilabel", "regression"]

# the words of a split column, in any case, and the part of the rows that each names
SPLIT_WORDS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}
ONE_ONLY: tuple[Role, ...] = ("split", "time")  # roles of one column at most
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

    @classmethod
    def said(cls, text: str) -> Self:
        """The form that "C,H,W" says, such as 1,28,28; raises `SpecError` for anything else."""
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
            do = "For example 1,28,28: one channel, 28 pixels from top to bottom, 28 from left to right."
            raise SpecError("the form of pictures is channels, height and width", where="image", came=text[:80], do=do)
        channels, height, width = map(int, parts)
        return cls.parse({"channels": channels, "height": height, "width": width}, "image")

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
    decimal: str = Field("", pattern="^[.,]?$", description="The decimal mark that its numbers were read with.")
    dates: str = Field("", max_length=40, description="The format that its dates were read in.")


class Columns(Spec):
    """All columns of a table in the file's order; `task` is None while it follows from the target."""

    columns: tuple[Column, ...] = ()
    task: Task | None = Field(None, description="What is to be learnt; nothing said: it follows from the target.")

    def __getitem__(self, name: str) -> Column:
        place = self._places.get(name)
        if place is not None:
            return self.columns[place]
        known = [column.name for column in self.columns]
        raise DataError("there is no such column", where="column", came=name[:200], do=did_you_mean(name, known))

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each column stands; tables of a thousand columns are asked for each of them."""
        return {column.name: place for place, column in reversed(list(enumerate(self.columns)))}

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

    @property
    def group_columns(self) -> tuple[str, ...]:
        """The names of the columns that say which rows belong together, in one part of the split."""
        return tuple(column.name for column in self.columns if column.role == "group")

    @property
    def time_column(self) -> str | None:
        """The name of the column whose order divides the rows: the earliest train, the latest judge."""
        return next((column.name for column in self.columns if column.role == "time"), None)

    def changed_many(
        self, names: Collection[str], *, kind: Kind | None = None, role: Role | None = None, reason: str = ""
    ) -> Columns:
        """The same columns with several changed alike; a role of one column at most goes to one name only.

        Raises `DataError` for a name that is not there, and for such a role and several names.
        """
        if role in ONE_ONLY and len(names) > 1:
            raise DataError(f"only one column can be the {role} column", where="role", came=f"{len(names)} columns")
        if role in ONE_ONLY:
            return self.changed(next(iter(names)), kind=kind, role=role, reason=reason) if names else self
        old = {name: self[name] for name in names}
        new = {
            name: column.having(kind=kind or column.kind, role=role or column.role, reason=reason or column.reason)
            for name, column in old.items()
        }
        return self.having(columns=tuple(new.get(column.name, column) for column in self.columns))

    def changed(self, name: str, *, kind: Kind | None = None, role: Role | None = None, reason: str = "") -> Columns:
        """The same columns with one changed; a second split or time column takes the role from the first."""
        old = self[name]
        new = old.having(kind=kind or old.kind, role=role or old.role, reason=reason or old.reason)
        kept = tuple(
            column.having(role="ignore") if role in ONE_ONLY and column.role == role else column
            for column in self.columns
        )
        return self.having(columns=tuple(new if column.name == name else column for column in kept))
