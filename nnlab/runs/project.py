"""A project: everything a person chose on the way from a file to a run, as one value with a revision.

The same JSON is the file in the workspace, the file that the command line takes with `--project`, and the part of
run.json that says how to do a run again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

import nnlab
from nnlab.cleaning.cleaning import Cleaning
from nnlab.data.columns import Column, Columns, Kind, Role, Task
from nnlab.data.reading import Reading
from nnlab.errors import DataError, LimitError, StorageError
from nnlab.limits import limits
from nnlab.network.network import Network
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from nnlab.spec import Spec, did_you_mean, plain_json
from nnlab.training.spec import Training

if TYPE_CHECKING:
    from nnlab.data.table import Table

FORMAT = 2


def upgrade_1_to_2(plain: dict[str, Any]) -> dict[str, Any]:
    """Format 2 knows cleaning steps; what was written before had none."""
    return {**plain, "format": 2, "cleaning": {"steps": []}}


# From each older format to the next one. A project is upgraded when read, never refused.
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: upgrade_1_to_2}
# What the task decides when nothing is said; kept over a change of task it would no longer fit.
FOLLOWS_TASK = ("loss", "class_weights")


class Project(Spec):
    """A table's reading, columns, split, recipe, network and training under a name; equal projects give equal runs."""

    format: int = Field(FORMAT, ge=1, description="The version of this layout.")
    nnlab: str = Field(default_factory=lambda: nnlab.__version__, description="The version of nnlab that wrote it.")
    id: str = Field("", pattern="^([a-z0-9]{8,16})?$", description="Names the project's folder; empty outside one.")
    name: str = Field("Untitled", max_length=300, description="The name a person reads.")
    revision: int = Field(0, ge=0, description="Goes up at every save, so that nobody overwrites unseen changes.")
    table_id: str = Field("", pattern="^([0-9a-f]{32})?$", description="The table in this workspace.")
    rows_table_id: str = Field(
        "", pattern="^([0-9a-f]{32})?$", description="A table in this workspace whose rows are to be predicted."
    )
    file_name: str = Field("", max_length=10_000, description="The name of the file as it came.")
    file_digest: str = Field("", pattern="^([0-9a-f]{64})?$", description="SHA-256 of the file's bytes.")
    reading: Reading = Field(default_factory=Reading, description="How bytes become a table.")
    cleaning: Cleaning = Field(default_factory=Cleaning, description="What is done to the table before all else.")
    columns: Columns = Field(default_factory=Columns, description="Kind and role of each column.")
    split: Split = Field(default_factory=Split, description="Which rows train, validate and test.")
    recipe: Recipe = Field(default_factory=Recipe, description="What is done to each column, where a person said so.")
    network: Network | None = Field(None, description="The design; nothing said: sized to the data.")
    training: Training = Field(default_factory=Training, description="How it is trained.")
    answered: tuple[str, ...] = Field(
        (), max_length=10_000, description="Findings of the audit that a person has answered: all is well as it is."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_this_format(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("format"), int):
            return data
        if data["format"] > FORMAT:
            raise ValueError(_too_new(data))
        while data["format"] in UPGRADES:
            data = UPGRADES[data["format"]](data)
        return data

    @classmethod
    def from_plain(cls, data: Any, where: str = "project") -> Self:
        """The project that plain data describes, upgraded from older formats.

        Raises `StorageError` for a newer format, `LimitError` for more layers or columns than are granted, both
        before anything is built, and `SpecError` for a field that does not fit.
        """
        if isinstance(data, dict):
            if isinstance(data.get("format"), int) and data["format"] > FORMAT:
                do = "Update nnlab, then open it again. Nothing was changed."
                raise StorageError(
                    "this project is of a newer version", where=where, came=_too_new(data), do=do, reason="newer"
                )
            _check_size(data, where)
        return cls.parse(data, where)

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "project") -> Self:
        """The project in a project file; raises as `from_plain` does, and `SpecError` for text that is no JSON."""
        return cls.from_plain(plain_json(text, where), where)

    @property
    def chosen_reading(self) -> Reading | None:
        """How the project's file is read; None for a project that never saw a file: its reading is guessed."""
        return self.reading if self.file_digest else None

    def with_columns(self, columns: Columns) -> Self:
        """The project with other columns; what no longer fits goes, what still fits stays.

        A column's own steps go with its kind and when it is no feature any more. Another target or task takes back
        the loss and the class weights, so that they follow the task again. The network stays: its head follows.
        """
        before, after = ({column.name: column for column in each.columns} for each in (self.columns, columns))
        kept = tuple(
            item for item in self.recipe.columns if _still_fits(before.get(item.column), after.get(item.column))
        )
        training = self.training
        if _target_of(columns) != _target_of(self.columns):
            training = _without(training, FOLLOWS_TASK)
        return self.having(columns=columns, recipe=self.recipe.having(columns=kept), training=training)

    def with_target(self, *names: str, task: Task | None = None) -> Self:
        """The project learning to predict these columns; `task` overrules what follows from them."""
        from nnlab.data.task import with_target

        return self.with_columns(with_target(self.columns, *names).having(task=task))

    def with_task(self, task: Task | None) -> Self:
        """The project with the task overruled, or following from the target again."""
        return self.with_columns(self.columns.having(task=task))

    def with_column(self, name: str, *, kind: Kind | None = None, role: Role | None = None, reason: str = "") -> Self:
        """The project with the kind or the role of one column changed."""
        changed = self.columns.changed(name, kind=kind, role=role, reason=reason)
        if role is not None and (role == "target") != (self.columns[name].role == "target"):
            changed = changed.having(task=None)
        return self.with_columns(changed)

    def with_columns_changed(
        self, names: Collection[str], *, kind: Kind | None = None, role: Role | None = None, reason: str = ""
    ) -> Self:
        """The project with the kind or the role of several columns changed alike: one change, one undo."""
        changed = self.columns
        if kind is not None:
            changed = changed.changed_many(names, kind=kind, reason=reason)
        if role == "target":
            return self.with_columns(changed).with_target(*names)
        if role is not None:
            changed = changed.changed_many(names, role=role)
        is_asked_alike = {column.name for column in changed.targets} == {c.name for c in self.columns.targets}
        return self.with_columns(changed if is_asked_alike else changed.having(task=None))

    def with_table(self, table: Table, former: Columns | None = None, cleaning: Cleaning | None = None) -> Self:
        """The project on another reading of its file, on another file, or after other cleaning: roles are kept by name.

        Kinds are as guessed anew; with `former`, what was guessed for the table before, a kind that a person had
        chosen against it is kept as well, and a role that was only guessed goes with a kind that is another now: text
        that was left out and is numbers after cleaning is learnt from. `cleaning` is what the table went through;
        nothing said: the project's own.
        """
        cleaning = self.cleaning if cleaning is None else cleaning
        if table.cleaning_identity != cleaning.identity:
            raise ValueError("a project stands on the table that its own cleaning gives")
        chosen = {column.name: column for column in self.columns.columns}
        guesses = {column.name: column for column in former.columns} if former else {}
        columns = tuple(
            _carried(column, chosen.get(column.name), guesses.get(column.name)) for column in table.columns.columns
        )
        return self.with_columns(self.columns.having(columns=columns)).having(cleaning=cleaning, **_told_by(table))

    def for_file(self, table: Table) -> Self:
        """The project made to fit a table read from a file: its columns in the project's kinds and roles.

        Columns the project does not know are ignored. Raises `DataError` that names the columns it needs and the
        table lacks. On the very file it was made with, the project's choices come back unchanged.
        """
        if not self.columns.columns:
            return self.having(columns=table.columns, **_told_by(table))
        known = {column.name: column for column in self.columns.columns}
        needed = [column.name for column in self.columns.columns if column.role != "ignore"]
        lacking = [name for name in needed if name not in table.columns.names]
        if lacking:
            raise DataError(
                "the file lacks columns that the project needs",
                where=table.name,
                came="no column " + ", ".join(lacking[:10]) + (" ..." if len(lacking) > 10 else ""),
                do=did_you_mean(lacking[0], list(table.columns.names)) + " Or choose a project made for this file.",
                column=lacking[0],
            )
        unknown = "The project was made without this column."
        columns = tuple(
            _written_as(column, known[column.name])
            if column.name in known
            else column.having(role="ignore", reason=unknown)
            for column in table.columns.columns
        )
        return self.having(columns=self.columns.having(columns=columns), **_told_by(table))

    def portable(self) -> Self:
        """The project as a file to hand on: without the ids of this workspace."""
        return self.having(id="", revision=0, table_id="", rows_table_id="")


