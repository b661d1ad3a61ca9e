"""The process that trains: warm before anybody presses Start, on its own, and gone when it is no longer right.

It belongs to nobody: it has its own session, outlives the server that spawned it, takes one run after another from the
queue, and ends when idle, when its memory has grown, or when the sources of nnlab are no longer those it imported.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from nnlab.errors import ConflictError, NnlabError, StorageError
from nnlab.limits import Limits, limits
from nnlab.machine import one_thread_unless_said
from nnlab.runs import memory, queue
from nnlab.runs.files import make_folder, write_json
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Lock, myself
from nnlab.runs.slots import Slot, slots_folder
from nnlab.runs.sources import source_digest
from nnlab.runs.turn import Turn

GROWTH_BYTES = 200_000_000
EAGER_S, LAZY = 10.0, 4  # idle for that long, a worker looks so much more rarely: 2 % of a core where it took 4
SOURCES_GAP_S = 2.0  # between two looks at the sources while idle
SETTLE_S, READING_GAP_S = 0.05, 0.25  # see `Worker._sees_work`


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a worker until it is no longer needed; 0 also where one is there already."""
    parser = argparse.ArgumentParser(prog="python -m nnlab worker", description="Trains the runs in the queue.")
    parser.add_argument("--home", type=Path, help="the workspace; nothing said: NNLAB_HOME")
    chosen = parser.parse_args(argv)
    home = chosen.home or _home()
    # Read when torch is imported, so too late once it is.
    os.environ.update(one_thread_unless_said())
    place = _place(home, limits().slots)
    if place is None:
        return 0
    number, lock = place
    with lock:
        worker = Worker(home, number, limits())
        signal.signal(signal.SIGTERM, worker.call_off)
        signal.signal(signal.SIGINT, worker.call_off)  # Ctrl-C where it was started by hand
        memory.offer_to_the_kernel()
        worker.warm_up()
        worker.serve()
    return worker.succeed()


class Worker:
    """One warm process for one slot of one home."""

    def __init__(self, home: Path, number: int, granted: Limits) -> None:
        self.home, self.number, self.limits = home, number, granted
        self.sources = source_digest()
        self.called_off = ""
        self.start_bytes = 0
        self.is_tired = False
        self._queue_ns = 0
        self._settled = self._next_reading = 0.0
        self._is_waited_for = False

    def call_off(self, number: int, frame: FrameType | None) -> None:
        """Ends the worker at the next moment where nothing is lost: a run in training is paused at its exact state."""
        self.called_off = f"The worker was asked to end (signal {number})."

    def warm_up(self) -> None:
        """Pays every first-use cost of torch now, so that the first run starts at once; then says it is ready."""
        from nnlab.runs.rehearsal import rehearse

        rehearse()
        memory.give_back()
        gc.freeze()  # all that torch imported is not walked again: a tenth of a second after each turn of each run
        self.start_bytes = memory.used_bytes()
        me = myself()
        ready = {"pid": me.pid, "started": me.started, "sources": self.sources, "memory_bytes": self.start_bytes}
        write_json(slots_folder(self.home) / f"worker-{self.number}.json", ready)

    def serve(self) -> None:
        """Trains what is in the queue until there is a reason to leave."""
        idle_since = looked = time.monotonic()
        self._restore_dead_claims()
        slot = Slot(self.home, self.limits.slots)
        while not self.called_off:
            now = time.monotonic()
            if self._sees_work(now):
                if self._is_outdated():
                    return
                if self._take(slot):
                    if self.is_tired:
                        return
                    idle_since = time.monotonic()
                    continue
            if now - idle_since >= self.limits.idle_s:
                return
            if now - looked >= SOURCES_GAP_S:
                looked = now
                self._restore_dead_claims()
                if self._is_outdated() or not self.home.exists():
                    return
            time.sleep(self.limits.poll_s * (1 if now - idle_since < EAGER_S else LAZY))

    def _sees_work(self, now: float) -> bool:
        """Whether a run waits. Asks for the folder's time of change, and reads the folder only where that moved."""
        try:
            changed_ns = os.stat(self.home / "queue").st_mtime_ns
        except OSError:
            return False
        if changed_ns != self._queue_ns:
            # Two changes may bear one time: for a moment after one, every look reads.
            self._queue_ns, self._settled = changed_ns, now + SETTLE_S
        if now < self._settled or now >= self._next_reading:
            self._next_reading = now + READING_GAP_S
            self._is_waited_for = queue.has_waiting(self.home)
        return self._is_waited_for

    def succeed(self) -> int:
        """After the lock is let go: what came into the queue meanwhile must not wait for somebody to look."""
        if not self.called_off and queue.has_waiting(self.home):
            from nnlab.runs.spawn import ensure_worker

            ensure_worker(self.home)
        return 0

    def is_over(self, paused_s: float) -> bool:
        """Whether a paused run is left: another one waits, or nobody came back for as long as a worker idles."""
        return bool(self.called_off) or queue.has_waiting(self.home) or paused_s >= self.limits.idle_s

    def _take(self, slot: Slot) -> bool:
        """Claims and trains one run; False where no slot is free or another worker was quicker."""
        if not slot.take():
            return False
        try:
            assert slot.number is not None
            queue.restore_claims(self.home, slot.number)
            entry = queue.claim(self.home, slot.number)
            if entry is None:
                return False
            try:
                self._train(entry, slot)
            except (NnlabError, OSError) as error:
                self._set_aside(entry, error)
        finally:
            slot.release()
        self._rest()
        return True

    def _set_aside(self, entry: queue.Waiting, error: Exception) -> None:
        """A run that cannot even be taken leaves the queue with a note: it must not stand in everybody's way."""
        RunFolder(entry.folder).note(f"The worker could not take this run: {error}")
        with suppress(NnlabError):
            queue.begun(entry)

    def _train(self, entry: queue.Waiting, slot: Slot) -> None:
        from nnlab.runs.trainer import train

        folder = RunFolder(entry.folder)
        if not folder.exists or not folder.lock.take():
            queue.begun(entry)  # deleted, or trained in the foreground: in either case it waits no more
            return
        try:
            queue.begun(entry)
            outcome = train(folder, _WorkerTurn(self, slot, entry))
        except NnlabError as error:
            folder.note(str(error))
            outcome = "failed"
        finally:
            folder.lock.release()
        if outcome in ("finished", "stopped") and (folder.path / "test.safetensors").exists():
            self._judge(folder)
        if outcome == "paused" and not self.called_off:
            _wait_again(entry, folder)
        if outcome == "gave way" and not folder.is_held:
            # Where there are more slots, a worker may have met it in the queue while its lock was still held here.
            queue.enqueue(entry.home, entry.space, entry.run)

    def _restore_dead_claims(self) -> None:
        """What a worker claimed and died over waits again; its slot is taken first, so that no living one is robbed."""
        for entry in queue.claimed(self.home):
            lock = Lock(slots_folder(self.home) / f"{entry.slot}.lock")
            if lock.take(0.0):
                with lock:
                    queue.restore_claims(self.home, entry.slot or 0)

    def _judge(self, folder: RunFolder) -> None:
        """Starts the report, which needs what this process never imports."""
        from nnlab.runs.jobs import start_report

        with suppress(NnlabError, OSError):
            start_report(folder)

    def _rest(self) -> None:
        """After a run: gives memory back, and notes when it does not come back."""
        memory.give_back()
        self.is_tired = memory.used_bytes() > self.start_bytes + GROWTH_BYTES

    def _is_outdated(self) -> bool:
        return source_digest() != self.sources


