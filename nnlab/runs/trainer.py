"""Trains one run in this process, from its folder and its encoded tensors alone, and says in events what happens.

Whoever calls this becomes the holder of run.lock. It looks at what is wanted by the clock, several times a second, so
Stop ends within one batch; a pause computes nothing; a full disk, a diverging loss or a deleted folder each end it
tidily, with what was saved before still whole.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from nnlab.errors import ConflictError, LimitError, NnlabError, StorageError, TrainingError
from nnlab.limits import limits
from nnlab.runs.events import FINAL, EventLog
from nnlab.runs.files import remove, sweep
from nnlab.runs.folder import Control, RunFolder
from nnlab.runs.memory import used_bytes
from nnlab.runs.state import last_event
from nnlab.runs.turn import Turn

if TYPE_CHECKING:
    from nnlab.runs.assemble import Parts
    from nnlab.training.engine import Engine
    from nnlab.training.events import Epoch, Step

    Opening = Callable[[RunFolder], tuple[Parts, Engine]]

Outcome = Literal["finished", "stopped", "failed", "paused", "gave way", "gone"]
MEMORY_GAP_S = 1.0
SMALL_PARTS = 8  # a line and a look each keep to this part of the share that a checkpoint may take
LONGEST_LOOK_GAP_S = 0.3  # Stop is heard within that, however slow the disk
LEFT_FOR_LINES = 0.9  # of the share is for what has been told when a checkpoint is written


class _Leave(Exception):
    """The run is paused and this process lets go of it."""


class _GaveWay(Exception):
    """The run waits for its next turn, and this process lets go of it."""


class _Gone(Exception):
    """The run's folder was deleted."""


def train(folder: RunFolder, turn: Turn | None = None, opening: Opening | None = None) -> Outcome:
    """Trains the run to its end, or until somebody stops or deletes it; going on exactly where it was before.

    `opening` gives rows and engine of the folder where they are not what `assemble` makes of it.
    Raises `ConflictError` where another process holds the run. What goes wrong in the run itself is not raised: it is
    the run's last event.
    """
    if not folder.lock.take():
        raise ConflictError("this run is being trained already", where=folder.id, do="Follow it on its page.")
    try:
        return _Session(folder, turn or Turn(), opening).run()
    finally:
        folder.lock.release()


