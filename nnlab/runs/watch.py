"""A run as somebody who watches it wants to see it: how far, how good, how fast, how long still."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnlab.limits import limits
from nnlab.runs import queue
from nnlab.runs.events import FINAL, Event
from nnlab.runs.folder import RunFolder
from nnlab.runs.state import RunState

RECENT_EPOCHS = 20  # the time left follows from these
BY_HEART_EPOCHS, BY_HEART = 10, 0.1  # after the best epoch, and by how much both losses have moved apart at least


@dataclass(frozen=True)
class RunView:
    """A run at one moment; None where nothing is known yet. Times are of the run's own monotonic clock."""

    state: RunState
    epoch: int = 0
    of: int | None = None  # epochs in all
    step: int = 0
    n_steps: int | None = None
    loss: float | None = None  # of the last step that was told
    train_loss: float | None = None
    validation_loss: float | None = None
    metric: str = ""
    metric_value: float | None = None
    measured_on: str = ""  # the rows that metric and best epoch are of: "validation", or "train" where there are none
    best_epoch: int | None = None
    best_value: float | None = None
    best_low: float | None = None  # of several members: the lowest and the highest alone
    best_high: float | None = None
    rows_per_s: float | None = None
    seconds_left: float | None = None
    seconds: float | None = None  # of training, when it has ended
    device: str = ""
    learns_by_heart: bool = False  # since the best epoch the loss fell on training rows and rose on validation rows
    caution: str = ""  # what went on in another way than was asked, one sentence or two
    n_others: int = 0  # people whose runs wait beside this one: they take turns with it
    slots: int = 1

    @property
    def seconds_to_end(self) -> float | None:
        """About how long until it ends, its pauses for others' turns included; others may well end before."""
        if self.seconds_left is None:
            return None
        in_turn = self.n_others + (self.slots if self.state.name == "running" else self.slots + 1)
        return self.seconds_left * max(1.0, in_turn / self.slots)

    @property
    def share(self) -> float:
        """How much of the planned steps is done, 0 to 1; a run that stopped early has less than 1."""
        return min(1.0, self.step / self.n_steps) if self.n_steps else 0.0

    def line(self) -> str:
        """One line for a terminal."""
        if self.state.name == "queued":
            said = "waits for its next turn" if self.step else "queued"
            left = f", about {duration(self.seconds_to_end)} to the end" if self.seconds_to_end is not None else ""
            return said + (f", place {self.state.place}" if self.state.place else "") + left
        parts: list[str] = [self.state.name]
        if self.of:
            parts.append(f"epoch {self.epoch} of {self.of}")
        shown = self.loss if self.validation_loss is None else self.validation_loss
        if shown is not None:
            parts.append(f"loss {shown:.4g}")
        if self.metric_value is not None:
            parts.append(f"{self.metric} {self.metric_value:.4f}")
        if self.state.name == "running" and self.seconds_to_end is not None:
            parts.append(f"{duration(self.seconds_to_end)} left")
        if self.best_epoch:
            parts.append(f"best epoch {self.best_epoch}")
        return ", ".join(parts)


def view(events: Sequence[Event], state: RunState) -> RunView:
    """What the events that count and the state come to."""
    facts = _last(events, "started", "resumed", having="epochs")
    step, epoch = _last(events, "step"), _last(events, "epoch")
    ended = _last(events, "finished", "stopped", "failed")
    best_epoch = _last(events, "epoch", "finished", "stopped", "failed", having="best_epoch").get("best_epoch")
    best = next((event for event in events if event["event"] == "epoch" and event.get("epoch") == best_epoch), {})
    last = events[-1] if events else {}
    recent = [event["seconds"] for event in events[-400:] if event["event"] == "epoch" and event.get("seconds")]
    return RunView(
        state=state,
        epoch=int(last.get("epoch") or 0),
        of=facts.get("epochs"),
        step=int(last.get("step") or 0),
        n_steps=facts.get("steps"),
        loss=step.get("loss"),
        train_loss=epoch.get("train_loss"),
        validation_loss=epoch.get("validation_loss"),
        metric=str(epoch.get("metric") or ""),
        metric_value=epoch.get("metric_value"),
        measured_on=str(epoch.get("measured_on") or ""),
        best_epoch=best_epoch,
        best_value=best.get("metric_value") if epoch.get("best_value") is None else epoch["best_value"],
        best_low=epoch.get("best_low"),
        best_high=epoch.get("best_high"),
        rows_per_s=epoch.get("rows_per_s"),
        learns_by_heart=_learns_by_heart(best, epoch),
        seconds_left=_seconds_left(facts, last, recent[-RECENT_EPOCHS:]),
        seconds=ended.get("seconds"),
        device=str(facts.get("device") or ""),
        caution=str(_last(events, "caution").get("cause") or ""),
    )


def _learns_by_heart(best: Event, now: Event) -> bool:
    """Whether the network has only got better on the rows that it learns from for some epochs."""
    if int(now.get("epoch") or 0) < int(best.get("epoch") or 0) + BY_HEART_EPOCHS:
        return False
    losses: list[Any] = [each.get(name) for name in ("train_loss", "validation_loss") for each in (best, now)]
    if any(loss is None for loss in losses):
        return False
    train, train_now, validation, validation_now = losses
    return bool(train_now < (1 - BY_HEART) * train and validation_now > (1 + BY_HEART) * validation)


def look(folder: RunFolder) -> RunView:
    """The run now; a folder object that is kept reads only what is new."""
    state = folder.state()  # before the events: they are at least as new as the state
    seen = view(folder.events(), state)
    if not state.is_alive or folder.home is None:
        return seen
    return replace(seen, n_others=queue.n_others(folder.home, folder.space), slots=limits().slots)


def follow(folder: RunFolder, poll_s: float = 0.1) -> Iterator[RunView]:
    """The run at each change until it ends, fails or is interrupted, the end included; a paused one is waited for."""
    before: RunView | None = None
    while True:
        now = look(folder)
        is_over = not now.state.is_alive and now.state.name != "paused"
        if now != before:
            yield now
        if is_over:
            return
        before = now
        time.sleep(poll_s)


def await_first_step(folder: RunFolder, wait_s: float, poll_s: float = 0.005) -> bool:
    """Waits until the run has told of a step or of its end; False where that takes longer than `wait_s`."""
    until = time.monotonic() + wait_s
    while not any(event["event"] in ("step", *FINAL) for event in folder.events()):
        if time.monotonic() >= until:
            return False
        time.sleep(poll_s)
    return True


def duration(seconds: float) -> str:
    """A length of time in the one or two units that matter."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}\u00a0s"
    if whole < 3600:
        return f"{whole // 60}\u00a0min {whole % 60}\u00a0s"
    return f"{whole // 3600}\u00a0h {whole % 3600 // 60}\u00a0min"


def short_duration(seconds: float) -> str:
    """A length of time that may be short: 12 ms, 1.4 s, 2 min 5 s."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))}\u202fms"
    return f"{seconds:.1f}\u202fs" if seconds < 10 else duration(seconds)


def _last(events: Sequence[Event], *names: str, having: str = "") -> Event:
    for event in reversed(events):
        if event["event"] in names and (not having or event.get(having) is not None):
            return event
    return {}


def _seconds_left(facts: Event, last: Event, recent: list[Any]) -> float | None:
    n_steps, per_epoch = facts.get("steps"), facts.get("steps_per_epoch")
    if not recent or not n_steps or not per_epoch:
        return None
    left = max(0, n_steps - int(last.get("step") or 0))
    return float(left / per_epoch * sum(recent) / len(recent))
