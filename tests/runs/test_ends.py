"""Every way a run can end that nobody wished for: said in a sentence, with what was saved still whole."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nnlab.runs import files
from nnlab.runs.checkpoint import told_of, unpacked
from nnlab.runs.events import read_events
from nnlab.runs.trainer import train
from tests.runs import given
from tests.runs.given import assert_equal_bits, in_background, names, until, weights


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    given.quicken(monkeypatch)


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
        return loss * float("nan") if n_asked > 60 else loss  # in the first step of the sixth

    monkeypatch.setattr(Criterion, "training", broken)
    monkeypatch.setattr("nnlab.training.race.MOST_PARAMETERS", 0)  # a traced step asks no criterion
    assert train(folder) == "failed"
    told = told_of(folder.path / "best.safetensors")
    assert 1 <= told["epoch"] <= 5
    assert all(torch.isfinite(tensor).all() for tensor in weights(folder, "best").values())
    last = folder.all_events()[-1]
    assert last["best_epoch"] == told["epoch"]
    assert last["error"]["where"].startswith(f"epoch {last['epoch']},")


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EFBIG, "disk is full")])
@pytest.mark.parametrize("operation", ["write", "append"])
def test_a_full_disk_pauses_the_run_and_it_goes_on_when_there_is_room(
    home: Path, monkeypatch: pytest.MonkeyPatch, operation: str, number: int, said: str
) -> None:
    """The old checkpoint is whole, the state says why, and the end has the bits of a run that met no full disk."""
    plain, folder = given.run(home, epochs=60), given.run(home, epochs=60)
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
