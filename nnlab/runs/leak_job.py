"""Readings of the leak meter: each taken once by a job of its own, and kept beside the table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nnlab.audit.leak_meter import LeakReading, Practice, leak_reading, offered
from nnlab.errors import DataError, NnlabError
from nnlab.runs import files
from nnlab.runs.jobs import Job, start_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from nnlab.data.table import Table
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    Progress = Callable[[float, str], None]

KEPT = 40  # readings of a table
LEAK_VERSION = 2  # raised whenever the same choices would give another reading


def measured(
    space: Space, project: Project, what: Practice, column: str = "", progress: Progress | None = None
) -> LeakReading:
    """The reading for the project's rows; taken here where it is not kept yet."""
    from nnlab.data.table import typed
    from nnlab.data.task import resolve_task

    kept = known(space, project, what, column)
    if kept is not None:
        return kept
    frame = typed(space.table(project.table_id).frame, project.columns)
    task, _ = resolve_task(frame, project.columns)
    about: dict[str, Any] = {"recipe": project.recipe, "progress": progress}
    found = leak_reading(frame, project.columns, task, project.split, what, column, **about)
    path = _path(space, project, what, column)
    files.make_folder(path.parent)
    for old in sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime_ns)[: -KEPT + 1]:
        files.remove(old)
    files.write_bytes(path, found.to_json().encode())
    return found


def leak_source(
    source: Table | Path | str | bytes,
    target: str | Sequence[str] | None = None,
    *,
    column: str = "",
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[str, bool], None] | None = None,
    **said: Any,
) -> tuple[LeakReading, ...]:
    """Every reading that can be taken of a column, or with no name of the whole table; arguments else as of `train`.

    Raises `NnlabError` where the file cannot be read, there is no target, or nothing can be measured.
    """
    from nnlab.runs.foreground import described
    from nnlab.runs.workspace import Space, home

    space = Space(home())
    made = described(space, source, target, **said)
    for path, value in {**({} if seed is None else {"split.seed": seed}), **(settings or {})}.items():
        made = made.setting(path, value)
    wanted = offered(made.columns, column)
    if not wanted:
        do = "Name a column that is a feature, an id or a date."
        raise DataError("there is nothing to measure about this column", where="--column", came=column[:200], do=do)
    tell = progress or (lambda line, is_last: None)
    found = []
    for what in wanted:
        tell(what.replace("_", " "), False)
        found.append(measured(space, made, what, column))
    return tuple(found)


def known(space: Space, project: Project, what: Practice, column: str = "") -> LeakReading | None:
    """The reading for these very choices, where it was taken already."""
    path = _path(space, project, what, column)
    try:
        return LeakReading.from_json(files.read_bytes(path)) if path.is_file() else None
    except NnlabError:
        return None  # damaged, or of another version: it is taken again


def begin(space: Space, project: Project, what: Practice, column: str = "") -> Job:
    """Begins the reading in a child, or gives the one that is at it."""
    arguments = {"space": space.name, "project": project.plain(), "what": what, "column": column}
    return start_job(space.home, "leak", arguments, key=_key(space, project, what, column))


def under_way(space: Space, project: Project, what: Practice, column: str = "") -> Job | None:
    """The job that takes, or took, this reading."""
    name = hashlib.sha256(_key(space, project, what, column).encode()).hexdigest()[:16]
    job = Job(space.home.absolute() / "jobs" / f"leak-{name}")
    return job if (job.path / "job.json").is_file() else None


def _key(space: Space, project: Project, what: Practice, column: str) -> str:
    choices = (project.columns.digest, project.split.digest, project.recipe.digest)
    return " ".join([space.name, project.table_id, *choices, what, column, str(LEAK_VERSION)])


def _path(space: Space, project: Project, what: Practice, column: str) -> Path:
    name = hashlib.sha256(_key(space, project, what, column).encode()).hexdigest()[:32]
    return space.table_bytes(project.table_id).parent / "leaks" / f"{name}.json"
