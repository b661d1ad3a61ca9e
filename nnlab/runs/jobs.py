"""Long work beside training: a short-lived child process with a lock, events and control of its own.

    jobs/ID/job.json       what is to be done
           job.lock        held by the process that does it
           events.jsonl    started, progress, finished, failed, stopped
           control.json    {"wanted": "stop"} ends it at once: everything it writes is whole or not there

A few run at once, the others wait for their place, so that pages stay quick and memory stays bounded.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, cast

import nnlab.errors
from nnlab.errors import ConflictError, LimitError, NnlabError, NotFoundError, StorageError, TrainingError
from nnlab.limits import limits
from nnlab.runs import memory
from nnlab.runs.events import Event, EventLog, EventReader
from nnlab.runs.files import make_folder, move, read_json, remove_tree, staging, write_json
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Holder, Lock, is_held, start_of
from nnlab.runs.slots import Slot
from nnlab.runs.spawn import spawn
from nnlab.runs.state import last_event

JobState = Literal["waiting", "running", "finished", "failed", "stopped", "interrupted"]
Kind = Literal["report", "read", "encode", "audit", "leak", "answer"]
Progress = Callable[[float, str], None]
FINAL = ("finished", "failed", "stopped")
JOBS_KEPT = 40
LOOK_S = 0.1
LEAST_SHARE = 0.05  # with less done nobody can say how long the rest takes
_guard = threading.Lock()


class Job:
    """One piece of work, by the path of its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = EventReader(path / "events.jsonl")
        self._events: list[Event] = []

    @property
    def id(self) -> str:
        return self.path.name

    def state(self) -> JobState:
        """What it is doing, decided by its lock; a child that was spawned and has not taken it yet is waiting."""
        for _look in range(2):  # it may end between two questions
            is_there = is_held(self.path / "job.lock") or self._child_lives()
            last = last_event(self.path / "events.jsonl")
            name = str(last["event"]) if last else "waiting"
            if name in FINAL:
                return cast(JobState, name)
            if is_there:
                return "waiting" if name == "waiting" else "running"
        return "interrupted"

    def _child_lives(self) -> bool:
        try:
            told = read_json(self.path / "child.json", 1_000)
            return Holder(int(told["pid"]), str(told["started"])).lives
        except (StorageError, KeyError, TypeError, ValueError):
            return False

    @property
    def is_alive(self) -> bool:
        return self.state() in ("waiting", "running")

    def progress(self) -> tuple[float, str]:
        """How much is done, 0 to 1, and what is being done."""
        told = self._told("progress")
        return (float(told[-1]["share"]), str(told[-1]["text"])) if told else (0.0, "")

    def left_s(self) -> float | None:
        """About how many seconds it will take still, by how long the share that is done took; None: cannot be told."""
        began, told = self._told("started"), self._told("progress")
        if not began or not told or float(told[-1]["share"]) < LEAST_SHARE:
            return None
        share, gone_s = float(told[-1]["share"]), float(told[-1]["at"]) - float(began[-1]["at"])
        return max(0.0, gone_s / share - (time.time() - float(began[-1]["at"])))

    def _told(self, name: str) -> list[Event]:
        self._events += self._reader.new()
        return [event for event in self._events if event["event"] == name]

    def result(self) -> Any:
        """What the work gave; raises the error it failed with, or `ConflictError` while it is not done."""
        state = self.state()
        last = last_event(self.path / "events.jsonl") or {}
        if state == "finished":
            return last.get("result")
        if state == "failed":
            raise error_of(last.get("error"))
        if state == "interrupted":
            do = "Try again; if it happens once more, it may need more memory than there is."
            raise TrainingError("the work ended before it was done", where=self.id.partition("-")[0], do=do)
        raise ConflictError("the work is not done yet", where=self.id, came=state)

    def cancel(self) -> None:
        """Ends it at once; nothing half stays."""
        write_json(self.path / "control.json", {"wanted": "stop"})

    def wait(self, wait_s: float = 600.0) -> Any:
        """The result, as soon as it is there."""
        until = time.monotonic() + wait_s
        while self.is_alive and time.monotonic() < until:
            time.sleep(LOOK_S / 2)
        return self.result()


