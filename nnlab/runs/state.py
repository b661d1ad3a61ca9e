"""What a run is doing, decided by the reader: lock, then queue, then the last event; and why, as far as known."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nnlab.errors import StorageError
from nnlab.limits import limits
from nnlab.runs import queue
from nnlab.runs.events import FINAL, Event
from nnlab.runs.files import read_json, read_lines, write_json
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Holder, holder_of

StateName = Literal["queued", "running", "paused", "interrupted", "stopped", "finished", "failed"]
TAIL_BYTES = 65_536
LAST_BYTES = 4_096  # enough for the last event of nearly every run
LOOKS = 3  # before a run counts as interrupted: a worker may be taking it out of the queue just now
MOST_PULSES = 1_000


@dataclass(frozen=True)
class RunState:
    """A run's state at one moment; `cause` is one sentence or empty, `last` the last event that was written."""

    name: StateName
    cause: str = ""
    last: Event | None = None
    place: int | None = None  # in the queue, 1 is next
    silent_s: float = 0.0  # by this process's own clock, while it runs
    is_answering: bool = True
    error: dict[str, Any] | None = None  # the four parts and the repair, where the run failed

    @property
    def is_alive(self) -> bool:
        """Whether it is still going to change without being asked."""
        return self.name in ("queued", "running")

    @property
    def is_final(self) -> bool:
        return self.name in FINAL

    @property
    def step(self) -> int:
        return int((self.last or {}).get("step") or 0)

    @property
    def epoch(self) -> int:
        return int((self.last or {}).get("epoch") or 0)


def state_of(folder: RunFolder) -> RunState:
    """The run's state now; a folder that is gone is interrupted, with that as its cause."""
    for _look in range(LOOKS):
        state = _seen(folder)
        if state.name != "interrupted":
            return state
    return state


def write_exit(folder: RunFolder, holder: Holder, code: int) -> None:
    """Puts on record how the process that held the run ended; by its parent, who alone knows."""
    record = {"pid": holder.pid, "started": holder.started, "code": code}
    write_json(folder.path / "exit.json", record)


def tail(path: Path, n_bytes: int = TAIL_BYTES) -> list[Event]:
    """The whole events within the last bytes of the file."""
    try:
        size = path.stat().st_size
    except OSError:
        return []
    events, _ = read_lines(path, max(0, size - n_bytes))
    return [event for event in events if "event" in event]


def last_event(path: Path) -> Event | None:
    """The last whole event of the file; reads only its end."""
    events = tail(path, LAST_BYTES) or tail(path)
    return events[-1] if events else None


def _seen(folder: RunFolder) -> RunState:
    # The lock is looked at first: whatever it says, the events read after it are at least as new.
    if folder.is_held:
        return _held(folder)
    place = _place(folder)
    last = last_event(folder.path / "events.jsonl")
    if place is not None:
        return RunState("queued", last=last, place=place or None)
    if last is not None and last["event"] in FINAL:
        name: StateName = last["event"]
        return RunState(name, str(last.get("cause") or ""), last, error=last.get("error"))
    if last is not None and last["event"] == "paused":
        return RunState("paused", str(last.get("cause") or ""), last)
    return RunState("interrupted", _cause(folder), last)


def _held(folder: RunFolder) -> RunState:
    last = last_event(folder.path / "events.jsonl")
    if last is not None and last["event"] == "paused":
        return RunState("paused", str(last.get("cause") or ""), last)
    silent_s = _PULSES.silent_s(folder.path / "events.jsonl")
    if silent_s >= limits().silent_s:
        cause = f"The run is not answering: it has said nothing for {silent_s:.0f} s."
        return RunState("running", cause, last, silent_s=silent_s, is_answering=False)
    return RunState("running", "", last, silent_s=silent_s)


def _place(folder: RunFolder) -> int | None:
    """The place in the queue; 0 for a run that is claimed but not begun, None for one that does not wait."""
    if folder.home is None:
        return None
    found = queue.find(folder.home, folder.space, folder.id)
    if found is None:
        return None
    return queue.place(folder.home, folder.space, folder.id) or 0


def _cause(folder: RunFolder) -> str:
    if not folder.exists:
        return "The run is no longer there: it was deleted, or the server woke up on an empty disk."
    events = tail(folder.path / "events.jsonl")
    if not events:
        return "It never began: whoever started it ended before it was in the queue."
    code = _exit_code(folder)
    if code is not None and code < 0:
        often = ", often memory" if code == -9 else ""
        return f"The process that trained it was ended by signal {-code}{often}.{_memory(events)}"
    if code is not None:
        return f"The process that trained it ended with code {code}.{_memory(events)}"
    return f"The process that trained it ended without a word.{_memory(events)}"


def _exit_code(folder: RunFolder) -> int | None:
    """How the last process to hold the run ended, if its parent saw it."""
    holder = holder_of(folder.lock.path)
    try:
        record = read_json(folder.path / "exit.json", 10_000)
    except StorageError:
        return None
    if holder is None or not isinstance(record, dict) or not isinstance(record.get("code"), int):
        return None
    is_same = (record.get("pid"), record.get("started")) == (holder.pid, holder.started)
    return int(record["code"]) if is_same else None


def _memory(events: list[Event]) -> str:
    used = next((event["memory_bytes"] for event in reversed(events) if event.get("memory_bytes")), None)
    if not isinstance(used, int | float):
        return ""
    total = next((event["machine_bytes"] for event in reversed(events) if event.get("machine_bytes")), None)
    of = f" of the machine's {_gigabytes(total)}" if isinstance(total, int | float) else ""
    return f" It last held {_gigabytes(used)}{of}."


def _gigabytes(n_bytes: float) -> str:
    if n_bytes < 1e9:
        return f"{n_bytes / 1e6:.0f}\u00a0MB"
    return f"{n_bytes / 1e9:.1f}\u00a0GB"


class _Pulses:
    """When this process last saw each events file grow, by its own monotonic clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    def silent_s(self, path: Path) -> float:
        now, key = time.monotonic(), os.fspath(path)
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        known = self._seen.get(key)
        if known is None or known[0] != size:
            if len(self._seen) >= MOST_PULSES:
                self._seen.clear()  # every run then gets its full time of silence again
            self._seen[key] = known = (size, now)
        return now - known[1]


_PULSES = _Pulses()
