"""The queue: fair between people, first come first served within one, and no run trained twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.errors import StorageError
from nnlab.runs import queue
from nnlab.runs.lock import Lock
from nnlab.runs.slots import Slot
from tests.batteries import battery

CLAIM = """
import json, sys
from pathlib import Path
from nnlab.runs import queue
home, slot = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
mine = []
while queue.has_waiting(home):
    entry = queue.claim(home, slot)
    if entry is not None:
        mine.append(entry.run)
        queue.begun(entry)
print(json.dumps(mine))
"""


def test_the_oldest_run_of_whoever_waited_longest_is_next(tmp_path: Path) -> None:
    """Ann queues three, then Bob one: Bob's comes second, for Ann was served a moment ago."""
    for space, run in (("ann", "a1"), ("ann", "a2"), ("ann", "a3"), ("bob", "b1")):
        queue.enqueue(tmp_path, space, run)
    assert [entry.run for entry in queue.waiting(tmp_path)] == ["a1", "b1", "a2", "a3"]
    assert queue.place(tmp_path, "bob", "b1") == 2
    served = []
    while (entry := queue.claim(tmp_path, 0)) is not None:
        queue.begun(entry)
        served.append(entry.run)
        if entry.run == "b1":
            queue.enqueue(tmp_path, "bob", "b2")
    assert served == ["a1", "b1", "a2", "b2", "a3"]
    assert not queue.has_waiting(tmp_path)


def test_a_run_waits_once_and_keeps_its_place(tmp_path: Path) -> None:
    """Queued twice is queued once."""
    first = queue.enqueue(tmp_path, "ann", "a1")
    queue.enqueue(tmp_path, "ann", "a2")
    assert queue.enqueue(tmp_path, "ann", "a1") == first
    assert [entry.run for entry in queue.waiting(tmp_path)] == ["a1", "a2"]


def test_a_run_is_withdrawn_once_or_claimed(tmp_path: Path) -> None:
    """Whoever comes second learns that it waits no more."""
    queue.enqueue(tmp_path, "ann", "a1")
    assert queue.withdraw(tmp_path, "ann", "a1")
    assert not queue.withdraw(tmp_path, "ann", "a1")
    assert queue.claim(tmp_path, 0) is None
    queue.enqueue(tmp_path, "ann", "a2")
    assert queue.claim(tmp_path, 0) is not None
    assert not queue.withdraw(tmp_path, "ann", "a2")


def test_what_a_dead_worker_claimed_waits_again(tmp_path: Path) -> None:
    """Claimed and not begun, it is still queued, and the next holder of the slot puts it back in its place."""
    queue.enqueue(tmp_path, "ann", "a1")
    queue.enqueue(tmp_path, "ann", "a2")
    claimed = queue.claim(tmp_path, 1)
    assert claimed is not None
    assert queue.find(tmp_path, "ann", "a1") == claimed
    assert queue.place(tmp_path, "ann", "a1") is None
    queue.restore_claims(tmp_path, 0)
    assert queue.claimed(tmp_path) == [claimed]
    queue.restore_claims(tmp_path, 1)
    assert [entry.run for entry in queue.waiting(tmp_path)] == ["a1", "a2"]


def test_many_workers_claim_each_run_exactly_once(tmp_path: Path) -> None:
    """Four processes race for the runs of three people; every run goes to one of them."""
    n_runs = battery(40, 400)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(tmp_path), str(slot)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for slot in range(4)
    ]
    runs = [f"run{number}" for number in range(n_runs)]
    for number, run in enumerate(runs):
        queue.enqueue(tmp_path, f"person{number % 3}", run)
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [json.loads(child.communicate()[0]) for child in children]
    assert sorted(run for mine in answers for run in mine) == sorted(runs)


def test_a_damaged_record_of_turns_loses_no_run(tmp_path: Path) -> None:
    """Fairness starts anew, that is all; foreign files in the folder are passed over."""
    queue.enqueue(tmp_path, "ann", "a1")
    (tmp_path / "queue" / "served.json").write_text("{half")
    (tmp_path / "queue" / "notes.txt").write_text("hello")
    entry = queue.claim(tmp_path, 0)
    assert entry is not None
    assert entry.run == "a1"


@pytest.mark.parametrize("name", ["../../etc", "a b", "", "x" * 200])
def test_a_crafted_name_is_no_place(tmp_path: Path, name: str) -> None:
    """What could lead out of the folder is refused, and nothing is made."""
    with pytest.raises(StorageError):
        queue.enqueue(tmp_path, "ann", name)
    assert [path.name for path in (tmp_path / "queue").iterdir()] == [".lock"]


def test_slots_are_as_many_as_granted(tmp_path: Path) -> None:
    """The third has to wait until one of two lets go."""
    first, second, third = (Slot(tmp_path, 2) for _ in range(3))
    assert first.take()
    assert second.take()
    assert {first.number, second.number} == {0, 1}
    assert not third.take()
    first.release()
    assert third.take()
    second.release()
    third.release()
    assert not Lock(tmp_path / "slots" / "0.lock").is_mine
