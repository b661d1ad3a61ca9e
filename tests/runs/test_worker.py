"""Real workers on real runs: started once, surviving everybody, hung, killed, and gone when they no longer fit."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.errors import StorageError
from nnlab.limits import limits
from nnlab.runs import queue, spawn, start
from nnlab.runs.checkpoint import unpacked
from nnlab.runs.folder import RunFolder
from nnlab.runs.jobs import ensure_report
from nnlab.runs.lock import Holder, holder_of, is_held
from nnlab.runs.slots import Slot
from nnlab.runs.trainer import train
from nnlab.runs.worker import Worker
from nnlab.runs.workspace import Space
from tests.batteries import battery
from tests.runs import given
from tests.runs.given import names, weights

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).resolve().parents[2]
QUICK = '{"control_s": 0.01, "checkpoint_ratio": 5, "poll_s": 0.005}'
LONG = 200_000  # epochs that nobody waits for

SERVER = """
import sys, time
from pathlib import Path
from nnlab.runs.folder import RunFolder
from nnlab.runs.start import wait_in_queue
wait_in_queue(RunFolder(sys.argv[1]))
print("started", flush=True)
time.sleep(600)
"""
FORBIDDEN = """
import json, sys
from nnlab.runs import worker
from nnlab.runs.folder import RunFolder
from nnlab.runs.rehearsal import rehearse
from nnlab.runs.slots import Slot
from nnlab.runs.trainer import train
from nnlab.runs.worker import Worker
rehearse()
before = sorted(sys.modules)
outcome = train(RunFolder(sys.argv[1]))
forbidden = ("pandas", "pyarrow", "sklearn", "scipy", "lightgbm", "plotly", "streamlit")
heavy = [name for name in forbidden if name in sys.modules]
late = [name for name in sys.modules if name not in before and name.startswith(("torch", "nnlab"))]
print(json.dumps([outcome, heavy, late]))
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of nnlab for the workers, so that nobody's edit sends them home in the middle of a test.

    It judges only runs of seed 7: a dozen reports at once would cost more than all the rest.
    """
    root = tmp_path_factory.mktemp("sources")
    shutil.copytree(ROOT / "nnlab", root / "nnlab", ignore=shutil.ignore_patterns("__pycache__"))
    worker = root / "nnlab" / "runs" / "worker.py"
    text = worker.read_text()
    assert text.count("self._judge(folder)") == 1
    worker.write_text(text.replace("self._judge(folder)", "folder.spec.seed == 7 and self._judge(folder)"))
    return root


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose worker is used by one test after the other."""
    home = tmp_path_factory.mktemp("home")
    yield home
    end_workers(home)


@pytest.fixture
def workers(sources: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Holder]:
    """Makes sure that a home has a warm worker, and says which process it is."""
    monkeypatch.setattr(spawn, "ROOT", sources)
    monkeypatch.setenv("NNLAB_LIMITS", QUICK)
    monkeypatch.setattr("nnlab.runs.jobs.start_report", lambda folder: None)

    def ready(home: Path) -> Holder:
        spawn.ensure_worker(home)
        assert spawn.wait_for_worker(home, 120)
        holder = holder_of(home / "slots" / "worker-0.lock")
        assert holder is not None
        return holder

    return ready


def end_workers(home: Path) -> None:
    """Ends exactly the workers that hold this home's locks."""
    for path in (home / "slots").glob("worker-*.lock"):
        holder = holder_of(path)
        if is_held(path) and holder is not None and holder.end():
            until(lambda holder=holder: not holder.lives)  # type: ignore[misc]


def until(is_so: Callable[[], Any], wait_s: float = 120.0) -> None:
    end = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_the_worker_never_imports_what_it_does_not_need(home: Path) -> None:
    """torch, numpy, safetensors, pydantic, filelock; and a run's first step finds everything imported already."""
    folder = given.run(home)
    command = [sys.executable, "-c", FORBIDDEN, str(folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, env=given.one_thread(), cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    outcome, heavy, late = json.loads(done.stdout)
    assert outcome == "finished"
    assert heavy == []
    assert late == []


@pytest.mark.usefixtures("workers")
def test_the_server_dies_and_the_run_goes_on(shared_home: Path, sources: Path) -> None:
    """Who started the worker is killed: the run is running for whoever comes next, and ends by itself.

    The worker stays for the tests that follow, who find it as the next server would.
    """
    end_workers(shared_home)
    folder = given.run(shared_home, epochs=150)
    environment = {**os.environ, "PYTHONPATH": str(sources)}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder.path)], stdout=subprocess.PIPE, env=environment, cwd=sources
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"started\n"
    until(lambda: "epoch" in names(folder))
    server.kill()
    server.wait()
    server.stdout.close()
    again = RunFolder(folder.path)
    assert again.state().name in ("running", "finished")
    assert spawn.ensure_worker(shared_home) == 0
    until(lambda: again.state().name == "finished")
    epochs = [event["epoch"] for event in again.events() if event["event"] == "epoch"]
    assert epochs == list(range(1, 151))


