"""One run in this process: every way it can go on, pause and end, with what it leaves behind."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnlab.errors import ConflictError
from nnlab.runs import files
from nnlab.runs.checkpoint import told_of, unpacked
from nnlab.runs.events import read_events
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Lock
from nnlab.runs.trainer import train
from nnlab.runs.turn import Turn
from tests.batteries import battery
from tests.runs import given


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks, events and checkpoints come often, so that short runs have them all."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"control_s": 0.002, "event_s": 0.002, "checkpoint_ratio": 3}')
    monkeypatch.setattr("nnlab.runs.saver.EXACT_GAP_S", 0.01)
    monkeypatch.setattr("nnlab.runs.saver.FIRST_COST_S", 0.002)


def names(folder: RunFolder) -> list[str]:
    return [event["event"] for event in folder.all_events()]


def weights(folder: RunFolder, name: str = "last") -> dict[str, torch.Tensor]:
    return unpacked(folder.path / f"{name}.safetensors")[0]


def assert_equal_bits(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert set(first) == set(second)
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def in_background(folder: RunFolder) -> threading.Thread:
    thread = threading.Thread(target=train, args=(folder,))
    thread.start()
    return thread


def until(is_so: Callable[[], bool], wait_s: float = 60.0) -> None:
    end = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_run_ends_with_weights_outputs_and_its_last_word(home: Path, task: Any) -> None:
    """Started, steps, epochs, saved, finished; the outputs are those of the best weights for the test rows."""
    folder = given.run(home, task)
    assert train(folder) == "finished"
    events = folder.all_events()
    assert names(folder)[0] == "started"
    assert names(folder)[1] == "step"
    assert events[-1]["event"] == "finished"
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2, 3, 4, 5]
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    assert folder.state().name == "finished"
    assert not (folder.path / "reserve").exists()
    tensors = weights(folder, "test")
    test = given.encoded(300, task).part("test")
    assert torch.equal(tensors["line"], test.lines)
    from nnlab.runs.assemble import model

    module = model(folder).eval()
    module.load_state_dict(weights(folder, "best"))
    with torch.inference_mode():
        assert torch.equal(module(**test.inputs), tensors["outputs"])
    assert told_of(folder.path / "best.safetensors")["epoch"] == events[-1]["best_epoch"]


def test_a_run_needs_only_its_folder_and_the_encoded_rows(home: Path, tmp_path: Path) -> None:
    """The whole home can be moved before the run is trained: nothing in it names the place where it lay."""
    folder = given.run(home)
    home.rename(tmp_path / "elsewhere")
    moved = RunFolder(tmp_path / "elsewhere" / folder.path.relative_to(home))
    assert train(moved) == "finished"


def test_the_same_run_twice_gives_the_same_bits(home: Path) -> None:
    """Nothing that is not in the folder has a say: not the global random numbers either."""
    first, second = given.run(home), given.run(home)
    train(first)
    torch.manual_seed(12345)
    before = torch.get_rng_state()
    train(second)
    assert torch.equal(torch.get_rng_state(), before)
    assert_equal_bits(weights(first), weights(second))


def test_stop_ends_within_one_batch_and_keeps_the_best(home: Path) -> None:
    """No step follows the look that sees Stop, and best weights of an earlier epoch are on disk."""
    folder = given.run(home, epochs=5000)
    thread = in_background(folder)
    until(lambda: "epoch" in names(folder))
    folder.ask("stop")
    thread.join(60)
    events = folder.all_events()
    assert events[-1]["event"] == "stopped"
    assert folder.state().name == "stopped"
    assert events[-1]["best_epoch"] == told_of(folder.path / "best.safetensors")["epoch"]
    assert events[-1]["step"] < 5000 * 12
    assert (folder.path / "test.safetensors").exists()


def test_a_run_stopped_before_it_began_never_trains(home: Path) -> None:
    """Stop at once after Start."""
    folder = given.run(home)
    folder.ask("stop")
    assert train(folder) == "stopped"
    assert names(folder) == ["stopped"]


def test_pause_and_single_step(home: Path) -> None:
    """Paused, one step more, paused again one step later, and on to the end with the bits of a run never paused."""
    plain = given.run(home, epochs=40)
    train(plain)
    folder = given.run(home, epochs=40)
    folder.ask("pause", step_to=30)
    thread = in_background(folder)
    until(lambda: folder.state().name == "paused")
    assert folder.state().step == 30
    folder.ask("pause", step_to=31)
    until(lambda: folder.state().step == 31 and folder.state().name == "paused")
    folder.ask("pause", step_to=36)  # the end of an epoch: its figures come before the pause
    until(lambda: folder.state().step == 36 and folder.state().name == "paused")
    assert [event["epoch"] for event in folder.events() if event["event"] == "epoch"] == [1, 2, 3]
    folder.ask("run")
    thread.join(60)
    assert folder.state().name == "finished"
    assert_equal_bits(weights(folder), weights(plain))


def test_a_paused_run_computes_nothing(home: Path) -> None:
    """A core is free while it waits."""
    folder = given.run(home, epochs=5000)
    folder.ask("pause", step_to=5)
    thread = in_background(folder)
    until(lambda: folder.state().name == "paused")
    began, used = time.monotonic(), time.process_time()
    time.sleep(0.5)
    share = (time.process_time() - used) / (time.monotonic() - began)
    folder.ask("stop")
    thread.join(60)
    assert share < 0.5  # looking every 2 ms here; every 50 ms outside of tests
    assert folder.state().name == "stopped"


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_stopped_anywhere_and_resumed_ends_with_the_same_bits(home: Path, task: Any) -> None:
    """Weights, moments, best weights and figures of the epochs are those of a run that was never stopped."""
    plain = given.run(home, task, epochs=8)
    train(plain)
    for step in np.random.default_rng(0).choice(np.arange(1, 96), battery(4, 40), replace=False):
        folder = given.run(home, task, epochs=8)
        folder.ask("pause", step_to=int(step))
        assert train(folder, _LeaveWhenPaused()) == "paused"
        assert folder.state().name == "paused"
        assert not folder.is_held
        folder.ask("run")
        assert train(folder) == "finished"
        assert_equal_bits(weights(folder), weights(plain))
        assert_equal_bits(weights(folder, "best"), weights(plain, "best"))
        figures = [(event["epoch"], event["validation_loss"]) for event in folder.events() if event["event"] == "epoch"]
        assert figures == [(e["epoch"], e["validation_loss"]) for e in plain.events() if e["event"] == "epoch"]


def test_a_run_is_trained_by_one_at_a_time(home: Path) -> None:
    """The second is told; the first goes on."""
    folder = given.run(home)
    other = Lock(folder.lock.path)
    assert other.take()
    with pytest.raises(ConflictError):
        train(folder)
    assert folder.state().name == "running"
    other.release()
    assert train(folder) == "finished"


def test_a_diverging_loss_ends_the_run_with_its_cause_and_keeps_the_best(home: Path) -> None:
    """An absurd learning rate: failed at once, a sentence, advice, and whatever checkpoint is there loads."""
    folder = given.run(home, "regression", learning_rate=1e9, epochs=200, scheduler="constant", warmup=0.0)
    assert train(folder) == "failed"
    state = folder.state()
    assert state.name == "failed"
    assert state.error is not None
    assert state.error["rule"]
    assert state.error["do"]
    assert state.cause
    for name in ("last", "previous", "best"):
        path = folder.path / f"{name}.safetensors"
        if path.exists():
            assert all(torch.isfinite(t).all() for t in weights(folder, name).values() if t.is_floating_point())


def test_a_run_that_diverges_late_keeps_the_best_epoch(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five good epochs, then a loss that is no number: the best of the five is on disk, unharmed."""
    from nnlab.training.losses import Criterion

    folder = given.run(home, epochs=20)
    real, n_asked = Criterion.training, 0

    def broken(self: Criterion, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        nonlocal n_asked
        n_asked += 1
        loss = real(self, outputs, target)
        return loss * float("nan") if n_asked > 65 else loss

    monkeypatch.setattr(Criterion, "training", broken)
    assert train(folder) == "failed"
    told = told_of(folder.path / "best.safetensors")
    assert 1 <= told["epoch"] <= 5
    assert all(torch.isfinite(tensor).all() for tensor in weights(folder, "best").values())
    assert folder.all_events()[-1]["best_epoch"] == told["epoch"]


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EFBIG, "disk is full")])
@pytest.mark.parametrize("operation", ["write", "append"])
def test_a_full_disk_pauses_the_run_and_it_goes_on_when_there_is_room(
    home: Path, monkeypatch: pytest.MonkeyPatch, operation: str, number: int, said: str
) -> None:
    """The old checkpoint is whole, the state says why, and the end has the bits of a run that met no full disk."""
    plain, folder = given.run(home, epochs=25), given.run(home, epochs=25)
    train(plain)
    n_done = 0

    def fail(what: str, path: Path) -> None:
        nonlocal n_done
        n_done += what == operation and path.name in ("last.safetensors", "events.jsonl")
        # The reserve is given back when the disk is full, so that the last word has room.
        if n_done > 2 and what == operation and (folder.path / "reserve").exists():
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, "before", fail)
    assert train(folder) == "paused"
    monkeypatch.setattr(files, "before", None)
    state = folder.state()
    assert state.name == "paused"
    assert said in state.cause
    assert not [path for path in folder.path.iterdir() if path.name.endswith(".part")]
    assert train(folder) == "finished"
    assert_equal_bits(weights(folder), weights(plain))


