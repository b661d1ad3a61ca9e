"""Starting workers: one for a slot, and another one as soon as it is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nnlab.errors import StorageError
from nnlab.runs import spawn
from nnlab.runs.lock import Holder, Lock, holder_of, is_held, myself
from tests.runs.given import until


def test_a_worker_that_just_died_is_no_worker_that_is_starting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before the thread that waits for it has put its end down: the next one starts at once, not in 20 s."""
    assert spawn.ensure_worker(home) == 1
    assert spawn.ensure_worker(home) == 0
    lock = home / "slots" / "worker-0.lock"
    child, holder, _ = spawn._starting[lock]
    monkeypatch.setattr(child, "poll", lambda: None)  # what it answers while another thread stands in wait()
    assert holder.end()
    until(lambda: not holder.lives)
    assert spawn.ensure_worker(home) == 1
    until(lambda: is_held(lock) and holder_of(lock) not in (None, holder))  # its name comes a moment after the lock
    second = holder_of(lock)
    assert second is not None
    assert second.end()


def test_the_lock_of_a_dead_worker_that_another_has_just_taken_is_no_ready_worker(home: Path) -> None:
    """Between taking the lock and signing it, the name in it and the word of being warm are the dead one's."""
    lock = home / "slots" / "worker-0.lock"
    lock.parent.mkdir(parents=True)
    with Lock(lock) as held:
        assert held.take()
        me = myself()
        lock.with_suffix(".json").write_text(json.dumps({"pid": me.pid, "started": me.started}))
        assert spawn.is_ready(home)
        dead = Holder(me.pid, "1")  # the same number, and another process
        lock.write_text(f"{dead.pid} {dead.started}\n")
        lock.with_suffix(".json").write_text(json.dumps({"pid": dead.pid, "started": dead.started}))
        assert not spawn.is_ready(home)


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has no priorities to ask for")
def test_pages_go_before_what_trains(home: Path) -> None:
    """On one core a run would otherwise take half of what a page needs."""
    child = spawn.spawn("timeit", ["-n1", "-r1", "import time; time.sleep(60)"], home, "child")
    assert os.getpriority(os.PRIO_PROCESS, child.pid) >= 5
    child.kill()


def test_a_system_that_starts_no_process_is_told_as_that(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as a log that cannot be used, nor as a server that woke up on an empty disk."""
    monkeypatch.setattr("nnlab.runs.spawn.sys.executable", str(home / "no-python"))
    with pytest.raises(StorageError, match="did not start another process") as caught:
        spawn.spawn("timeit", [], home, "child")
    assert "Close other programs" in caught.value.do
