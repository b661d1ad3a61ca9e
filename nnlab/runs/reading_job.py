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
from typing import Any, NamedTuple, cast

from nnlab.cleaning.cleaning import Cleaning
from nnlab.data.reading import Reading
from nnlab.data.table import Table
from nnlab.errors import ConflictError, LimitError, NnlabError, NotFoundError
from nnlab.limits import limits
from nnlab.runs import files, second_file
from nnlab.runs.jobs import Job, start_job
from nnlab.runs.project import Project
from nnlab.runs.second_file import SecondFile
from nnlab.runs.sweeping import sweep_untouched
from nnlab.runs.workspace import Space


class FileBeingRead(NamedTuple):
    """A large file on its way: what it is called, how large it is, and for which project it is read, and why.

    `purpose` is `new` for a project of its own, `again` for the project's file read another way, `look` for a second
    file whose use is still to be told, and the use where that is being done: `test`, `more`, `predict` or `pictures`.
    """

    job: Job
    name: str
    n_bytes: int
    project_id: str
    began_at: float  # seconds since 1970, to show only
    purpose: str = "new"

    @property
    def is_second(self) -> bool:
        return self.purpose not in ("new", "again")


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
    sweep_untouched(space.home, but=space)
    key = f"{space.name}/{hashlib.sha256(data).hexdigest()}"
    return _start(space, _kept(space, data, key), name, key)


def begin_again(space: Space, project: Project, reading: Reading | None) -> Job:
    """Begins to read a project's file another way (None: as it would be guessed); see `finish_again`."""
    key = f"{space.name}/{project.id}/again"
    _forget_again(space, project)
    path = space.table_bytes(project.table_id)
    return _start(space, path, project.file_name, key, "again", project, reading, project.cleaning)


def begin_cleaning(space: Space, project: Project, cleaning: Cleaning) -> Job:
    """Begins to clean a large table another way; see `finish_again`."""
    key = f"{space.name}/{project.id}/again"
    _forget_again(space, project)
    path = space.table_bytes(project.table_id)
    return _start(space, path, project.file_name, key, "again", project, project.reading, cleaning)


def _forget_again(space: Space, project: Project) -> None:
    for each in being_read(space):
        if each.project_id == project.id and each.purpose == "again":
            _forget(each.job)  # what was asked for last is what counts


def begin_second(space: Space, project: Project, data: bytes | memoryview, name: str) -> Job:
    """Begins to look at a large second file; its bytes are on disk first. See `second_found`, `begin_use`, `cancel`.

    Raises `LimitError` before anything is written.
    """
    if before := second_of(space, project):
        cancel(space, before.job)  # one at a time, the last one
    key = f"{space.name}/{project.id}/second"
    return _start(space, _kept(space, data, key), name, key, "look", project)


def second_found(space: Space, job: Job) -> SecondFile:
    """What the second file can be used for; raises the error that looking at it ended with."""
    told = job.result()
    name = str(_arguments(job.path).get("name", ""))
    return SecondFile(name, b"", told["use"], told["n_rows"], tuple(told["missing"]), told["n_known"])


def begin_use(space: Space, project: Project, job: Job, use: second_file.Wanted) -> Job:
    """Begins to make the table that a second file is used for; what comes of it: `finish_use`."""
    path, name = _upload_of(space, job), str(_arguments(job.path).get("name", ""))
    return _start(space, path, name, f"{space.name}/{project.id}/second", use, project)


def finish_use(space: Space, project: Project, job: Job) -> Project:
    """The project with the second file used; raises the error that making the table ended with.

    Raises `ConflictError` where the project's own table was changed meanwhile.
    """
    told = _arguments(job.path)
    table = _taken(space, job)
    if told.get("table") != project.table_id:
        raise ConflictError("the project's table was changed while the file was read", do="Add the file once more.")
    return second_file.used(space, project, table, cast(second_file.Wanted, told["purpose"]))


def second_of(space: Space, project: Project) -> FileBeingRead | None:
    """The project's second file that is being looked at or used, or waits for a choice."""
    return next((each for each in being_read(space) if each.project_id == project.id and each.is_second), None)


def being_read(space: Space) -> tuple[FileBeingRead, ...]:
    """The large files of this space that are being read, or that were read and not taken yet."""
    return tuple(sorted(_found(space), key=lambda each: each.began_at))


def finish_file(space: Space, job: Job, name: str) -> Project:
    """A new project on the table that was read; raises the error that reading ended with."""
    return space.create_project(_taken(space, job), Path(name).stem)


def finish_again(space: Space, project: Project, job: Job) -> tuple[Table, Cleaning]:
    """The table as it was read or cleaned again, and its steps; raises the error that the work ended with.

    Raises `ConflictError` where the project's own table was changed meanwhile, such as by an undo.
    """
    told = _arguments(job.path)
    table = _taken(space, job)
    if told.get("table") != project.table_id:
        do = "What you did since stays. Do it again where you still want it."
        raise ConflictError("the project's table was changed meanwhile", do=do)
    return table, Cleaning.parse(told.get("cleaning") or {})


def cancel(space: Space, job: Job) -> None:
    """Ends the reading at once; nothing of it stays."""
    files.remove(_upload_of(space, job))
    _forget(job)


def _kept(space: Space, data: bytes | memoryview, key: str) -> Path:
    """The bytes on disk, under the name that the job of this key has as well."""
    check_size(len(data))
    path = files.make_folder(space.path / "uploads") / hashlib.sha256(key.encode()).hexdigest()[:16]
    files.write_bytes(path, data)
    return path


def _start(
    space: Space,
    path: Path,
    name: str,
    key: str,
    purpose: str = "new",
    project: Project | None = None,
    reading: Reading | None = None,
    cleaning: Cleaning | None = None,
) -> Job:
    arguments = {
        "space": space.name,
        "file": str(path),
        "name": name,
        "reading": None if reading is None else reading.plain(),
        "cleaning": None if cleaning is None else cleaning.plain(),
        "n_bytes": path.stat().st_size,
        "project": "" if project is None else project.id,
        "purpose": purpose,
        "table": "" if project is None else project.table_id,
    }
    return start_job(space.home, "read", arguments, key=key)


def _found(space: Space) -> Iterator[FileBeingRead]:
    for path in (space.home / "jobs").absolute().glob("read-*"):
        told = _arguments(path)
        if told.get("space") == space.name:
            with suppress(OSError):
                began_at = (path / "job.json").stat().st_mtime
                name, n_bytes = str(told.get("name", "")), int(told.get("n_bytes", 0))
                project_id, purpose = str(told.get("project", "")), str(told.get("purpose", "new"))
                yield FileBeingRead(Job(path), name, n_bytes, project_id, began_at, purpose)


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
