"""One run in this process: every way it can go on, pause and end, with what it leaves behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnlab.errors import ConflictError
from nnlab.runs.checkpoint import told_of
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Lock
from nnlab.runs.trainer import train
from tests.batteries import battery
from tests.runs import given
from tests.runs.given import LeaveWhenPaused, assert_equal_bits, in_background, names, until, weights


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    given.quicken(monkeypatch)


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
    assert train(folder) == "stopped", "a worker that had claimed it before it was stopped gets the lock after that"
    assert names(folder) == ["stopped"], "an end is told once"


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
        assert train(folder, LeaveWhenPaused()) == "paused"
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