def _told_by(table: Table) -> dict[str, Any]:
    return {
        "table_id": table.id,
        "file_name": table.name,
        "file_digest": table.file_digest,
        "reading": table.reading,
    }


def _target_of(columns: Columns) -> tuple[Any, ...]:
    return (columns.task, tuple((column.name, column.kind) for column in columns.targets))


def _still_fits(before: Column | None, after: Column | None) -> bool:
    if after is None or after.role != "feature":
        return False
    return before is None or before.kind == after.kind


def _carried(guessed: Column, chosen: Column | None, former: Column | None) -> Column:
    if chosen is None:
        return guessed
    if former is not None and chosen.kind != former.kind:
        return _written_as(guessed, chosen)
    if former is not None and chosen.role == former.role and guessed.kind != former.kind:
        return guessed
    return guessed.having(role=chosen.role)


def _written_as(guessed: Column, column: Column) -> Column:
    """A column as it was chosen, with the decimal mark and the form of dates that its table was read with."""
    return column.having(decimal=guessed.decimal, dates=guessed.dates)


def _without(training: Training, names: tuple[str, ...]) -> Training:
    fields = type(training).model_fields
    return training.having(**{name: fields[name].get_default() for name in names if name in fields})


def _check_size(data: dict[str, Any], where: str) -> None:
    granted = limits()
    n_columns = _length(data.get("columns"), "columns")
    if n_columns > granted.columns:
        raise LimitError(f"a table may have {granted.columns} columns", where=where, came=f"{n_columns} columns")
    n_layers = _count_layers(data.get("network"), granted.layers)
    if n_layers > granted.layers:
        came = f"more than {granted.layers} layers"
        raise LimitError(f"a network may have {granted.layers} layers", where=f"{where}.network", came=came)


def _length(data: Any, name: str) -> int:
    inner = data.get(name) if isinstance(data, dict) else None
    return len(inner) if isinstance(inner, list | tuple) else 0


def _count_layers(network: Any, most: int) -> int:
    """How many objects with a kind plain data holds, counted no further than `most` + 1."""
    n_found, left = 0, [network]
    while left and n_found <= most:
        data = left.pop()
        if isinstance(data, dict):
            n_found += "kind" in data
            left.extend(value for value in data.values() if isinstance(value, dict | list))
        elif isinstance(data, list):
            left.extend(data)
    return n_found


def _too_new(data: dict[str, Any]) -> str:
    maker = str(data.get("nnlab", "a newer version"))[:40]
    return f"format {data['format']}, made by nnlab {maker}; this is nnlab {nnlab.__version__}, format {FORMAT}"
