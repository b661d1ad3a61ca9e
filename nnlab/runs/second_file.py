"""A second file beside a project's own: a test set, more rows, rows to predict, or the pictures its cells name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from nnlab.data.bundle import bundled, compare
from nnlab.data.doors import plain_name
from nnlab.data.joining import part_of
from nnlab.data.packing import unpacked
from nnlab.data.picture_files import awaits_files, zipped
from nnlab.data.read import read
from nnlab.data.table import Table
from nnlab.errors import DataError
from nnlab.limits import limits
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

Use = Literal["rows", "predict", "pictures"]


@dataclass(frozen=True, eq=False)
class SecondFile:
    """What a second file can be used for; `missing` are the targets that rows to predict lack."""

    name: str
    data: bytes
    use: Use
    n_rows: int = 0
    missing: tuple[str, ...] = ()


def looked_at(space: Space, project: Project, data: bytes, name: str) -> SecondFile:
    """What a file can be for a project: rows where it holds the target, rows to predict where it lacks it, pictures.

    Raises `DataError` where it is neither, with the columns that it lacks, and what reading it raises.
    """
    table = space.table(project.table_id)
    if any(awaits_files(column) for column in table.columns.columns) and data.startswith(b"PK\x03\x04"):
        return SecondFile(name, data, "pictures")
    second = read(data, name=name, columns=project.columns if project.columns.columns else None)
    targets = [column.name for column in project.columns.targets]
    found = compare(table, second, targets)
    if found.kind == "different":
        raise DataError(
            "a second file needs the columns of the first",
            where=name,
            came="no " + ", ".join(found.missing[:10]) + (" ..." if len(found.missing) > 10 else ""),
            do="Add them, or open it as a project of its own on Start.",
        )
    return SecondFile(name, data, "rows" if found.kind == "test" else "predict", second.n_rows, found.missing)


def as_test_set(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on one table of both files, the rows of the second in the test part."""
    new = [(_named("test", place, name), data) for place, (name, data) in enumerate(_tables(second.data, second.name))]
    return _on(space, project, bundled([*_in_parts(space, project), *new]), f"{project.file_name} + {second.name}")


def as_more_rows(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on one table of both files."""
    parts, new = _parts_of(space, project), _tables(second.data, second.name)
    if any(part_of(name) for name, _ in parts) and len(parts) > 1:  # the files are train, validation and test
        parts = _in_parts(space, project)
        new = [(_named("train", len(parts) + place, name), data) for place, (name, data) in enumerate(new)]
    return _on(space, project, bundled([*parts, *new]), f"{project.file_name} + {second.name}")


def with_pictures(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on its table with the pictures in place of their names."""
    data = zipped(space.table_bytes(project.table_id).read_bytes(), project.file_name, second.data, limits())
    moved = _on(space, project, data, project.file_name)
    for column in space.table(project.table_id).columns.columns:
        if awaits_files(column) and space.table(moved.table_id).columns[column.name].kind == "image":
            moved = moved.with_column(column.name, kind="image", role="feature")
    return moved


def for_prediction(space: Space, project: Project, second: SecondFile) -> Project:
    """The project with the second file's rows kept beside it, to be answered by each of its runs."""
    return project.having(rows_table_id=space.put_table(second.data, second.name).id)


def _parts_of(space: Space, project: Project) -> list[tuple[str, bytes]]:
    """The tables in the project's file by name: one, or those that were joined before."""
    found = unpacked(space.table_bytes(project.table_id).read_bytes(), limits().file_bytes)
    if found.pictures:
        raise DataError(
            "a table with pictures takes no more rows",
            where=project.file_name,
            do="Put all rows and pictures into one zip.",
        )
    return [(name or project.file_name, data) for name, data in found.tables]


def _in_parts(space: Space, project: Project) -> list[tuple[str, bytes]]:
    """The project's tables under names that say their part: the one they say already, else train."""
    return [
        (_named(part_of(name) or "train", place, name), data)
        for place, (name, data) in enumerate(_parts_of(space, project))
    ]


def _tables(data: bytes, name: str) -> list[tuple[str, bytes]]:
    """The tables in a file by name, unpacked: an archive does not go into another one."""
    return [(inner or plain_name(name), table) for inner, table in unpacked(data, limits().file_bytes).tables]


def _on(space: Space, project: Project, data: bytes, name: str) -> Project:
    """The project moved to the table in these bytes; columns whose part the reader knows get that role."""
    reading = None if space.is_guessed(project.table_id) else project.reading
    former = space.table(project.table_id).columns
    table: Table = space.put_table(data, name, reading)
    moved = project.with_table(table, former)
    for column in table.columns.columns:
        if column.role == "split" and column.name not in former.names:
            moved = moved.with_column(column.name, role="split")
    return moved


def _named(part: str, place: int, name: str) -> str:
    return f"{part}_{place + 1}{PurePath(plain_name(name)).suffix[:12] or '.csv'}"
