"""A run that cannot be taken stands in nobody's way."""

from __future__ import annotations

from pathlib import Path

from nnlab.limits import limits
from nnlab.runs import queue
from nnlab.runs.slots import Slot
from nnlab.runs.worker import Worker
from tests.runs import given


def test_a_run_that_cannot_be_taken_leaves_the_queue_and_the_next_one_trains(home: Path) -> None:
    """A lock that cannot be opened ends neither worker nor queue: the run gets a note, the next one its turn."""
    bad, good = given.run(home, epochs=1), given.run(home, epochs=1)
    (bad.path / "run.lock").mkdir()
    for folder in (bad, good):
        queue.enqueue(home, "local", folder.id)
    worker, slot = Worker(home, 0, limits()), Slot(home, 1)
    assert worker._take(slot)
    assert worker._take(slot)
    assert not queue.has_waiting(home)
    assert "could not take this run" in (bad.path / "log.txt").read_text()
    assert good.state().name == "finished"


def test_a_record_of_turns_that_cannot_be_written_keeps_no_run_waiting(home: Path) -> None:
    """Who was served last is a courtesy: without its file the queue still moves."""
    folder = given.run(home, epochs=1)
    queue.enqueue(home, "local", folder.id)
    (home / "queue" / "served.json").mkdir(parents=True)
    assert Worker(home, 0, limits())._take(Slot(home, 1))
    assert folder.state().name == "finished"