class _Session:
    """One stretch of training between taking the lock and letting it go."""

    def __init__(self, folder: RunFolder, turn: Turn, opening: Opening | None) -> None:
        self.folder, self.turn, self.limits, self.opening = folder, turn, limits(), opening
        self.step = self.epoch = 0
        self.control = Control()
        self.pause_at: int | None = None
        self.is_open = False  # engine and saver are there
        self.looking_s = 0.0
        self._next_line = self._next_look = self._next_memory = 0.0

    def run(self) -> Outcome:
        """Opens, trains, and puts every way it can end into words."""
        try:
            sweep(self.folder.path)
            self.log = EventLog(self.folder.path / "events.jsonl")
        except StorageError as error:
            if not self.folder.exists:
                return "gone"
            raise error.within("the run's folder") from None
        try:
            return self._train()
        except _Gone:
            return "gone"
        except _Leave:
            return "paused"
        except _GaveWay:
            return "gave way"
        except StorageError as error:
            return self._ended_by_storage(error)
        except NnlabError as error:
            return self._failed(error)
        except Exception as error:
            from nnlab.training.causes import is_out_of_memory

            if is_out_of_memory(error):
                return self._failed(LimitError("the memory is full", do="Make the network or the batch smaller."))
            self.folder.note(traceback.format_exc())
            came = f"{type(error).__name__}: {error}"[:500]
            do = "The run's log.txt has the details; please report it."
            return self._failed(TrainingError("this is a fault of nnlab's own", came=came, do=do))
        finally:
            self.log.close()

    def _train(self) -> Outcome:
        self.control = self.folder.control()
        if self.control.wanted == "stop":
            last = last_event(self.folder.path / "events.jsonl") or {}
            # Whoever asked may have written the end before this process had the lock.
            told = last.get("event")
            return self._end("stopped") if told not in FINAL else "failed" if told == "failed" else "stopped"
        self._open()
        self._look()
        from nnlab.training.events import Step

        events = self.engine.run()
        try:
            for event in events:
                self.step, self.epoch = event.step, event.epoch
                if self._after_step(event) if isinstance(event, Step) else self._after_epoch(event):
                    return self._end("stopped")
        finally:
            events.close()
        return self._end("finished", reason=self.engine.finished)

    def _open(self) -> None:
        """The engine, ready at the step to go on from, and the event that says so."""
        from nnlab.runs.assemble import assemble, restore
        from nnlab.runs.saver import Saver

        self.encoded, self.engine = (self.opening or assemble)(self.folder)
        caution = restore(self.folder, self.engine, self.control.origin)
        self.saver = Saver(self.folder, self.engine, self.limits.checkpoint_ratio)
        self.saver.go_on()
        self._seconds_before = self.engine.seconds + self.engine.epoch_seconds
        self.step, self.epoch = self.engine.step, self.engine.epoch
        self.log.write("started" if self.log.is_new else "resumed", self.step, self.epoch, **self._facts())
        if caution:
            self.log.write("caution", self.step, self.epoch, cause=caution)
        self._clear_judgement()
        self.is_open = True
        self._opened_at, self._opened_step = time.monotonic(), self.step

    def _facts(self) -> dict[str, Any]:
        from torch import get_num_threads

        from nnlab.machine import memory

        engine = self.engine
        return {
            "epochs": engine.training.epochs,
            "steps": engine.n_steps,
            "steps_per_epoch": len(engine.sizes),
            "batch_size": engine.training.batch_size,
            "n_train": engine.n_train,
            "n_parameters": sum(parameter.numel() for parameter in engine.module.parameters()),
            "device": engine.choice.device.name,
            "device_reason": engine.choice.reason,
            "threads": get_num_threads(),
            "memory_bytes": used_bytes(),
            "machine_bytes": memory().total_bytes,
        }

    def _after_step(self, event: Step) -> bool:
        """Tells, looks and saves as the clock allows; True where the run is to stop."""
        now = time.monotonic()
        if self.engine.notes:
            self._note()
        for caution in self.engine.cautions:
            self.folder.note(caution)
            self.log.write("caution", event.step, event.epoch, cause=caution)
        self.engine.cautions.clear()
        if now >= self._next_line:
            self.log.write("step", event.step, event.epoch, loss=event.loss.item(), **self._memory(now))
            self._next_line = now + max(self.log.gap_s(self.limits.event_s), self._gap_s(self.log.last_s))
        if self.saver.is_due(now):
            self._save(now)
        if now >= self._next_look:
            self._look()
        is_last_of_epoch = event.step % len(self.engine.sizes) == 0
        if self.pause_at is not None and event.step >= self.pause_at and not is_last_of_epoch:
            return self._pause()
        return self.control.wanted == "stop"

    def _note(self) -> None:
        """Puts what the engine has to say of itself into the run's log."""
        began = time.monotonic()
        self.folder.note("\n".join(self.engine.notes))
        self.engine.notes.clear()
        self.looking_s += time.monotonic() - began

    def _after_epoch(self, event: Epoch) -> bool:
        if event.is_best:
            self.saver.best_is_new()
        plain = {name: value for name, value in event.plain().items() if name not in ("event", "step", "epoch")}
        now = time.monotonic()
        is_stretched = self.log.gap_s(1.0) > 1.0
        if not is_stretched or event.finished or now >= self._next_line:
            told = {"best_epoch": self.engine.best_epoch, "telemetry_share": self._telemetry_share()}
            self.log.write("epoch", event.step, event.epoch, **plain, **told)
        if self.saver.is_due(now):
            self._save(now)
        if self.pause_at is not None and event.step >= self.pause_at and not event.finished:
            return self._pause()
        return self.control.wanted == "stop" and not event.finished

    def _gap_s(self, cost_s: float) -> float:
        """The least time after a line or a look that took that long, so that they keep to a small share."""
        return SMALL_PARTS * self.limits.checkpoint_ratio * cost_s

    def _save(self, now: float) -> None:
        """Writes what is due, a little later where the account of telling and saving would stand above its share."""
        told_s, trained_s = self._told_s() + self.saver.likely_s, self._trained_s()
        is_dear = told_s * self.limits.checkpoint_ratio > LEFT_FOR_LINES * (trained_s + told_s)
        # Many short epochs tell more than the share all the time; a run that is killed must still lose little.
        if is_dear and self.saver.overdue_s(now) < self.limits.checkpoint_ratio * self.saver.likely_s:
            return
        if self.saver.write_due(now):
            self.log.write("saved", self.step, self.epoch, **self._memory(now))

    def _look(self) -> None:
        """Sees what is wanted, and whether there still is a run; by the clock alone."""
        began = time.monotonic()
        if not self.folder.exists:
            raise _Gone
        self._heed()
        called_off = self.turn.is_called_off()
        now = time.monotonic()
        self._next_look = now + max(self.limits.control_s, min(LONGEST_LOOK_GAP_S, self._gap_s(now - began)))
        self.looking_s += now - began
        if called_off:
            self.saver.write_all()
            self.log.write("paused", self.step, self.epoch, cause=called_off)
            raise _Leave
        has_trained = self.is_open and self.step > self._opened_step
        if has_trained and self.control.wanted == "run" and self.turn.gives_way(now - self._opened_at):
            # In this order: killed in between, the run waits already, or is found at this very state.
            self.saver.write_all()
            if not self.turn.wait_again():
                self._opened_at = now
                return
            self.log.write("gave way", self.step, self.epoch)
            raise _GaveWay

    def _heed(self) -> None:
        """Takes to heart what is wanted of the run now."""
        control = Control(wanted="stop") if self.turn.wants_stop() else self.folder.control()
        self.control, self.pause_at = control, _pause_at(control, self.step)

    def _pause(self) -> bool:
        """Waits, computing nothing, until the run is to go on (False) or to stop (True)."""
        self.saver.write_all()
        self.log.write("paused", self.step, self.epoch)
        self.turn.let_go()
        began = time.monotonic()
        while True:
            time.sleep(self.limits.control_s)
            if not self.folder.exists:
                raise _Gone
            self._heed()
            if self.control.wanted == "stop":
                return True
            if self.pause_at is None or self.pause_at > self.step:
                if not self.turn.take_back():
                    raise _Leave
                break
            if self.turn.is_over(time.monotonic() - began):
                raise _Leave
        self.log.write("resumed", self.step, self.epoch)
        self._next_line = 0.0  # a single step shows its loss
        return False

    def _end(self, outcome: Literal["finished", "stopped"], **told: Any) -> Outcome:
        """Puts everything on disk, then says that it is over: whoever reads the last event finds it all there."""
        from nnlab.runs.assemble import write_test_outputs

        if not self.is_open:
            self.log.write(outcome, self.step, self.epoch, **told)
            return outcome
        totals = self._totals()
        self.saver.write_all()
        self._clear_judgement()
        if self.engine.best is not None:
            write_test_outputs(self.folder, self.engine, self.encoded)
        remove(self.folder.path / "reserve")
        self.log.write(outcome, self.step, self.epoch, **told, **totals)
        self.log.flush()
        return outcome

    def _failed(self, error: NnlabError, keeps_best: bool = True) -> Outcome:
        """Keeps the best weights and says the cause; the last good exact state stays as it is."""
        told: dict[str, Any] = {}
        try:
            if keeps_best and self.is_open:
                self.saver.write_best()
                told = self._totals()
            plain = {**error.as_dict(), "repair": error.repair}
            at = getattr(error, "step", None)  # not told as a step: it may begin the next epoch
            epoch = (at - 1) // len(self.engine.sizes) + 1 if at else self.epoch
            self.log.write("failed", self.step, epoch, cause=str(error), error=plain, **told)
        except StorageError as full:
            if keeps_best:
                return self._ended_by_storage(full)
        return "failed"

    def _ended_by_storage(self, error: StorageError) -> Outcome:
        """A folder that is gone ends the run without a word, a full disk pauses it, anything else fails it."""
        if not self.folder.exists:
            return "gone"
        if getattr(error, "reason", "") != "disk full":
            return self._failed(error, keeps_best=False)
        try:
            remove(self.folder.path / "reserve")
            cause = f"{error} The run goes on from its last checkpoint when there is room."
            self.log.write("paused", self.step, self.epoch, cause=cause)
        except StorageError:
            pass  # not even a line fits: readers see the run interrupted, and the old checkpoint is whole
        return "paused"

    def _clear_judgement(self) -> None:
        """A report on other weights must not stand beside a run that goes on."""
        for name in ("test.safetensors", "report.json", "predictions.parquet"):
            remove(self.folder.path / name)

    def _totals(self) -> dict[str, Any]:
        return {
            "best_epoch": self.engine.best_epoch or None,
            "epochs": self.engine.epoch,
            "seconds": self.engine.seconds,
            "telemetry_share": self._telemetry_share(),
        }

    def _telemetry_share(self) -> float:
        """What telling, looking and saving took, as a share of this session's training time."""
        told_s = self._told_s()
        return told_s / max(self._trained_s() + told_s, 1e-9)

    def _told_s(self) -> float:
        return self.log.spent_s + self.saver.spent_s + self.looking_s

    def _trained_s(self) -> float:
        return self.engine.seconds + self.engine.epoch_seconds - self._seconds_before

    def _memory(self, now: float) -> dict[str, int]:
        if now < self._next_memory:
            return {}
        self._next_memory = now + MEMORY_GAP_S
        return {"memory_bytes": used_bytes()}


def _pause_at(control: Control, step: int) -> int | None:
    """The step after which to pause, None for not at all."""
    if control.wanted != "pause":
        return None
    return step if control.step_to is None else max(step, control.step_to)