def test_a_queued_run_is_trained_and_judged_by_itself(shared_home: Path, workers: Callable[[Path], Holder]) -> None:
    """Queued, trained by the worker, judged by a job of its own; the worker stays for the next."""
    holder = workers(shared_home)
    folder = given.run(shared_home, seed=7)
    start.wait_in_queue(folder)
    until(lambda: folder.state().name == "finished")
    assert queue.find(shared_home, "local", folder.id) is None
    until(folder.is_judged)
    assert folder.report_plain()["verdict"]
    assert (folder.path / "predictions.parquet").exists()
    assert holder.lives
    assert ensure_report(folder) is None


def test_two_clicks_are_one_run(shared_home: Path, workers: Callable[[Path], Holder]) -> None:
    """Twenty threads press Start at once: one run; the same click later is that run still, another click is another."""
    workers(shared_home)
    space = Space(shared_home)
    rows = "\n".join(f"{n % 7},{n % 5},{'yes' if n % 7 > n % 5 else 'no'}" for n in range(120))
    project = space.create_project(space.put_table(f"a,b,y\n{rows}\n".encode(), "small.csv")).with_target("y")
    project = project.having(training=project.training.having(epochs=3))
    known = {run.id for run in space.runs()}
    found: list[str] = []

    def click(name: str) -> str:
        return start.start_run(space, project, click=name).id

    threads = [threading.Thread(target=lambda: found.append(click("one"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 1
    folder = space.run(found[0])
    until(lambda: folder.state().name == "finished")
    assert names(folder).count("started") == 1
    assert click("one") == folder.id
    other = space.run(click("two"))
    assert other.id != folder.id
    assert {run.id for run in space.runs()} - known == {other.id, folder.id}
    start.stop_run(other)
    until(lambda: other.state().is_final)


def test_stop_at_once_after_start_is_a_stopped_run(shared_home: Path, workers: Callable[[Path], Holder]) -> None:
    """Before the worker has it or just after: one run, state stopped, nothing left in the queue."""
    workers(shared_home)
    for wait_s in (0.0, 0.002, 0.01, 0.05)[: battery(2, 4)]:
        folder = given.run(shared_home, epochs=LONG)
        start.wait_in_queue(folder)
        time.sleep(wait_s)
        start.stop_run(folder)
        until(lambda folder=folder: folder.state().is_final)  # type: ignore[misc]
        assert folder.state().name == "stopped"
        assert names(folder).count("stopped") == 1
        assert queue.find(shared_home, "local", folder.id) is None


def test_a_hung_worker_is_not_answering_and_nobody_else_trains_its_run(
    shared_home: Path, workers: Callable[[Path], Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGSTOP: not answering by the reader's own clock, no second worker; SIGCONT: on it goes."""
    holder = workers(shared_home)
    monkeypatch.setenv("NNLAB_LIMITS", '{"silent_s": 0.4}')
    folder = given.run(shared_home, epochs=LONG)
    start.wait_in_queue(folder)
    until(lambda: "epoch" in names(folder))
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        until(lambda: not folder.state().is_answering)
        state = folder.state()
        assert state.name == "running"
        assert "not answering" in state.cause
        assert spawn.ensure_worker(shared_home) == 0
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    n_seen = len(folder.all_events())
    until(lambda: len(folder.all_events()) > n_seen)
    assert folder.state().is_answering
    start.stop_run(folder)
    until(lambda: folder.state().name == "stopped")


def test_stop_works_by_kill_on_a_hung_worker(shared_home: Path, workers: Callable[[Path], Holder]) -> None:
    """The process that holds the run is ended, and no other; what was saved stays, and the queue goes on."""
    holder = workers(shared_home)
    folder, following = given.run(shared_home, epochs=LONG), given.run(shared_home)
    start.wait_in_queue(folder)
    until(lambda: (folder.path / "best.safetensors").exists())
    os.kill(holder.pid, signal.SIGSTOP)
    start.wait_in_queue(following)
    start.force_stop(folder)
    assert not holder.lives
    assert folder.state().name == "stopped"
    assert unpacked(folder.path / "best.safetensors")
    until(lambda: following.state().name == "finished")


def test_a_strangers_pid_is_never_killed(home: Path) -> None:
    """The lock is held, but the process named in it is another one now: refused with what to do."""
    folder = given.run(home)
    stranger = subprocess.Popen(["sleep", "60"])
    assert folder.lock.take()
    try:
        folder.lock.path.write_text(f"{stranger.pid} 1\n")
        with pytest.raises(StorageError, match="cannot be told"):
            start.force_stop(RunFolder(folder.path))
        assert stranger.poll() is None
    finally:
        folder.lock.release()
        stranger.kill()
        stranger.wait()


def test_a_killed_worker_leaves_an_interrupted_run_that_another_resumes(
    shared_home: Path, workers: Callable[[Path], Holder]
) -> None:
    """Signal 9 in the middle: interrupted at once with the signal as its cause, resumed, and equal to the bit."""
    plain = given.run(shared_home, epochs=200)
    train(plain)
    end_workers(shared_home)  # one that outlived its server has nobody who sees how it ends
    holder = workers(shared_home)
    folder = given.run(shared_home, epochs=200)
    start.wait_in_queue(folder)
    until(lambda: names(folder).count("epoch") > 5)
    os.kill(holder.pid, signal.SIGKILL)
    until(lambda: folder.state().name == "interrupted")
    until(lambda: "signal 9, often memory" in folder.state().cause)
    start.resume_run(folder)
    until(lambda: folder.state().name == "finished")
    first, second = weights(folder), weights(plain)
    assert set(first) == set(second)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_paused_run_gives_way_and_comes_back(shared_home: Path, workers: Callable[[Path], Holder]) -> None:
    """While one is paused another trains; told to go on, the first goes on where it was, by step or to its end."""
    workers(shared_home)
    folder, other = given.run(shared_home, epochs=LONG), given.run(shared_home)
    start.wait_in_queue(folder)
    until(lambda: "epoch" in names(folder))
    start.pause_run(folder)
    until(lambda: folder.state().name == "paused")
    step = folder.state().step
    start.wait_in_queue(other)
    until(lambda: other.state().name == "finished")
    assert folder.state().name == "paused"
    start.step_run(folder, 3)
    until(lambda: folder.state().name == "paused" and folder.state().step == step + 3)
    start.resume_run(folder)
    until(lambda: folder.state().name == "running" and folder.state().step > step + 3)
    start.stop_run(folder)
    until(lambda: folder.state().name == "stopped")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_pauses_its_run(
    shared_home: Path, workers: Callable[[Path], Holder], number: signal.Signals
) -> None:
    """By a machine that shuts down, or by Ctrl-C: the exact state is on disk, and the state says why."""
    holder = workers(shared_home)
    folder = given.run(shared_home, epochs=LONG)
    start.wait_in_queue(folder)
    until(lambda: "epoch" in names(folder))
    os.kill(holder.pid, number)
    until(lambda: not holder.lives)
    state = folder.state()
    assert state.name == "paused"
    assert f"(signal {int(number)})" in state.cause
    assert unpacked(folder.path / "last.safetensors")[1]["step"] == state.step
    start.stop_run(folder)
    assert folder.state().name == "stopped"


def test_two_workers_never_train_the_same_run(home: Path, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two slots, two workers started at once, a queue full of runs: each is started and finished exactly once."""
    monkeypatch.setattr(spawn, "ROOT", sources)
    monkeypatch.setenv("NNLAB_LIMITS", '{"slots": 2, "poll_s": 0.001}')
    folders = [given.run(home, epochs=2) for _ in range(battery(12, 60))]
    for folder in folders:
        queue.enqueue(home, "local", folder.id)
    try:
        assert spawn.ensure_worker(home) == 2
        assert spawn.ensure_worker(home) == 0
        until(lambda: all(folder.state().name == "finished" for folder in folders), 300)
        holders = {holder_of(folder.lock.path) for folder in folders}
        for folder in folders:
            assert names(folder).count("started") == 1
            assert names(folder).count("resumed") == 0
            assert names(folder).count("finished") == 1
        assert 1 <= len(holders) <= 2
    finally:
        end_workers(home)


def test_a_worker_leaves_when_idle_and_when_the_sources_change(
    home: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of other sources than it imported, it lets a new one train what waits; that one goes when it has been idle."""
    monkeypatch.setattr(spawn, "ROOT", sources)
    monkeypatch.setenv("NNLAB_LIMITS", '{"idle_s": 3.0}')
    spawn.ensure_worker(home)
    assert spawn.wait_for_worker(home, 120)
    first = holder_of(home / "slots" / "worker-0.lock")
    with (sources / "nnlab" / "errors.py").open("a") as file:
        file.write("# edited\n")
    folder = given.run(home)
    try:
        start.wait_in_queue(folder)
        until(lambda: folder.state().name == "finished")
        assert holder_of(folder.lock.path) != first
        until(lambda: not spawn.has_worker(home))
    finally:
        end_workers(home)


def test_a_worker_whose_memory_stays_grown_is_tired(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MB above its start after a run, it makes room for a fresh one."""
    worker = Worker(home, 0, limits())
    worker.start_bytes = 1_000_000_000
    for grown, is_tired in ((199_000_000, False), (201_000_000, True)):
        monkeypatch.setattr("nnlab.runs.memory.used_bytes", lambda grown=grown: 1_000_000_000 + grown)
        worker._rest()
        assert worker.is_tired is is_tired


def test_a_claim_of_the_dead_waits_again(home: Path) -> None:
    """Claimed for a slot that nobody holds, a run goes back into the queue; a living worker's claim stays."""
    for run in ("aaaa", "bbbb"):
        queue.enqueue(home, "local", run)
    slot = Slot(home, 2)
    assert slot.take()
    assert slot.number == 0
    assert queue.claim(home, 0) is not None
    assert queue.claim(home, 1) is not None
    Worker(home, 0, limits())._restore_dead_claims()
    assert [entry.run for entry in queue.waiting(home)] == ["bbbb"]
    assert [entry.run for entry in queue.claimed(home)] == ["aaaa"]
    slot.release()