class _WorkerTurn(Turn):
    """A run's turn in a worker: over after a while where other people wait, at once while it is paused.

    Runs of one space do not give way to each other: each would only end later.
    """

    def __init__(self, worker: Worker, slot: Slot, entry: queue.Waiting) -> None:
        super().__init__(slot)
        self.worker, self.entry = worker, entry

    def gives_way(self, trained_s: float) -> bool:
        granted = self.worker.limits
        if trained_s < granted.first_turn_s or not queue.has_waiting(self.entry.home):
            return False
        others = [each for each in queue.waiting(self.entry.home) if each.space != self.entry.space]
        is_over = trained_s >= granted.turn_s
        return bool(others) and (is_over or any(not each.has_begun for each in others))

    def wait_again(self) -> bool:
        try:
            queue.enqueue(self.entry.home, self.entry.space, self.entry.run)
        except (ConflictError, StorageError):  # a queue that is busy or cannot be written: no run is lost by courtesy
            return False
        return True

    def is_over(self, paused_s: float) -> bool:
        return self.worker.is_over(paused_s)

    def is_called_off(self) -> str:
        return self.worker.called_off


def _wait_again(entry: queue.Waiting, folder: RunFolder) -> None:
    """A run that was told to go on while it was being left goes back into the queue."""
    state = folder.state()
    if state.name != "paused" or state.cause:
        return
    control = folder.control()
    is_wanted = control.wanted == "run" or (control.step_to is not None and control.step_to > state.step)
    if is_wanted:
        queue.enqueue(entry.home, entry.space, entry.run)


def _place(home: Path, n_slots: int) -> tuple[int, Lock] | None:
    """One worker's lock of as many as there are slots; None where every slot has its worker."""
    folder = slots_folder(home)
    for number in range(n_slots):
        lock = Lock(folder / f"worker-{number}.lock")
        if lock.take():
            return number, lock
    return None


def _home() -> Path:
    from nnlab.runs.workspace import home

    return make_folder(home())


if __name__ == "__main__":
    sys.exit(main())
