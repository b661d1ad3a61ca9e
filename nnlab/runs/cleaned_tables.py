"""Tables after cleaning, kept beside those that were read: the same file, another id, made again whenever one is lost.

A cleaned table has a folder like any other, with the file's bytes linked into it, so that everything that works on a
table works on it. Its record says which steps made it and what each did. Few of those that nobody uses are kept: they
are quickly made again from the table that was read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from nnlab.cleaning.clean import Progress, carried_out
from nnlab.cleaning.cleaning import Cleaning
from nnlab.cleaning.done import Done, done_of
from nnlab.data.table import Table, table_id
from nnlab.errors import ConflictError, NnlabError, NotFoundError, StorageError
from nnlab.runs import files
from nnlab.runs.table_folder import TableFolder

if TYPE_CHECKING:
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

CLEANED_KEPT = 3  # of each file, although no project and no run uses them: for undo


def with_cleaning(space: Space, project: Project, cleaning: Cleaning, progress: Progress | None = None) -> Project:
    """The project after other cleaning steps, on the table that they give; nothing of the project is saved yet.

    What a person chose of the columns stays where it still fits. Raises `DataError` where no row is left.
    """
    former = space.table(project.table_id).columns
    table = cleaned_table(space, raw_table(space, project.table_id), cleaning, progress)
    return project.with_table(table, former, cleaning)


def cleaned_table(space: Space, raw: Table, cleaning: Cleaning, progress: Progress | None = None) -> Table:
    """A table that was read after these steps, kept in the space; the table itself without any."""
    if not cleaning.steps:
        return raw
    folder = TableFolder(space.path / "tables" / table_id(raw.file_digest, raw.reading, cleaning.identity))
    with suppress(StorageError):
        return replace(space.table(folder.path.name), name=raw.name)
    found = carried_out(raw, cleaning, progress=progress)
    source = space.table_bytes(raw.id)
    staged = TableFolder(files.staging(space.path / "tables", raw.file_digest[:8]))
    try:
        files.copy_file(source, staged.bytes, may_link=True)
        staged.write(found.table, is_guessed=space.is_guessed(raw.id), cleaning=cleaning, done=found.done)
        if folder.path.is_dir():
            files.remove_tree(folder.path)  # what is left of a damaged one
        with suppress(ConflictError):  # somebody made the same table at the same moment
            files.move(staged.path, folder.path)
    finally:
        files.remove_tree(staged.path)
    _drop_some(space, raw.id, but=folder.path.name)
    return found.table


def raw_table(space: Space, table_id: str) -> Table:
    """A table as it was read, before its cleaning; the table itself where nothing was cleaned."""
    folder = TableFolder(space.table_bytes(table_id).parent)
    if not folder.raw_id():
        return space.table(table_id)
    with suppress(StorageError):
        return space.table(folder.raw_id())
    return space.put_table(folder.bytes, str(folder.plain().get("name", "table")), folder.reading())


def steps_done(space: Space, table_id: str) -> tuple[Done, ...]:
    """What each cleaning step of a table did, in their order."""
    return tuple(done_of(plain) for plain in TableFolder(space.table_bytes(table_id).parent).plain().get("done", []))


def cleaned_aloud(
    space: Space, table: Table, project: Project, tell: Callable[[str, bool], None] | None = None
) -> Table:
    """The table after a project's steps; `tell` hears of each that cannot be carried out on it."""
    found = cleaned_table(space, table, project.cleaning)
    for place, done in enumerate(steps_done(space, found.id)):
        if done.problem and tell:
            tell(f"{project.cleaning.in_place(place)}: {done.sentence()}", True)
    return found


def carried_cleaning(space: Space, project: Project) -> Cleaning:
    """The steps of a project that could be carried out on its table; those left out are no part of what it learns."""
    done = steps_done(space, project.table_id)
    left = tuple(step for step, each in zip(project.cleaning.steps, done, strict=False) if not each.problem)
    return Cleaning(steps=left)


def ensure_table(space: Space, project: Project) -> Project:
    """The project with its table there: made again where it was taken away since nobody used it."""
    if not project.table_id or _is_there(space, project.table_id):
        return project
    for folder in _folders(space):
        with suppress(NnlabError):
            if folder.plain().get("digest") == project.file_digest:
                raw = space.put_table(folder.bytes, project.file_name or "table", project.reading)
                cleaned_table(space, raw, project.cleaning)
                break
    return project


def cleaned_of(space: Space, table_id: str) -> list[str]:
    """The ids of the tables that were cleaned from this one."""
    found = []
    for folder in _folders(space):
        with suppress(NnlabError):
            if folder.raw_id() == table_id:
                found.append(folder.path.name)
    return found


def drop_unused(space: Space, table_id: object) -> None:
    """Gives the room of a table back once nothing refers to it; of a cleaned one also that of its kin."""
    raw_id = str(table_id)
    with suppress(NnlabError):
        raw_id = TableFolder(space.table_bytes(raw_id).parent).raw_id() or raw_id
    for each in dict.fromkeys([str(table_id), *cleaned_of(space, raw_id), raw_id]):
        with suppress(ConflictError, NotFoundError):
            space.delete_table(each)


def _drop_some(space: Space, raw_id: str, but: str) -> None:
    """Keeps the cleaned tables of a file that something uses, and the latest few others."""
    used = {but, *(each for project in space.projects() for each in (project.table_id, project.rows_table_id))}
    for run in space.runs():
        with suppress(NnlabError):
            used.add(run.spec.table_id)
    free = [space.path / "tables" / each for each in cleaned_of(space, raw_id) if each not in used]
    for path in sorted(free, key=lambda path: path.stat().st_mtime_ns, reverse=True)[CLEANED_KEPT:]:
        files.remove_tree(path)


def _folders(space: Space) -> list[TableFolder]:
    return [TableFolder(path) for path in sorted((space.path / "tables").glob("*")) if _is_there(space, path.name)]


def _is_there(space: Space, table_id: str) -> bool:
    return (space.path / "tables" / table_id / "reading.json").is_file()
