"""A file, a sample or a downloaded run becomes something a person can go on with."""

from __future__ import annotations

from nnlab.data.columns import Columns
from nnlab.data.samples import sample, sample_bytes
from nnlab.errors import NnlabError
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

ZIP_MAGIC = b"PK\x03\x04"


def open_file(space: Space, data: bytes | memoryview, name: str) -> Project:
    """A new project on a file's table; its bytes are on disk before anything reads them."""
    return space.create_project(space.put_table(data, name))


def open_sample(space: Space, name: str) -> Project:
    """The space's own copy of a sample, its target chosen; an untouched copy made before is opened again.

    Raises `NotFoundError` with the nearest name where there is no such sample.
    """
    chosen = sample(name)
    table = space.put_table(sample_bytes(name), f"{name}.csv")
    for entry in space.projects():
        if entry.table_id == table.id and entry.name == chosen.title and not entry.problem:
            known = space.project(entry.id)
            if known == _fresh(known, table.columns, chosen.target):
                return known
    project = space.create_project(table, chosen.title)
    return space.save(project.with_target(*chosen.target))


def is_run_archive(name: str, data: bytes | memoryview) -> bool:
    """Whether an upload looks like a downloaded run and not like a table in a zip."""
    from nnlab.runs.archive import holds_run

    try:
        return bytes(data[:4]) == ZIP_MAGIC and holds_run(bytes(data))
    except NnlabError:
        return False


def _fresh(project: Project, columns: Columns, target: tuple[str, ...]) -> Project:
    """What the project would be had nobody changed it since it was opened."""
    untouched = Project(
        id=project.id,
        name=project.name,
        revision=project.revision,
        table_id=project.table_id,
        file_name=project.file_name,
        file_digest=project.file_digest,
        reading=project.reading,
        columns=columns,
        nnlab=project.nnlab,
    )
    return untouched.with_target(*target)
