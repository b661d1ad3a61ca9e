"""Runs that wait for a slot: one file each, claimed by renaming it, so that two workers never train the same run.

The name of a file carries its number, its space and its run. Numbers count up and no clock is asked. Next is the
oldest run of the space that has waited longest: since it was last served, or since its oldest run came.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nnlab.errors import ConflictError, NotFoundError, StorageError
from nnlab.runs.files import make_folder, move, read_json, remove, write_bytes, write_json
from nnlab.runs.lock import Lock

NAME = re.compile(r"(\d{12,})~([A-Za-z0-9_-]{1,128})~([A-Za-z0-9_-]{1,64})(?:\.claimed-(\d+))?")
WAIT_S = 10.0


@dataclass(frozen=True)
class Waiting:
    """One run in the queue; `slot` is the number of the slot whose worker claimed it and has not begun yet."""

    home: Path
    number: int
    space: str
    run: str
    slot: int | None = None

    @property
    def path(self) -> Path:
        claimed = "" if self.slot is None else f".claimed-{self.slot}"
        return self.home / "queue" / f"{self.number:012d}~{self.space}~{self.run}{claimed}"

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.home / "spaces" / self.space / "runs" / self.run

    @property
    def has_begun(self) -> bool:
        """Whether it has trained before, and gave way or was paused."""
        return (self.folder / "events.jsonl").exists()


def enqueue(home: Path, space: str, run: str) -> Waiting:
    """The run's place in the queue, made once: a run that waits already keeps the place it has."""
    make_folder(home / "queue")
    with _guarded(home):
        known = _all(home)
        for entry in known:
            if (entry.space, entry.run) == (space, run):
                return entry
        entry = Waiting(home, _next_number(known, _served(home)), space, run)
        if not NAME.fullmatch(entry.path.name):
            raise StorageError("this run has no name that could wait in a queue", came=f"{space}/{run}"[:200])
        write_bytes(entry.path, b"")
        return entry


def claim(home: Path, slot: int) -> Waiting | None:
    """The run to train next, now claimed for this slot, or None; called by whoever holds the slot.

    Remove the claim with `begun` once run.lock is held: until then the run counts as queued.
    """
    for entry in waiting(home):
        mine = Waiting(home, entry.number, entry.space, entry.run, slot)
        try:
            move(entry.path, mine.path)
        except NotFoundError:
            continue  # another worker was quicker, or the run was withdrawn
        with suppress(StorageError), _guarded(home):  # who was served when is a courtesy, the claim is what counts
            served, rest = _served(home), _all(home)
            served[entry.space] = _next_number(rest, served)
            oldest = min((other.number for other in rest if other != mine), default=None)
            # A mark older than every waiting run can decide nothing any more.
            kept = {space: mark for space, mark in served.items() if oldest is not None and mark > oldest}
            if kept != _served(home):  # where nobody else waits nothing is written, and the run starts sooner
                write_json(home / "queue" / "served.json", kept)
        return mine
    return None


def begun(entry: Waiting) -> None:
    """The claimed run is out of the queue: from here on its lock says that it trains."""
    remove(entry.path)


def give_back(entry: Waiting) -> None:
    """Puts a claimed run back to where it waited."""
    with suppress(NotFoundError):
        move(entry.path, Waiting(entry.home, entry.number, entry.space, entry.run).path)


def restore_claims(home: Path, slot: int) -> None:
    """Puts back what a worker that died had claimed for this slot; called by whoever holds the slot now."""
    for entry in _all(home):
        if entry.slot == slot:
            give_back(entry)


def claimed(home: Path) -> list[Waiting]:
    """The runs that a worker has claimed and not begun; one whose slot nobody holds was claimed by the dead."""
    return [entry for entry in _all(home) if entry.slot is not None]


def withdraw(home: Path, space: str, run: str) -> bool:
    """Takes a run out of the queue; False where it does not wait (any more)."""
    entry = find(home, space, run)
    if entry is None or entry.slot is not None:
        return False
    try:
        # Renamed first: of several who want this run only one gets it.
        taken = entry.path.with_name(f".withdrawn-{entry.path.name}")
        move(entry.path, taken)
    except NotFoundError:
        return False
    remove(taken)
    return True


def find(home: Path, space: str, run: str) -> Waiting | None:
    """The run's place in the queue, claimed or not; None where it does not wait."""
    return next((entry for entry in _all(home) if (entry.space, entry.run) == (space, run)), None)


def waiting(home: Path) -> list[Waiting]:
    """The unclaimed runs in the order in which they will be trained."""
    left = [entry for entry in _all(home) if entry.slot is None]
    served = _served(home) if left else {}
    mark = _next_number(left, served)
    ordered: list[Waiting] = []
    while left:
        oldest = {entry.space: entry for entry in reversed(left)}  # left is sorted: the first of each space stays
        chosen = min(oldest.values(), key=lambda entry: (max(entry.number, served.get(entry.space, 0)), entry.number))
        ordered.append(chosen)
        left.remove(chosen)
        served = {**served, chosen.space: mark}
        mark += 1
    return ordered


def has_waiting(home: Path) -> bool:
    """Whether any run waits unclaimed: one look at the folder."""
    try:
        with os.scandir(home / "queue") as entries:
            return any((match := NAME.fullmatch(entry.name)) and match[4] is None for entry in entries)
    except FileNotFoundError:
        return False


def runs_of(home: Path, space: str) -> set[str]:
    """The runs of a space that wait, or are claimed and have not begun."""
    return {entry.run for entry in _all(home) if entry.space == space}


def n_others(home: Path, space: str) -> int:
    """How many other spaces have runs that wait; no more is told of them to anybody."""
    return len({entry.space for entry in _all(home) if entry.slot is None} - {space})


def place(home: Path, space: str, run: str) -> int | None:
    """How many runs are trained before this one is, itself counted: 1 is next; None where it does not wait."""
    for position, entry in enumerate(waiting(home), 1):
        if (entry.space, entry.run) == (space, run):
            return position
    return None


@contextmanager
def _guarded(home: Path) -> Iterator[None]:
    lock = Lock(home / "queue" / ".lock")
    if not lock.take(WAIT_S):
        raise ConflictError("the queue is busy", where="queue", do="Try again in a moment.")
    with lock:
        yield


def _all(home: Path) -> list[Waiting]:
    """Every entry, claimed ones included, by number."""
    try:
        names = os.listdir(home / "queue")
    except FileNotFoundError:
        return []
    found = [match for match in map(NAME.fullmatch, names) if match]
    entries = [
        Waiting(home, int(number), space, run, None if slot is None else int(slot))
        for number, space, run, slot in (match.groups() for match in found)
    ]
    return sorted(entries, key=lambda entry: entry.number)


def _served(home: Path) -> dict[str, int]:
    try:
        plain = read_json(home / "queue" / "served.json")
    except StorageError:
        return {}  # fairness starts anew; no run is lost by it
    if not isinstance(plain, dict):
        return {}
    return {space: mark for space, mark in plain.items() if isinstance(mark, int)}


def _next_number(entries: list[Waiting], served: dict[str, int]) -> int:
    return max([0, *(entry.number for entry in entries), *served.values()]) + 1
