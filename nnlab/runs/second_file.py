"""A second file beside a project's own: a test set, more rows, rows to predict, or the pictures its cells name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nnlab.cleaning.clean import steps_carried_out
from nnlab.cleaning.cleaning import Cleaning
from nnlab.data.bundle import bundled, compare
from nnlab.data.columns import Columns
from nnlab.data.doors import plain_name
from nnlab.data.joining import files_column, told_parts
from nnlab.data.packing import unpacked
from nnlab.data.picture_files import awaits_files, zipped
from nnlab.data.read import Progress, read, silent
from nnlab.data.table import Table, typed
from nnlab.errors import DataError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.cleaned_tables import carried_cleaning, raw_table
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

Use = Literal["rows", "predict", "pictures"]
Wanted = Literal["test", "more", "predict", "pictures"]


@dataclass(frozen=True)
class SecondFile:
    """What a second file can be used for; `missing` are the targets that rows to predict lack.

    `n_known` of its rows stand in the project's table already, alike in every feature and target.
    """

    name: str
    data: bytes
    use: Use
    n_rows: int = 0
    missing: tuple[str, ...] = ()
    n_known: int = 0


def looked_at(space: Space, project: Project, data: bytes, name: str, progress: Progress = silent) -> SecondFile:
    """What a file can be for a project: rows where it holds the target, rows to predict where it lacks it, pictures.

    Raises `DataError` where it is neither, with the columns that it lacks, and what reading it raises.
    """
    table = space.table(project.table_id)
    if any(awaits_files(column) for column in table.columns.columns) and data.startswith(b"PK\x03\x04"):
        return SecondFile(name, data, "pictures")
    second = read(data, name=name, columns=_read_as(space, project), progress=progress)
    second = _cleaned_rows(space, project, second)
    targets = [column.name for column in project.columns.targets]
    found = compare(table, second, targets)
    if found.kind == "different":
        raise DataError(
            "a second file needs the columns of the first",
            where=name,
            came="no " + ", ".join(found.missing[:10]) + (" ..." if len(found.missing) > 10 else ""),
            do="Add them, or open it as a project of its own on Start.",
        )
    if found.kind == "predict":
        return SecondFile(name, data, "predict", second.n_rows, found.missing)
    return SecondFile(name, data, "rows", second.n_rows, n_known=_n_known(table, second, project.columns))


def _read_as(space: Space, project: Project) -> Columns | None:
    """The kinds in which the second file is read: the project's, or as the file's own columns were read."""
    if project.cleaning.value_steps:
        return raw_table(space, project.table_id).columns
    return project.columns if project.columns.columns else None


def _cleaned_rows(space: Space, project: Project, table: Table) -> Table:
    """The rows after the value steps, as the project's own are; steps that find no column to work on are left out."""
    steps = carried_cleaning(space, project).value_steps
    frame, _done = steps_carried_out(table.frame, Cleaning(steps=steps), files=files_column(table.columns.columns))
    return replace(table, frame=frame)


def as_test_set(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on one table of both files, the rows of the second in the test part."""
    return used(space, project, table_for(space, project, second, "test"), "test")


def as_more_rows(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on one table of both files; where those before are train and test, the rows are to learn from."""
    return used(space, project, table_for(space, project, second, "more"), "more")


def with_pictures(space: Space, project: Project, second: SecondFile) -> Project:
    """The project on its table with the pictures in place of their names."""
    return used(space, project, table_for(space, project, second, "pictures"), "pictures")


def for_prediction(space: Space, project: Project, second: SecondFile) -> Project:
    """The project with the second file's rows kept beside it, to be answered by each of its runs."""
    return used(space, project, table_for(space, project, second, "predict"), "predict")


def table_for(space: Space, project: Project, second: SecondFile, wanted: Wanted, progress: Progress = silent) -> Table:
    """The table that a use of the second file needs, kept in the space: of both files, or of its rows alone."""
    if wanted == "predict":
        return space.put_table(second.data, second.name, progress=progress)
    name = project.file_name
    if wanted == "pictures":
        data = zipped(space.table_bytes(project.table_id).read_bytes(), name, second.data, limits())
    else:
        name, data = f"{name} + {second.name}", _with_rows(space, project, second, wanted)
    reading = None if space.is_guessed(project.table_id) else project.reading
    return space.cleaned(space.put_table(data, name, reading, progress=progress), project.cleaning)


def used(space: Space, project: Project, table: Table, wanted: Wanted) -> Project:
    """The project with the table of `table_for`: moved to it, or with its rows kept to be predicted.

    A column of parts gets its role, and a column of picture files whose pictures came is learnt.
    """
    if wanted == "predict":
        return project.having(rows_table_id=table.id)
    former = space.table(project.table_id).columns
    moved = project.with_table(table, former)
    for column in table.columns.columns:
        if column.role == "split" and column.name not in former.names:
            moved = moved.with_column(column.name, role="split")
        if wanted == "pictures" and column.kind == "image" and awaits_files(former[column.name]):
            moved = moved.with_column(column.name, kind="image", role="feature")
    return moved


def done(space: Space, told: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a process of its own: looks at a second file, or makes the table of a use (`purpose`)."""
    project, purpose = space.project(told["project"]), told["purpose"]
    data, name = files.read_bytes(Path(told["file"]), limits().file_bytes), str(told["name"])
    if purpose != "look":
        return {"table": table_for(space, project, SecondFile(name, data, "rows"), purpose, progress).id}
    found = looked_at(space, project, data, name, progress)
    return {"use": found.use, "n_rows": found.n_rows, "missing": list(found.missing), "n_known": found.n_known}


def _n_known(first: Table, second: Table, columns: Columns) -> int:
    """How many rows of the second table repeat one of the first in every feature and target."""
    from pandas.util import hash_pandas_object

    used = [column.name for column in columns.columns if column.role in ("feature", "target")]
    mine, new = (
        hash_pandas_object(typed(table.frame, columns)[used], index=False).to_numpy() for table in (first, second)
    )
    return int(np.isin(new, mine).sum())


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


def _with_rows(space: Space, project: Project, second: SecondFile, wanted: Wanted) -> bytes:
    """The project's files and the second one in a zip, each under its own name in the folder of its part."""
    known, new = _parts_of(space, project), _tables(second.data, second.name)
    folders = told_parts([name for name, _ in known]) or ["train"] * len(known)
    is_divided = wanted == "test" or len({*folders}) > 1
    part = "test" if wanted == "test" else "train"
    return bundled([*known, *new], [*folders, *[part] * len(new)] if is_divided else ())


def _tables(data: bytes, name: str) -> list[tuple[str, bytes]]:
    """The tables in a file by name, unpacked: an archive does not go into another one."""
    return [(inner or plain_name(name), table) for inner, table in unpacked(data, limits().file_bytes).tables]
