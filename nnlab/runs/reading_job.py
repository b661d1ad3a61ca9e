"""Large files on their way to a table: read by a process of its own, found again after a reload, cancelled at will.

What is being read is told by the folders of the jobs: each names the space it reads for. A folder goes when its table
has been taken or the reading was cancelled, so that whoever looks next sees only what still waits for somebody.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from nnlab.data.reading import Reading
from nnlab.data.table import Table
from nnlab.errors import LimitError, NnlabError, NotFoundError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.jobs import Job, start_job
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space


class FileBeingRead(NamedTuple):
    """A large file on its way: what it is called, how large it is, and the project that asked to read it again."""

    job: Job
    name: str
    n_bytes: int
    project_id: str
    began_at: float  # seconds since 1970, to show only


def is_large(n_bytes: int) -> bool:
    """Whether a file of this size is read in a process of its own."""
    return n_bytes > limits().job_bytes


def check_size(n_bytes: int) -> None:
    """Raises `LimitError` for more than may come through the browser."""
    most = limits().upload_bytes
    if n_bytes > most:
        do = "Take a part of the rows, or read the file by its path on the command line."
        raise LimitError(f"a file may have {most} bytes", came=f"{n_bytes} bytes", do=do)


def begin_file(space: Space, data: bytes | memoryview, name: str) -> Job:
    """Begins to read a large file; its bytes are on disk first. What comes of it: `finish_file`, or `cancel`.

    Raises `LimitError` before anything is written.
    """
    check_size(len(data))
    key = f"{space.name}/{hashlib.sha256(data).hexdigest()}"
    path = files.make_folder(space.path / "uploads") / hashlib.sha256(key.encode()).hexdigest()[:16]
    files.write_bytes(path, data)
    return _start(space, path, name, key)


def begin_again(space: Space, project: Project, reading: Reading | None) -> Job:
    """Begins to read a project's file another way (None: as it would be guessed); see `finish_again`."""
    key = f"{space.name}/{project.id}/again"
    for job in (each.job for each in being_read(space) if each.project_id == project.id):
        _forget(job)  # what was asked for last is what counts
    path = space.table_bytes(project.table_id)
    return _start(space, path, project.file_name, key, reading=reading, project_id=project.id)


def being_read(space: Space) -> tuple[FileBeingRead, ...]:
    """The large files of this space that are being read, or that were read and not taken yet."""
    return tuple(sorted(_found(space), key=lambda each: each.began_at))


def finish_file(space: Space, job: Job, name: str) -> Project:
    """A new project on the table that was read; raises the error that reading ended with."""
    return space.create_project(_taken(space, job), Path(name).stem)


def finish_again(space: Space, job: Job) -> Table:
    """The table as it was read again; raises the error that reading ended with."""
    return _taken(space, job)


def cancel(space: Space, job: Job) -> None:
    """Ends the reading at once; nothing of it stays."""
    files.remove(_upload_of(space, job))
    _forget(job)


def _start(space: Space, path: Path, name: str, key: str, reading: Reading | None = None, project_id: str = "") -> Job:
    arguments = {
        "space": space.name,
        "file": str(path),
        "name": name,
        "reading": None if reading is None else reading.plain(),
        "n_bytes": path.stat().st_size,
        "project": project_id,
    }
    return start_job(space.home, "read", arguments, key=key)


def _found(space: Space) -> Iterator[FileBeingRead]:
    for path in (space.home / "jobs").absolute().glob("read-*"):
        told = _arguments(path)
        if told.get("space") == space.name:
            with suppress(OSError):
                began_at = (path / "job.json").stat().st_mtime
                name, n_bytes = str(told.get("name", "")), int(told.get("n_bytes", 0))
                yield FileBeingRead(Job(path), name, n_bytes, str(told.get("project", "")), began_at)


def _arguments(path: Path) -> dict[str, Any]:
    try:
        return dict(files.read_json(path / "job.json")["arguments"])
    except (NnlabError, KeyError, TypeError, ValueError):
        return {}


def _taken(space: Space, job: Job) -> Table:
    """The job's table, for the first who asks: two windows must not make two projects of one file."""
    if job.path.parent != (space.home / "jobs").absolute() or _arguments(job.path).get("space") != space.name:
        raise _gone()
    mine = job.path.with_name(f"taken-{os.getpid()}-{time.monotonic_ns()}")  # nobody lists it among what is read
    try:
        os.rename(job.path, mine)
    except OSError:
        raise _gone() from None
    try:
        return space.table(Job(mine).result()["table"])
    finally:
        files.remove(_upload_of(space, job))
        files.remove_tree(mine)


def _forget(job: Job) -> None:
    """A child whose folder is gone ends by itself at its next look."""
    if job.is_alive:
        job.cancel()
    files.remove_tree(job.path)


def _upload_of(space: Space, job: Job) -> Path:
    """Where the bytes wait that a job reads: both are named by the same hash."""
    return space.path / "uploads" / job.path.name.partition("-")[2]


def _gone() -> NotFoundError:
    return NotFoundError("the file is no longer being read", do="Drop it again.", reason="gone")