def start_job(home: Path, kind: Kind, arguments: dict[str, Any], key: str = "") -> Job:
    """The work, begun in a child; the same `key` again while it lives gives the same job."""
    home = home.absolute()
    jobs = make_folder(home / "jobs")
    name = hashlib.sha256(key.encode()).hexdigest()[:16] if key else secrets.token_hex(8)
    path = jobs / f"{kind}-{name}"
    guard = Lock(jobs / ".lock")
    with _guard:
        if not guard.take(10.0):
            raise ConflictError("another job is being started", where="jobs", do="Try again in a moment.")
        with guard:
            if path.exists() and Job(path).is_alive:
                return Job(path)
            remove_tree(path)
            _drop_old(jobs)
            stage = staging(jobs, path.name)
            write_json(stage / "job.json", {"kind": kind, "arguments": arguments})
            move(stage, path)
            # Within the guard: whoever asks for the same job next has to see that its child is on its way.
            child = spawn("nnlab.runs.jobs", ["--home", str(home), str(path)], home, f"job-{kind}")
            write_json(path / "child.json", {"pid": child.pid, "started": start_of(child.pid)})
    return Job(path)


def start_report(folder: RunFolder) -> Job | None:
    """The job that judges a run, or None for a run outside of every home, which is judged in process."""
    home = folder.home
    if home is None:
        return None
    return start_job(home, "report", {"space": folder.space, "run": folder.id}, key=_report_key(folder))


def report_job(folder: RunFolder) -> Job | None:
    """The job that judges a run, if one was started."""
    if folder.home is None:
        return None
    name = hashlib.sha256(_report_key(folder).encode()).hexdigest()[:16]
    job = Job(folder.home / "jobs" / f"report-{name}")
    return job if (job.path / "job.json").exists() else None


def ensure_report(folder: RunFolder) -> Job | None:
    """The job that judges a run that has ended with weights and has no report; one that did not end well stays so."""
    if folder.is_judged() or not folder.state().is_final or not (folder.path / "best.safetensors").exists():
        return None
    job = report_job(folder)
    if job is not None and job.state() in ("waiting", "running", "failed", "interrupted"):
        return job
    return start_report(folder)


def main(argv: Sequence[str] | None = None) -> int:
    """Does one job to its end, in this process."""
    parser = argparse.ArgumentParser(prog="python -m nnlab.runs.jobs")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("path", type=Path)
    chosen = parser.parse_args(argv)
    lock = Lock(chosen.path / "job.lock")
    try:
        if not lock.take():
            return 0
    except NotFoundError:
        return 0
    memory.offer_to_the_kernel()
    with lock, EventLog(chosen.path / "events.jsonl") as log:
        threading.Thread(target=_heed, args=(chosen.path, log), daemon=True).start()
        return _do(chosen.home, chosen.path, log)


def _do(home: Path, path: Path, log: EventLog) -> int:
    slot = Slot(home, limits().jobs, kind="job-")
    if not slot.take():
        log.write("waiting", 0, 0)
        while not slot.take():
            time.sleep(LOOK_S)
    n_told = 0

    def progress(share: float, text: str) -> None:
        nonlocal n_told
        n_told += 1
        log.write("progress", n_told, 0, share=share, text=text)

    try:
        log.write("started", 0, 0)
        plain = read_json(path / "job.json")
        result = KINDS[plain["kind"]](home, plain["arguments"], progress)
        log.write("finished", n_told, 0, result=result)
    except Exception as fault:
        log.write("failed", n_told, 0, error=plain_error(_in_words(fault)))
        return 1
    finally:
        slot.release()
    return 0


def _in_words(fault: Exception) -> NnlabError:
    if isinstance(fault, NnlabError):
        return fault
    if isinstance(fault, MemoryError):
        return LimitError("the memory is full", do="Take a part of the rows, or close other programs.")
    traceback.print_exc()  # into the job's log
    return TrainingError("this is a fault of nnlab's own", came=f"{type(fault).__name__}: {fault}"[:500])