def test_a_disk_that_takes_nothing_at_all_leaves_an_interrupted_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the last word fits: the reader sees an interrupted run, and it can go on."""
    folder = given.run(home, epochs=25)
    n_done = 0

    def fail(what: str, path: Path) -> None:
        nonlocal n_done
        n_done += 1
        if n_done > 25 and what in ("write", "append"):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files, "before", fail)
    train(folder)
    monkeypatch.setattr(files, "before", None)
    assert folder.state().name == "interrupted"
    assert train(folder) == "finished"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 400 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=400k tmpfs {place} 2>/dev/null") != 0:
        pytest.skip("mounting takes root; the same is injected elsewhere in this file")
    yield place
    os.system(f"umount {place}")


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    """400 kB, filled to the brim while the run trains: paused with the cause; with room again it ends."""
    folder = given.run(small_disk, epochs=3000)
    thread = in_background(folder)
    until(lambda: "saved" in names(folder))
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        fill(filler)
    thread.join(60)
    assert not thread.is_alive()
    state = folder.state()
    assert state.name == "paused"
    assert "disk is full" in state.cause
    assert unpacked(folder.path / "last.safetensors")
    filler.unlink()
    folder.ask("stop")
    assert train(folder) == "stopped"


def test_a_deleted_run_ends_tidily_and_does_not_come_back(home: Path) -> None:
    """The process that trains it lets go by itself, and nothing of the folder is made again."""
    folder = given.run(home, epochs=50_000)
    thread = in_background(folder)
    until(lambda: "epoch" in names(folder))
    folder.delete()
    thread.join(60)
    assert not thread.is_alive()
    assert not folder.path.exists()
    state = folder.state()
    assert state.name == "interrupted"
    assert "deleted" in state.cause


def test_a_folder_that_is_not_writable_fails_the_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that may not be written: said in a sentence; the run is not left running."""
    folder = given.run(home, epochs=25)

    def fail(what: str, path: Path) -> None:
        if what == "write":
            raise OSError(errno.EACCES, "denied")

    monkeypatch.setattr(files, "before", fail)
    assert train(folder) == "failed"
    assert "not writable" in folder.state().cause
    assert not folder.is_held


