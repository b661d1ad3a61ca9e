"""Projects made by the core, so that a test begins at the page it is about."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import holder_of
from nnlab.runs.opening import open_sample
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.browser.visitor import WAIT_MS


def ready(home: Path, sample: str = "titanic", **training: Any) -> Project:
    """A sample's project in the space of single mode, ready to train, with these settings."""
    space = Space(home, "local")
    project = open_sample(space, sample)
    return space.save(project.having(training=project.training.having(**training)))


def epochs_of(run: RunFolder) -> list[int]:
    """The epochs that the run's file of events tells of."""
    return [event["epoch"] for event in run.events() if event["event"] == "epoch"]


def caught(project: Project, space: Space, n_epochs: int = 2, *, with_weights: bool = True) -> tuple[RunFolder, int]:
    """The project's run after some epochs, and its process, halted (SIGSTOP): the training waits for the page.

    A short run may be over before its first weights are written.
    """
    runs: list[RunFolder] = []

    def trains() -> bool:
        runs[:] = [run for run in space.runs() if run.spec.project["id"] == project.id]
        if not runs or len(epochs_of(runs[0])) < n_epochs:
            return False
        return not with_weights or (runs[0].path / "best.safetensors").exists()

    comes_true(trains, "it does not train")
    holder = holder_of(runs[0].lock.path)
    assert holder is not None
    assert holder.lives
    os.kill(holder.pid, signal.SIGSTOP)
    assert runs[0].state().name == "running"
    return runs[0], holder.pid


def comes_true(check: Callable[[], bool], what: str, within_s: float = WAIT_MS / 1e3) -> None:
    """Waits until something holds that a page does after it was asked: the page may answer before it is done."""
    until = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def becomes(run: RunFolder, *names: str, within_s: float = WAIT_MS / 1e3) -> str:
    """Waits until the run is in one of these states, by the word of its folder alone."""
    until = time.monotonic() + within_s
    while (now := run.state().name) not in names:
        assert time.monotonic() < until, f"the run is {now}, not {names}, and wants to {run.control().wanted}"
        time.sleep(0.02)
    return now