def _heed(path: Path, log: EventLog) -> None:
    """Ends this process when the job is cancelled or its folder is gone; all that it writes is whole or not there."""
    own = path.stat().st_ino
    while True:
        time.sleep(LOOK_S)
        try:
            is_own = path.stat().st_ino == own  # the same work may have begun anew under the same name
        except OSError:
            is_own = False
        if not is_own:
            os._exit(0)
        try:
            wanted = read_json(path / "control.json", 10_000).get("wanted")
        except (StorageError, AttributeError):
            continue
        if wanted == "stop":
            with suppress(StorageError):
                log.write("stopped", 0, 0)
            os._exit(0)


def _report(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.runs.report_job import judge

    folder = RunFolder(home / "spaces" / arguments["space"] / "runs" / arguments["run"])
    return {"verdict": judge(folder, progress).verdict}


def _read(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.cleaning.cleaning import Cleaning
    from nnlab.data.reading import Reading
    from nnlab.runs.cleaned_tables import cleaned_table
    from nnlab.runs.workspace import Space

    progress(0.0, "reading")
    if arguments.get("purpose", "new") not in ("new", "again"):
        from nnlab.runs.second_file import done

        return done(Space(home, arguments["space"]), arguments, progress)
    reading = None if arguments.get("reading") is None else Reading.parse(arguments["reading"])
    space, file = Space(home, arguments["space"]), Path(arguments["file"])
    cleaning = Cleaning.parse(arguments.get("cleaning") or {})
    share = 0.6 if cleaning.steps else 1.0
    table = space.put_table(file, arguments["name"], reading, progress=lambda at, text: progress(share * at, text))
    found = cleaned_table(space, table, cleaning, lambda at, text: progress(share + (1 - share) * at, text))
    return {"table": found.id}


def _encode(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    progress(0.0, "preparing")
    path = Space(home, arguments["space"]).encoded(Project.from_plain(arguments["project"]))
    return {"encoding_key": path.stem}


def _audit(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.runs.audit_job import audited
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    progress(0.0, "opening the table")
    found = audited(Space(home, arguments["space"]), Project.from_plain(arguments["project"]), progress)
    return {"n_findings": len(found.findings)}


def _leak(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.runs.leak_job import measured
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    progress(0.0, "dividing the rows")
    project = Project.from_plain(arguments["project"])
    found = measured(Space(home, arguments["space"]), project, arguments["what"], arguments["column"], progress)
    return found.plain()


def _answer(home: Path, arguments: dict[str, Any], progress: Progress) -> Any:
    from nnlab.runs.answer_job import answer
    from nnlab.runs.workspace import Space

    progress(0.0, "opening the model")
    return answer(Space(home, arguments["space"]), arguments, progress)


KINDS: dict[str, Callable[[Path, dict[str, Any], Progress], Any]] = {
    "report": _report,
    "read": _read,
    "encode": _encode,
    "audit": _audit,
    "leak": _leak,
    "answer": _answer,
}


def plain_error(error: NnlabError) -> dict[str, Any]:
    """An error as JSON-ready data that `error_of` makes an error again."""
    fields = {name: getattr(error, name, None) for name in ("line", "column", "layer", "reason")}
    kept = {name: value for name, value in fields.items() if isinstance(value, str | int) and value != ""}
    return {"kind": type(error).__name__, **error.as_dict(), "repair": error.repair, "fields": kept}


def error_of(plain: Any) -> NnlabError:
    """The error that plain data tells of; of a kind from the tree in errors.py, whatever the data says."""
    told = plain if isinstance(plain, dict) else {}
    kind = getattr(nnlab.errors, str(told.get("kind")), NnlabError)
    if not (isinstance(kind, type) and issubclass(kind, NnlabError)):
        kind = NnlabError
    texts = {name: str(told.get(name) or "") for name in ("where", "came", "do")}
    fields = told.get("fields")
    rule = str(told.get("rule") or "the work failed")
    return kind(rule, **texts, repair=told.get("repair"), **(fields if isinstance(fields, dict) else {}))


def _report_key(folder: RunFolder) -> str:
    return f"{folder.space}/{folder.id}"


def _drop_old(jobs: Path) -> None:
    """Takes away the folders of jobs that ended long ago."""
    with os.scandir(jobs) as entries:
        found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.is_dir())
    for _, path in found[:-JOBS_KEPT]:
        if not Job(Path(path)).is_alive:
            remove_tree(Path(path))


if __name__ == "__main__":
    sys.exit(main())