def test_a_clock_that_jumps_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day forth and back at every look: order, durations and state follow no wall clock."""
    real, n_asked = time.time, 0

    def jumping() -> float:
        nonlocal n_asked
        n_asked += 1
        return real() + (86_400 if n_asked % 2 else -86_400)

    monkeypatch.setattr(time, "time", jumping)
    folder = given.run(home)
    assert train(folder) == "finished"
    events = read_events(folder.path / "events.jsonl")
    assert all(0 <= event["seconds"] < 60 for event in events if "seconds" in event)
    assert [event["step"] for event in events] == sorted(event["step"] for event in events)
    assert folder.state().name == "finished"


def test_an_unknown_fault_is_said_to_be_ours_and_logged(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback in the event; the whole of it in log.txt; the lock is free."""
    from nnlab.training.losses import Criterion

    def broken(self: Criterion, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Criterion, "training", broken)
    folder = given.run(home)
    assert train(folder) == "failed"
    assert "fault of nnlab's own" in folder.state().cause
    assert "Traceback" not in folder.state().cause
    assert "planted" in (folder.path / "log.txt").read_text()
    assert not folder.is_held


def test_telling_costs_little(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the run's own account: events, looks and progress checkpoints, with the gaps that people get."""
    monkeypatch.delenv("NNLAB_LIMITS")
    monkeypatch.setattr("nnlab.runs.saver.EXACT_GAP_S", 2.0)
    monkeypatch.setattr("nnlab.runs.saver.FIRST_COST_S", 0.02)
    folder = given.run(home, n_rows=6000, epochs=battery(12, 60), batch_size=32)
    assert train(folder) == "finished"
    share = folder.all_events()[-1]["telemetry_share"]
    print(f"telemetry share {share:.4f}")
    assert 0 < share < 0.06  # 0.02 is the aim on a quiet machine; a shared one flushes slowly


class _LeaveWhenPaused(Turn):
    """A worker that has something better to do as soon as the run is paused."""

    def is_over(self, paused_s: float) -> bool:
        return True
