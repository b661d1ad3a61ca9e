"""A project on disk: project.json, saved by compare-and-swap of its revision, and history.jsonl for undo and redo.

project.json is the truth and is written first. A history line that is lost (the process ended in between, the line is
torn) costs one step of undo at most: what lies in project.json joins the history at the next save.

A history line is `{"op": "edit", "revision": n, "project": {...}}` for a state, or
`{"op": "undo" | "redo", "revision": n, "to": m}` for a step to the state first saved as revision m.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import nnlab
from nnlab.errors import ConflictError, NotFoundError, SpecError, StorageError
from nnlab.runs import files
from nnlab.runs.changes import Change, changes
from nnlab.runs.lock import Lock
from nnlab.runs.project import Project
from nnlab.runs.tail import lines_of

LONGEST_HISTORY = 100  # states that undo can reach back to
MOST_HISTORY_BYTES = 20_000_000
WAIT_S = 10.0


class History(NamedTuple):
    """The states that undo and redo walk over, and which of them is the present one."""

    states: list[dict[str, Any]]  # each {"revision": n, "project": {...}}
    present: int
    n_lines: int

    def around(self, step: int) -> dict[str, Any] | None:
        """The state `step` away from the present one, or None at the end."""
        position = self.present + step
        return self.states[position] if 0 <= position < len(self.states) else None


class UndoRedo(NamedTuple):
    """Whether there is a change to undo, and an undo to take back; and what each of them changed when it was made."""

    can_undo: bool
    can_redo: bool
    undo: tuple[Change, ...] = ()
    redo: tuple[Change, ...] = ()


class ProjectFolder:
    """The folder of one project; every change holds its lock, so that two windows cannot mix."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "project.json"
        self.log = path / "history.jsonl"

    def create(self, project: Project) -> Project:
        """Writes a project into a folder that is not there yet; its first revision is 1."""
        first = project.having(id=self.path.name, revision=1, nnlab=nnlab.__version__)
        files.make_folder(self.path)
        files.write_json(self.file, first.plain())
        files.append_line(self.log, _edit(first))
        return first

    def load(self) -> Project:
        """The project as last saved; raises `NotFoundError`, or `StorageError` where it is damaged or newer."""
        plain = files.read_json(self.file)
        if not isinstance(plain, dict) or "columns" not in plain:
            raise _damaged(self.file, "a project without columns")
        try:
            project = Project.from_plain(plain, self.file.name)
        except SpecError as error:
            raise _damaged(self.file, str(error)) from None
        return project if project.id == self.path.name else project.having(id=self.path.name)

    def save(self, project: Project) -> Project:
        """The project with its next revision, written; the same project again where nothing changed.

        Raises `ConflictError` where another revision was saved in between, and writes nothing then.
        """
        with self._alone():
            current = self._of_revision(project.revision)
            if _choices(current) == _choices(project):
                return current
            following = self._following(current, project)
            history = self._history(current)
            self._commit(following, _edit(following), history)
            return following

    def undo(self, revision: int | None = None) -> Project:
        """The state before the last change, saved as a new revision; the project as it is where there is none.

        With `revision`, raises `ConflictError` where another one was saved in between.
        """
        return self._walk("undo", -1, revision)

    def redo(self, revision: int | None = None) -> Project:
        """The state that was undone last, saved as a new revision; the project as it is where there is none."""
        return self._walk("redo", 1, revision)

    def undo_redo(self) -> UndoRedo:
        """Whether there is something to undo, and something to redo, and what."""
        history = self._history(self.load())
        before, now, after = (history.around(step) for step in (-1, 0, 1))
        plain = now["project"] if now else {}
        undo = changes(before["project"], plain) if before else ()
        redo = changes(plain, after["project"]) if after else ()
        return UndoRedo(before is not None, after is not None, undo, redo)

    def _walk(self, op: str, step: int, revision: int | None) -> Project:
        with self._alone():
            current = self._of_revision(revision)
            history = self._history(current)
            state = history.around(step)
            if state is None:
                return current
            following = self._following(current, _parsed(state, self.log))
            line = {"op": op, "revision": following.revision, "to": state["revision"]}
            self._commit(following, line, history)
            return following

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.path.is_dir():
            raise NotFoundError("there is no such project in this workspace", came=self.path.name, reason="gone")
        lock = Lock(self.path / "project.lock")
        if not lock.take(WAIT_S):
            do = "Try again in a moment."
            raise ConflictError("another window is saving this project just now", where=self.path.name, do=do)
        with lock:
            yield

    def _of_revision(self, revision: int | None) -> Project:
        current = self.load()
        if revision is not None and current.revision != revision:
            raise ConflictError(
                "the project was changed in another window in the meantime",
                where=current.name,
                came=f"revision {revision}; saved is {current.revision}",
                do="Load the saved project and make the change again; nothing was overwritten.",
                revision=current.revision,
            )
        return current

    def _following(self, current: Project, project: Project) -> Project:
        return project.having(id=self.path.name, revision=current.revision + 1, nnlab=nnlab.__version__)

    def _commit(self, project: Project, line: dict[str, Any], history: History) -> None:
        files.sweep(self.path)
        files.write_json(self.file, project.plain())
        # The project is saved: a full disk that takes the history line must not look like a lost change.
        with suppress(StorageError):
            present = history.states[history.present]
            with files.Lines(self.log) as lines:
                if present.get("is_unwritten"):
                    lines.append({"op": "edit", "revision": present["revision"], "project": present["project"]})
                lines.append(line)
            if history.n_lines > 3 * LONGEST_HISTORY or self.log.stat().st_size > MOST_HISTORY_BYTES:
                self._shorten(project)

    def _history(self, current: Project) -> History:
        """What the log says, with the saved project as the present state even where its line was lost."""
        lines = lines_of(self.log)
        states: list[dict[str, Any]] = []
        present, last = -1, None
        for line in lines:
            if line.get("op") == "edit" and isinstance(line.get("project"), dict):
                states = [*states[: present + 1], {"revision": line.get("revision"), "project": line["project"]}]
                present = len(states) - 1
            elif line.get("op") in ("undo", "redo"):
                known = [state["revision"] for state in states]
                present = known.index(line["to"]) if line.get("to") in known else present
            last = line.get("revision")
        if last != current.revision:
            unwritten = {"revision": current.revision, "project": current.plain(), "is_unwritten": True}
            states = [*states[: present + 1], unwritten]
            present = len(states) - 1
        dropped = min(present, max(0, len(states) - LONGEST_HISTORY))
        return History(states[dropped:], present - dropped, len(lines))

    def _shorten(self, current: Project) -> None:
        """Writes the log anew with the states within reach, fewer where they are large."""
        history = self._history(current)
        sizes = [len(files.ONE_LINE(state["project"])) for state in history.states]
        first, end = 0, len(sizes)
        while end - first > 1 and sum(sizes[first:end]) > MOST_HISTORY_BYTES // 2:
            first, end = (first + 1, end) if first < history.present else (first, end - 1)
        kept = history.states[first:end]
        lines = [{"op": "edit", **state} for state in kept]
        present = history.states[history.present]["revision"]
        lines.append({"op": "undo", "revision": current.revision, "to": present})
        files.write_bytes(self.log, "".join(files.ONE_LINE(line) + "\n" for line in lines).encode())


def _edit(project: Project) -> dict[str, Any]:
    return {"op": "edit", "revision": project.revision, "project": project.plain()}


def _choices(project: Project) -> Project:
    return project.having(id="", revision=0, nnlab="")


def _parsed(state: dict[str, Any], log: Path) -> Project:
    try:
        return Project.from_plain(state["project"], log.name)
    except SpecError as error:
        raise _damaged(log, str(error)) from None


def _damaged(path: Path, came: str) -> StorageError:
    do = "Restore it from a copy, or delete the project; its table and its runs are untouched."
    return StorageError("this project is damaged", where=files.shown(path), came=came[:300], do=do, reason="damaged")
