"""A file, a sample or a downloaded run becomes something a person can go on with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.data.columns import Columns
from nnlab.data.samples import sample, sample_bytes
from nnlab.errors import LimitError, NnlabError, NotFoundError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

if TYPE_CHECKING:
    from nnlab.runs.jobs import Job

ZIP_MAGIC = b"PK\x03\x04"


def open_file(space: Space, data: bytes | memoryview, name: str) -> Project:
    """A new project on a file's table; its bytes are on disk before anything reads them."""
    return space.create_project(space.put_table(data, name))


def begin_file(space: Space, data: bytes | memoryview, name: str) -> Job:
    """Begins to read a large file in a process of its own; its bytes are on disk first.

    Raises `LimitError` before anything is written. What comes of it: `finish_file`, or `cancel_file`.
    """
    from nnlab.runs.jobs import start_job

    most = limits().upload_bytes
    if len(data) > most:
        do = "Take a part of the rows, or read the file by its path on the command line."
        raise LimitError(f"a file may have {most} bytes", came=f"{len(data)} bytes", do=do)
    digest = hashlib.sha256(data).hexdigest()
    key = f"{space.name}/{digest}"
    path = files.make_folder(space.path / "uploads") / hashlib.sha256(key.encode()).hexdigest()[:16]
    files.write_bytes(path, data)
    return start_job(space.home, "read", {"space": space.name, "file": str(path), "name": name}, key=key)


def finish_file(space: Space, job: Job, name: str) -> Project:
    """A new project on the table that was read; raises the error that reading ended with."""
    if job.path.parent != (space.home / "jobs").absolute() or not job.path.exists():
        raise NotFoundError("the file is no longer being read", do="Drop it again.", reason="gone")
    try:
        told = job.result()
    finally:
        files.remove(_upload_of(space, job))
    table = space.table(told["table"])
    return space.create_project(table, Path(name).stem)


def cancel_file(space: Space, job: Job) -> None:
    """Ends the reading of a large file at once; nothing of it stays."""
    if job.is_alive:
        job.cancel()
    files.remove(_upload_of(space, job))


def _upload_of(space: Space, job: Job) -> Path:
    """Where the bytes wait that a job reads: both are named by the same hash."""
    return space.path / "uploads" / job.path.name.partition("-")[2]


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


def with_pictures(space: Space, project: Project, archive: bytes) -> Project:
    """The project on its table with the pictures of a zip in place of their names; not saved yet.

    Raises `DataError` for what is no zip with pictures, `LimitError` for too much.
    """
    from nnlab.data.picture_files import awaits_files, zipped

    table = space.table(project.table_id)
    granted = limits()
    data = files.read_bytes(space.table_bytes(project.table_id), granted.file_bytes)
    made = space.put_table(zipped(data, table.name, archive, granted), table.name, project.reading)
    joined = project.with_table(made, table.columns)
    for column in table.columns.columns:
        if awaits_files(column) and made.columns[column.name].kind == "image":
            joined = joined.with_column(column.name, kind="image", role="feature")
    return joined


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
