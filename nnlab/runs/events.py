"""What a run said: a JSON object a line with `event`, `step`, `epoch` and the heartbeat `n`, appended, never changed.

Order is the order of lines, never of clocks. After `resumed` the run goes on from the step it names: what had been
said about later steps counts no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from nnlab.runs.files import Lines, read_lines

Event = dict[str, Any]
FINAL = ("stopped", "finished", "failed")
TELLING = ("started", "resumed", "paused", *FINAL)  # the events that decide a run's state
STRETCH_AT = 10_000  # lines after which the least time between two of them doubles, and again after as many


class EventLog:
    """The writer's end: numbers the lines on and keeps the time spent on them. Held by whoever holds the lock."""

    def __init__(self, path: Path) -> None:
        known, _ = read_lines(path)
        self.is_new = last_telling(event for event in known if "event" in event) is None
        self.n = max((event["n"] for event in known if isinstance(event.get("n"), int)), default=0)
        self.spent_s = self.last_s = 0.0
        self._lines = Lines(path)

    def write(self, event: str, step: int, epoch: int, **more: Any) -> None:
        """Adds one line; raises `StorageError` where the disk is full or the folder gone.

        `at` is the wall clock's time, for people to read only.
        """
        began = time.perf_counter()
        line = {"event": event, "step": step, "epoch": epoch, "n": self.n + 1, **more, "at": round(time.time(), 3)}
        self._lines.append(line)
        self.n += 1
        self.last_s = time.perf_counter() - began
        self.spent_s += self.last_s

    def gap_s(self, least_s: float) -> float:
        """The least time between two gated events: `least_s`, doubled after every `STRETCH_AT` lines."""
        return float(least_s * 2 ** min(self.n // STRETCH_AT, 20))

    def flush(self) -> None:
        self._lines.flush()

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class EventReader:
    """The reader's end: each call gives what is new, reading only the bytes that were added."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._file = 0

    def new(self) -> list[Event]:
        """The events since the last call; from the start again where the file was replaced or cut."""
        try:
            stat = self.path.stat()
        except OSError:
            return []
        if stat.st_ino != self._file or stat.st_size < self._offset:
            self._file, self._offset = stat.st_ino, 0
        if stat.st_size == self._offset:
            return []
        events, self._offset = read_lines(self.path, self._offset)
        return [event for event in events if "event" in event]


def read_events(path: Path) -> list[Event]:
    """All events as they were written; none where the file is not there."""
    return EventReader(path).new()


def effective(events: Iterable[Event]) -> list[Event]:
    """The events that count, in order: later ones supersede earlier ones of the same step, and what was told of steps
    after the one that `resumed` goes on from is left out."""
    kept: list[Event] = []
    for event in events:
        if event["event"] == "resumed":
            kept = [old for old in kept if not (old["event"] in ("step", "epoch") and _step(old) > _step(event))]
        kept.append(event)
    latest = {(event["event"], _step(event)): position for position, event in enumerate(kept)}
    return [
        event
        for position, event in enumerate(kept)
        if event["event"] not in ("step", "epoch") or latest[event["event"], _step(event)] == position
    ]


def last_telling(events: Iterable[Event]) -> Event | None:
    """The last event that decides the state, or None before the start."""
    last = None
    for event in events:
        if event["event"] in TELLING:
            last = event
    return last


class Curves(NamedTuple):
    """The curves of a run as arrays; NaN where a value was not finite or not computed."""

    step: np.ndarray[Any, np.dtype[np.int64]]  # (S,) steps at which a loss was told
    step_loss: np.ndarray[Any, np.dtype[np.float64]]  # (S,)
    epoch: np.ndarray[Any, np.dtype[np.int64]]  # (E,)
    epoch_step: np.ndarray[Any, np.dtype[np.int64]]  # (E,) last step of each epoch
    train_loss: np.ndarray[Any, np.dtype[np.float64]]  # (E,)
    validation_loss: np.ndarray[Any, np.dtype[np.float64]]  # (E,)
    metric: np.ndarray[Any, np.dtype[np.float64]]  # (E,)
    learning_rate: np.ndarray[Any, np.dtype[np.float64]]  # (E,)
    metric_name: str
    best_epoch: int | None
    resumed_at: tuple[int, ...]  # steps from which the run went on after an end or a pause


def curves(events: Iterable[Event]) -> Curves:
    """The curves that the events draw, after what later events supersede is left out."""
    counted = effective(events)
    steps = [event for event in counted if event["event"] == "step"]
    epochs = [event for event in counted if event["event"] == "epoch"]
    return Curves(
        step=np.array([_step(event) for event in steps], dtype=np.int64),
        step_loss=_column(steps, "loss"),
        epoch=np.array([int(event.get("epoch") or 0) for event in epochs], dtype=np.int64),
        epoch_step=np.array([_step(event) for event in epochs], dtype=np.int64),
        train_loss=_column(epochs, "train_loss"),
        validation_loss=_column(epochs, "validation_loss"),
        metric=_column(epochs, "metric_value"),
        learning_rate=_column(epochs, "learning_rate"),
        metric_name=str(epochs[-1].get("metric") or "") if epochs else "",
        best_epoch=best_epoch(counted),
        resumed_at=tuple(_step(event) for event in counted if event["event"] == "resumed"),
    )


def best_epoch(events: Iterable[Event]) -> int | None:
    """The epoch whose weights are kept as the best, by the last event that says so."""
    best: int | None = None
    for event in events:
        if isinstance(event.get("best_epoch"), int):
            best = event["best_epoch"]
    return best


def _step(event: Event) -> int:
    return int(event.get("step") or 0)


def _column(events: list[Event], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = [event.get(name) for event in events]
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
