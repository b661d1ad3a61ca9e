"""Checkpoints that are damaged or lost: named, the one before is offered, and the bits are the same in the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnlab.runs.checkpoint import told_of
from nnlab.runs.trainer import train
from nnlab.runs.turn import Turn
from tests.runs import given
from tests.runs.test_trainer import assert_equal_bits, names, weights


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks, events and checkpoints come often, so that short runs have them all."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"control_s": 0.002, "event_s": 0.002, "checkpoint_ratio": 3}')
    monkeypatch.setattr("nnlab.runs.saver.EXACT_GAP_S", 0.01)
    monkeypatch.setattr("nnlab.runs.saver.FIRST_COST_S", 0.002)


class _LeaveWhenPaused(Turn):
    """A worker that has something better to do as soon as the run is paused."""

    def is_over(self, paused_s: float) -> bool:
        return True


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_offered(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is passed over in silence: the run fails, names the step to go on from, and goes on from there."""
    # None is due but those of the two pauses: at one step there may be two, before and after the epoch is judged.
    monkeypatch.setattr("nnlab.runs.saver.FIRST_COST_S", 100.0)
    plain = given.run(home, epochs=20)
    train(plain)
    folder = given.run(home, epochs=20)
    for step in (100, 200):
        folder.ask("pause", step_to=step)
        train(folder, _LeaveWhenPaused())
    path = folder.path / "last.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert told_of(folder.path / "previous.safetensors")["step"] == 100
    folder.ask("run")
    assert train(folder) == "failed"
    error = folder.state().error
    assert error is not None
    assert "last.safetensors" in error["where"]
    assert error["repair"] == {"origin": "previous"}
    folder.ask("run", origin="previous")
    assert train(folder) == "finished"
    assert "caution" in names(folder)
    assert_equal_bits(weights(folder), weights(plain))


def test_both_checkpoints_damaged_offers_the_beginning(home: Path) -> None:
    """The run can still be done again, to the same bits."""
    folder = given.run(home, epochs=20)
    for step in (100, 200):
        folder.ask("pause", step_to=step)
        train(folder, _LeaveWhenPaused())
    for name in ("last", "previous"):
        os.truncate(folder.path / f"{name}.safetensors", 100)
    folder.ask("run", origin="previous")
    assert train(folder) == "failed"
    error = folder.state().error
    assert error is not None
    assert error["repair"] == {"origin": "beginning"}
    folder.ask("run", origin="beginning")
    assert train(folder) == "finished"
    plain = given.run(home, epochs=20)
    train(plain)
    assert_equal_bits(weights(folder), weights(plain))


def test_a_lost_checkpoint_goes_on_from_the_one_before(home: Path) -> None:
    """No last.safetensors but a whole previous one: nothing to ask."""
    folder = given.run(home, epochs=20)
    for step in (100, 200):
        folder.ask("pause", step_to=step)
        train(folder, _LeaveWhenPaused())
    (folder.path / "last.safetensors").unlink()
    folder.ask("run")
    assert train(folder) == "finished"
    plain = given.run(home, epochs=20)
    train(plain)
    assert_equal_bits(weights(folder), weights(plain))
