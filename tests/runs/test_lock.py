"""The kernel's word on who holds a run, whatever pids and clocks say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nnlab.errors import NotFoundError
from nnlab.runs.lock import Holder, Lock, holder_of, is_held, myself, start_of
from tests.batteries import battery

HOLD = """
import sys, time
from pathlib import Path
from nnlab.runs.lock import Lock
lock = Lock(Path(sys.argv[1]))
assert lock.take()
print("held", flush=True)
time.sleep(600)
"""
COUNT = """
import sys, time
from pathlib import Path
from nnlab.runs.lock import Lock
path, counter = Path(sys.argv[1]), Path(sys.argv[2])
for _ in range(int(sys.argv[3])):
    lock = Lock(path)
    assert lock.take(60.0)
    with lock:
        n = int(counter.read_text())
        time.sleep(0.0005)
        counter.write_text(str(n + 1))
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """The kernel releases the lock of a process that was ended by signal 9; until then it is seen as held."""
    path = tmp_path / "run.lock"
    child = python(HOLD, str(path))
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    assert is_held(path)
    assert not Lock(path).take(0.0)
    assert holder_of(path) == Holder(child.pid, start_of(child.pid))
    child.kill()
    child.wait()
    assert not is_held(path)
    lock = Lock(path)
    assert lock.take(0.0)
    lock.release()
    child.stdout.close()


def test_two_locks_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    """A page and a job in one server are as separate as two processes."""
    first, second = Lock(tmp_path / "a"), Lock(tmp_path / "a")
    assert first.take(0.0)
    assert first.take(0.0)
    assert not second.take(0.0)
    first.release()
    assert second.take(0.0)
    second.release()


def test_no_two_processes_hold_it_at_once(tmp_path: Path) -> None:
    """Four processes that count up under the lock lose no count, while a reader keeps looking."""
    counter, n_each = tmp_path / "counter", battery(30, 300)
    counter.write_text("0")
    children = [python(COUNT, str(tmp_path / "lock"), str(counter), str(n_each)) for _ in range(4)]
    while any(child.poll() is None for child in children):
        is_held(tmp_path / "lock")
    for child in children:
        assert child.wait() == 0
        assert child.stdout is not None
        child.stdout.close()
    assert counter.read_text() == str(4 * n_each)


def test_readers_do_not_take_each_other_for_a_holder(tmp_path: Path) -> None:
    """However many look at once, a free lock is free."""
    path = tmp_path / "lock"
    path.touch()
    seen: set[bool] = set()
    threads = [
        threading.Thread(target=lambda: seen.update(is_held(path) for _ in range(battery(300, 3000)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {False}


def test_a_pid_in_use_again_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    """The pid of a sleeping stranger in the file: the lock is free, and the stranger is not ended."""
    stranger = subprocess.Popen(["sleep", "60"])
    path = tmp_path / "run.lock"
    path.write_text(f"{stranger.pid} 1\n")
    try:
        assert not is_held(path)
        holder = holder_of(path)
        assert holder is not None
        assert not holder.lives
        assert not holder.end()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_very_process_is_ended() -> None:
    """Pid and start time both fit: this one is ended, and afterwards it no longer lives."""
    child = subprocess.Popen(["sleep", "60"])
    holder = Holder(child.pid, start_of(child.pid))
    assert holder.end()
    assert child.wait() == -signal.SIGKILL
    assert not holder.lives
    assert not holder.end()


def test_a_zombie_does_not_live() -> None:
    """A child that ended and was not waited for holds nothing any more."""
    child = subprocess.Popen(["true"])
    until = time.monotonic() + 10
    while start_of(child.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert start_of(child.pid) == ""
    child.wait()


def test_a_child_does_not_inherit_the_lock(tmp_path: Path) -> None:
    """A report that a worker started must not keep the run locked after the worker's death."""
    lock = Lock(tmp_path / "lock")
    assert lock.take()
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    lock.release()
    try:
        assert not is_held(tmp_path / "lock")
    finally:
        child.kill()
        child.wait()


def test_no_folder_is_made_for_a_lock(tmp_path: Path) -> None:
    """A deleted run does not come back as an empty folder."""
    path = tmp_path / "gone" / "run.lock"
    assert not is_held(path)
    with pytest.raises(NotFoundError):
        Lock(path).take()
    assert not path.parent.exists()


def test_this_process_knows_itself() -> None:
    """Its own pid, with a start time that the system tells."""
    assert myself() == Holder(os.getpid(), start_of(os.getpid()))
    assert myself().lives
