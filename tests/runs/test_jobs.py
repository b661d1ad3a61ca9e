"""Long work in children of its own: results and errors come back, few run at once, each can be ended."""

from __future__ import annotations

import json
import os
import pickle
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nnlab.errors import ConflictError, DataError, LimitError, NnlabError, TrainingError
from nnlab.runs import jobs
from nnlab.runs.jobs import Job, error_of, plain_error, start_job
from nnlab.runs.lock import holder_of, is_held
from nnlab.runs.slots import Slot
from nnlab.runs.workspace import Space

pytestmark = pytest.mark.timeout(300)


def until(is_so: Callable[[], Any], wait_s: float = 120.0) -> None:
    end = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def no_child(*arguments: Any) -> SimpleNamespace:
    return SimpleNamespace(pid=0)


def read_job(home: Path, data: bytes, key: str = "") -> Job:
    file = home / "upload"
    home.mkdir(exist_ok=True)
    file.write_bytes(data)
    return start_job(home, "read", {"space": "local", "file": str(file), "name": "small.csv"}, key=key)


def test_a_file_read_in_a_child_is_a_table_here(home: Path) -> None:
    """The result names it; the process that asked has read nothing."""
    job = read_job(home, b"a,b\n1,x\n2,y\n3,x\n")
    result = job.wait(120)
    assert job.state() == "finished"
    assert Space(home).table(result["table"]).n_rows == 3
    assert job.progress() == (0.9, "keeping the table")


def test_an_error_in_the_child_is_the_same_error_here(home: Path) -> None:
    """Kind, four parts and place; not a traceback."""
    job = read_job(home, b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(DataError) as caught:
        job.wait(120)
    assert job.state() == "failed"
    assert caught.value.rule
    assert caught.value.do


def test_jobs_wait_for_their_place_and_can_be_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every place taken a job waits; the same key gives the same job; cancelled, it ends and leaves its place."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"jobs": 1}')
    place = Slot(home, 1, kind="job-")
    assert place.take()
    first = read_job(home, b"a,b\n1,2\n", key="same")
    assert read_job(home, b"a,b\n1,2\n", key="same").id == first.id
    second = read_job(home, b"a,b\n1,2\n")
    until(lambda: is_held(first.path / "job.lock") and is_held(second.path / "job.lock"))
    assert first.state() == "waiting"
    with pytest.raises(ConflictError):
        first.result()
    first.cancel()
    until(lambda: first.state() == "stopped")
    holder = holder_of(second.path / "job.lock")
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    until(lambda: second.state() == "interrupted")
    with pytest.raises(TrainingError, match="before it was done"):
        second.result()
    again = read_job(home, b"a,b\n1,2\n3,4\n", key="same")
    place.release()
    assert again.wait(120)["table"]


def test_what_goes_wrong_in_a_job_is_put_into_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and faults of our own included; the place is free afterwards."""
    faults = {"memory": MemoryError(), "ours": ZeroDivisionError("planted")}

    def fail(home: Path, arguments: dict[str, Any], progress: jobs.Progress) -> Any:
        progress(0.5, "half")
        raise faults[arguments["fault"]]

    monkeypatch.setitem(jobs.KINDS, "read", fail)
    monkeypatch.setattr(jobs, "spawn", no_child)
    monkeypatch.setattr(jobs, "_heed", lambda *arguments: None)
    for fault, kind, said in (("memory", LimitError, "memory is full"), ("ours", TrainingError, "a fault of nnlab")):
        job = start_job(home, "read", {"fault": fault})
        assert jobs.main(["--home", str(home), str(job.path)]) == 1
        with pytest.raises(kind, match=said):
            job.result()
        assert job.progress() == (0.5, "half")
        assert not is_held(home / "slots" / "job-0.lock")


@pytest.mark.parametrize(
    "error",
    [
        DataError("a rule", where="file", came="this", do="Do that.", line=3, column="age"),
        LimitError("too much", repair={"set": "x", "value": 1}),
        NnlabError("plain"),
    ],
)
def test_errors_travel_as_plain_data(error: NnlabError) -> None:
    """The same kind, parts, place and repair on the other side; and they still pickle."""
    back = error_of(plain_error(error))
    assert type(back) is type(error)
    assert (back.as_dict(), back.repair) == (error.as_dict(), error.repair)
    assert getattr(back, "line", None) == getattr(error, "line", None)
    assert pickle.loads(pickle.dumps(back)).as_dict() == error.as_dict()


@pytest.mark.parametrize("plain", [None, {}, {"kind": "Any", "rule": "x"}, {"kind": "annotations"}, []])
def test_data_never_chooses_a_class_outside_of_the_tree(plain: Any) -> None:
    """Whatever the file says, it is one of our errors."""
    assert type(error_of(plain)) is NnlabError


def test_old_jobs_are_cleared_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow for ever."""
    monkeypatch.setattr(jobs, "spawn", no_child)
    monkeypatch.setattr(jobs, "JOBS_KEPT", 5)
    for _ in range(12):
        start_job(home, "read", {})
    assert len([path for path in (home / "jobs").iterdir() if path.is_dir()]) <= 6


def test_the_time_left_is_told_once_there_is_something_to_go_by(tmp_path: Path) -> None:
    """A quarter done after ten seconds: thirty more, less what has passed since; never less than nothing."""
    job, now = Job(tmp_path), time.time()
    assert job.left_s() is None

    def say(*told: tuple[str, float, float]) -> None:
        lines = [
            {"event": event, "step": 0, "epoch": 0, "n": 1, "share": share, "text": "", "at": now + at}
            for event, share, at in told
        ]
        (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    say(("started", 0, -15), ("progress", 0.01, -14))
    assert job.left_s() is None
    say(("started", 0, -15), ("progress", 0.01, -14), ("progress", 0.25, -5))
    assert Job(tmp_path).left_s() == pytest.approx(25, abs=2)
    say(("started", 0, -90), ("progress", 0.25, -80))
    assert Job(tmp_path).left_s() == 0
