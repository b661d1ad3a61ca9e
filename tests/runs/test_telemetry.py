"""What telling, looking and saving cost a run, by its own account: checked with clocks that only the test moves."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from nnlab.runs import events, files, saver, trainer
from nnlab.runs.events import STRETCH_AT, EventLog
from nnlab.runs.folder import RunFolder
from nnlab.runs.trainer import train
from nnlab.training import engine, race
from nnlab.training.step import EagerStep
from tests.runs import given


class Clock:
    """The only time there is, and what of it went to telling."""

    def __init__(self) -> None:
        self.now = self.told_s = 0.0

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic

    def time(self) -> float:
        return 1.7e9

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def tell(self, seconds: float) -> None:
        self.now += seconds
        self.told_s += seconds


def clocked(monkeypatch: pytest.MonkeyPatch, step_s: float, line_s: float, write_s: float, look_s: float) -> Clock:
    """A clock that a gradient step, a line, a file and a look move by so much, and nothing else does."""
    clock = Clock()
    for module in (events, saver, trainer):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(engine, "perf_counter", clock.monotonic)
    monkeypatch.setattr(race, "choose_steps", lambda *_: pytest.fail("it was traced"))
    take, append, write, control = EagerStep.take, files.Lines.append, saver.write_bytes, RunFolder.control

    def stepping(self: EagerStep, *batch: Any) -> Any:
        clock.now += step_s
        return take(self, *batch)

    def appending(self: files.Lines, plain: dict[str, Any]) -> None:
        clock.tell(line_s)
        append(self, plain)

    def writing(path: Path, data: bytes) -> None:
        clock.tell(write_s)
        write(path, data)

    def looking(self: RunFolder) -> Any:
        clock.tell(look_s)
        return control(self)

    monkeypatch.setattr(EagerStep, "take", stepping)
    monkeypatch.setattr(files.Lines, "append", appending)
    monkeypatch.setattr(saver, "write_bytes", writing)
    monkeypatch.setattr(RunFolder, "control", looking)
    return clock


@pytest.mark.parametrize(
    ("line_s", "write_s", "look_s"), [(6e-6, 1e-3, 2e-5), (3e-4, 0.012, 3e-4)], ids=["idle disk", "busy disk"]
)
def test_five_seconds_of_training_are_told_in_two_per_cent_of_them(
    line_s: float, write_s: float, look_s: float, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share that epochs tell is what the clock says went to lines, looks and files, and stays small."""
    monkeypatch.setattr(engine, "LOOK_AT", 1_000_000)  # steps stay eager: their time is the clock's
    clock = clocked(monkeypatch, 0.01, line_s, write_s, look_s)
    folder = given.run(home, epochs=42, batch_size=16)
    began = clock.now
    assert train(folder) == "finished"
    last = [event for event in folder.all_events() if event["event"] == "epoch"][-1]
    n_steps = last["step"]
    assert n_steps * 0.01 >= 5.0
    assert last["seconds"] == pytest.approx(n_steps / 42 * 0.01)
    assert last["telemetry_share"] <= 0.02
    saved = [event for event in folder.all_events() if event["event"] == "saved"]
    assert saved, "a run of five seconds has saved something before it ends"
    ended = folder.all_events()[-1]
    spent_s = clock.now - began - n_steps * 0.01
    assert clock.told_s == pytest.approx(spent_s)
    # The last line tells what was spent before the last files and itself.
    after_s = 2 * write_s + line_s
    assert ended["telemetry_share"] == pytest.approx(
        (spent_s - after_s) / (spent_s - after_s + n_steps * 0.01), abs=0.003
    )


def test_a_run_that_tells_much_of_itself_is_saved_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs of a few milliseconds on a slow disk tell more than their share; a state is saved late, not never."""
    monkeypatch.setattr(engine, "LOOK_AT", 1_000_000)
    clocked(monkeypatch, 0.001, 0.002, 0.001, 0.0)
    folder = given.run(home, epochs=800, batch_size=64)
    assert train(folder) == "finished"
    told = folder.all_events()
    assert told[-1]["telemetry_share"] > 0.1
    assert "saved" in [event["event"] for event in told]


def test_events_come_at_most_every_fifty_milliseconds(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a millisecond each: a line for one in fifty, and the next gap twice as long past ten thousand lines."""
    monkeypatch.setattr(engine, "LOOK_AT", 1_000_000)
    clocked(monkeypatch, 0.001, 0.0, 0.0, 0.0)
    folder = given.run(home, epochs=20, batch_size=16)
    train(folder)
    steps = [event["step"] for event in folder.all_events() if event["event"] == "step"]
    assert {after - before for before, after in itertools.pairwise(steps)} <= {50, 51}
    with EventLog(home / "long.jsonl") as log:
        log.n = STRETCH_AT - 1
        gaps = [log.gap_s(0.05)]
        log.write("step", 1, 1)
        gaps.append(log.gap_s(0.05))
        log.n = 2 * STRETCH_AT
        gaps.append(log.gap_s(0.05))
    assert gaps == [0.05, 0.1, 0.2]
