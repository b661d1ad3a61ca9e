"""The audit of a project: found once for each table, columns and split by a job of its own, kept beside the table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nnlab.audit.finding import Audit
from nnlab.errors import NnlabError
from nnlab.runs import files
from nnlab.runs.jobs import Job, start_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from nnlab.data.table import Table
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    Progress = Callable[[float, str], None]

KEPT = 12  # audits of a table


def audited(space: Space, project: Project, progress: Progress | None = None) -> Audit:
    """The audit of the project's rows as they would be trained on; computed here where it is not kept yet."""
    from nnlab.audit.auditing import audit
    from nnlab.audit.computed import with_computed
    from nnlab.data.table import typed

    kept = known(space, project)
    if kept is not None:
        return kept
    frame = typed(space.table(project.table_id).frame, project.columns)
    found = audit(frame, project.columns, project.split, progress=progress)
    steps = [(step.makes, step.reads) for step in project.cleaning.value_steps]
    found = with_computed(found, project.columns, steps)
    path = _path(space, project)
    files.make_folder(path.parent)
    for old in sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime_ns)[: -KEPT + 1]:
        files.remove(old)
    files.write_bytes(path, found.to_json().encode())
    return found


def audit_source(
    source: Table | Path | str | bytes,
    target: str | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[str, bool], None] | None = None,
    **said: Any,
) -> Audit:
    """What is found in the rows that `foreground.train` would train on, less what the project has settled.

    Raises `NnlabError` where the file cannot be read or there is no target; a target that cannot be learnt is a
    finding.
    """
    from nnlab.runs.foreground import described
    from nnlab.runs.mending import unsettled
    from nnlab.runs.workspace import Space, home

    space = Space(home())
    made = described(space, source, target, **said)
    for path, value in {**({} if seed is None else {"split.seed": seed}), **(settings or {})}.items():
        made = made.setting(path, value)
    tell = progress or (lambda line, is_last: None)
    found = audited(space, made, lambda share, title: tell(f"{title} ({share:.0%})", False))
    return unsettled(made, found).having(note=note_of(made))


def note_of(project: Project) -> str:
    """What an audit of the project does not look at; nothing where it looks at all that is learnt from."""
    if not project.recipe.windows.are_wanted:
        return ""
    return "Findings and scores are of single rows; the past that a window brings is not looked at."


def known(space: Space, project: Project) -> Audit | None:
    """The audit of these very rows, columns and split, where it is there already."""
    path = _path(space, project)
    try:
        return Audit.from_json(files.read_bytes(path)) if path.is_file() else None
    except NnlabError:
        return None  # damaged, or of another version: it is made again


def is_known(space: Space, project: Project) -> bool:
    """Whether there is an audit of these very rows, columns and split, without opening it."""
    return _path(space, project).is_file()


def begin(space: Space, project: Project) -> Job:
    """Begins the audit in a child, or gives the one that is at it; one of former columns or a former split ends."""
    job = under_way(space, project)
    if job is not None and job.is_alive:
        if _told(job).get("audit") == audit_key(project):
            return job
        job.cancel()
        files.remove_tree(job.path)  # a child whose folder is gone ends at its next look
    arguments = {"space": space.name, "project": project.plain(), "audit": audit_key(project)}
    return start_job(space.home, "audit", arguments, key=_job_key(space, project))


def begin_again(space: Space, project: Project) -> Job:
    """Begins the audit anew after it failed."""
    job = under_way(space, project)
    if job is not None and not job.is_alive:
        files.remove_tree(job.path)
    return begin(space, project)


def under_way(space: Space, project: Project) -> Job | None:
    """The job that audits, or last audited, this project."""
    name = hashlib.sha256(_job_key(space, project).encode()).hexdigest()[:16]
    job = Job(space.home.absolute() / "jobs" / f"audit-{name}")
    return job if (job.path / "job.json").is_file() else None


def failed(space: Space, project: Project) -> NnlabError | None:
    """What the audit of these very rows ended with, where it failed."""
    job = under_way(space, project)
    if job is None or _told(job).get("audit") != audit_key(project) or job.state() not in ("failed", "interrupted"):
        return None
    try:
        job.result()
    except NnlabError as error:
        return error
    return None


def audit_key(project: Project) -> str:
    """32 hexadecimal digits that name everything an audit depends on."""
    from nnlab.audit.auditing import AUDIT_VERSION

    parts = (str(AUDIT_VERSION), project.table_id, project.columns.digest, project.split.digest)
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def _path(space: Space, project: Project) -> Path:
    return space.table_bytes(project.table_id).parent / "audits" / f"{audit_key(project)}.json"


def _job_key(space: Space, project: Project) -> str:
    return f"{space.name}/{project.id}/audit"


def _told(job: Job) -> dict[str, Any]:
    try:
        return dict(files.read_json(job.path / "job.json")["arguments"])
    except (NnlabError, KeyError, TypeError, ValueError):
        return {}
