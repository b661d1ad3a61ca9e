"""Runs of several people on one slot: each begins soon, each goes on where it was, and none has other bits for it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from nnlab.errors import ConflictError, NnlabError, StorageError
from nnlab.limits import Limits
from nnlab.runs import queue
from nnlab.runs.folder import RunFolder
from nnlab.runs.slots import Slot
from nnlab.runs.start import pause_run, resume_run
from nnlab.runs.trainer import train
from nnlab.runs.worker import Worker
from tests.batteries import battery
from tests.runs import given
from tests.runs.given import assert_equal_bits, names, weights

pytestmark = pytest.mark.timeout(300)
AT_ONCE = Limits(first_turn_s=0.0, turn_s=0.1, control_s=0.0)


@pytest.fixture(autouse=True)
def _looks_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer asks at every step, so that a run of two seconds has many turns; nobody judges."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"control_s": 0, "event_s": 0.01}')
    monkeypatch.setattr("nnlab.runs.trainer.LONGEST_LOOK_GAP_S", 0.0)
    monkeypatch.setattr("nnlab.runs.jobs.start_report", lambda folder: None)
    gc.freeze()  # as a worker does once it is warm


def in_queue(home: Path, space: str, seed: int, epochs: int = 25) -> RunFolder:
    folder = given.run(home, space=space, seed=seed, epochs=epochs)
    queue.enqueue(home, space, folder.id)
    return folder


def served(home: Path, granted: Limits = AT_ONCE) -> None:
    """A worker takes what waits until nothing does."""
    worker, slot = Worker(home, 0, granted), Slot(home, 1)
    worker.start_bytes = 10**12  # it never tires
    while queue.has_waiting(home):
        assert worker._take(slot)


def test_every_curve_begins_before_any_run_ends(tmp_path: Path) -> None:
    """Of people in a queue, each has a step told before the first is through; all end with the bits of a run alone."""
    people = [f"person{n}" for n in range(battery(3, 8))]
    runs = [in_queue(tmp_path, person, seed) for seed, person in enumerate(people)]
    served(tmp_path)
    assert all(folder.state().name == "finished" for folder in runs)
    first_step = [next(e["at"] for e in folder.all_events() if e["event"] == "step") for folder in runs]
    first_end = min(folder.all_events()[-1]["at"] for folder in runs)
    assert max(first_step) <= first_end
    assert all("gave way" in names(folder) for folder in runs[:-1])
    for seed, folder in enumerate(runs):
        alone = given.run(tmp_path, space="alone", seed=seed, epochs=25)
        assert train(alone) == "finished"
        assert_equal_bits(weights(alone), weights(folder))
        assert_equal_bits(weights(alone, "best"), weights(folder, "best"))


def test_a_turn_is_short_only_while_somebody_has_not_begun(tmp_path: Path) -> None:
    """Once all have begun, a run keeps the slot for the longer turn."""
    runs = [in_queue(tmp_path, person, 0) for person in ("anna", "ben")]
    served(tmp_path, AT_ONCE.having(turn_s=60.0))
    assert [names(folder).count("gave way") for folder in runs] == [1, 0]
    assert all(folder.state().name == "finished" for folder in runs)


def test_ones_own_runs_do_not_give_way_to_each_other(tmp_path: Path) -> None:
    """Each would only end later."""
    runs = [in_queue(tmp_path, "anna", seed, epochs=5) for seed in range(2)]
    served(tmp_path)
    assert all(names(folder).count("gave way") == 0 for folder in runs)


def test_a_run_that_gave_way_waits_and_can_be_withdrawn(tmp_path: Path) -> None:
    """It is in the queue like any other, keeps its best weights when it is stopped there, and its place is told."""
    from nnlab.runs.start import stop_run

    first, second = (in_queue(tmp_path, person, 0) for person in ("anna", "ben"))
    worker, slot = Worker(tmp_path, 0, AT_ONCE), Slot(tmp_path, 1)
    assert worker._take(slot)
    assert names(first)[-1] == "gave way"
    state = first.state()
    assert (state.name, state.place, state.step > 0) == ("queued", 2, True)
    assert second.state().place == 1
    stop_run(first)
    assert first.state().name == "stopped"
    served(tmp_path)
    assert second.state().name == "finished"
    assert "gave way" not in names(second)


def test_a_person_s_pause_beats_the_next_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused while it waits, it waits no more; told to go on, it ends with its own bits."""
    monkeypatch.setattr("nnlab.runs.start.ensure_worker", lambda home: 0)
    first, second = (in_queue(tmp_path, person, 0, epochs=6) for person in ("anna", "ben"))
    assert Worker(tmp_path, 0, AT_ONCE)._take(Slot(tmp_path, 1))
    step = first.state().step
    pause_run(first)
    assert (first.state().name, first.state().step) == ("paused", step)
    served(tmp_path)
    assert (first.state().name, second.state().name) == ("paused", "finished")
    resume_run(first)
    served(tmp_path)
    assert first.state().name == "finished"
    assert_equal_bits(weights(first), weights(second))


@pytest.mark.parametrize("error", [ConflictError("the queue is busy"), StorageError("it cannot be written")])
def test_where_the_queue_takes_nothing_a_run_trains_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: NnlabError
) -> None:
    """Giving way is a courtesy: it never fails a run."""
    first, second = (in_queue(tmp_path, person, 0, epochs=3) for person in ("anna", "ben"))

    def refuse(home: Path, space: str, run: str) -> queue.Waiting:
        raise error

    monkeypatch.setattr(queue, "enqueue", refuse)
    served(tmp_path)
    assert [folder.state().name for folder in (first, second)] == ["finished", "finished"]
    assert "gave way" not in names(first)


def test_killed_while_it_gives_way_a_run_goes_on_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits before the line is written that says so: the next worker finds it in the queue, and its state whole."""
    first, second = (in_queue(tmp_path, person, 0) for person in ("anna", "ben"))
    monkeypatch.setattr("nnlab.runs.events.EventLog.write", _dying_at("gave way"))
    with pytest.raises(KeyboardInterrupt):
        Worker(tmp_path, 0, AT_ONCE)._take(Slot(tmp_path, 1))
    monkeypatch.undo()
    monkeypatch.setattr("nnlab.runs.jobs.start_report", lambda folder: None)
    assert first.state().name == "queued"
    served(tmp_path, Limits())
    assert [folder.state().name for folder in (first, second)] == ["finished", "finished"]
    assert_equal_bits(weights(first), weights(second))


def _dying_at(word: str):  # type: ignore[no-untyped-def]
    from nnlab.runs.events import EventLog

    write = EventLog.write

    def dying(self: EventLog, event: str, step: int, epoch: int, **more: object) -> None:
        if event == word:
            raise KeyboardInterrupt
        write(self, event, step, epoch, **more)

    return dying
