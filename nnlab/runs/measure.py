"""How long it takes from Start to the first loss: with a warm worker, and in a cold process beside it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.errors import TrainingError
from nnlab.runs.events import EventReader
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import holder_of
from nnlab.runs.spawn import ROOT, ensure_worker, wait_for_worker

if TYPE_CHECKING:
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

WAIT_S = 120.0
LOOK_S = 0.0005
COLD = """
import sys
from nnlab.runs.folder import RunFolder
from nnlab.runs.trainer import train
train(RunFolder(sys.argv[1]))
"""


@dataclass(frozen=True)
class StartTimes:
    """Seconds from Start to the first loss on disk; the first warm start pays what a worker has never done before."""

    cold_s: tuple[float, ...]
    warm_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median warm start as a share of the median cold one."""
        return statistics.median(self.warm_s) / statistics.median(self.cold_s)


def measure_start(n_rounds: int = 5, n_cold: int = 1) -> StartTimes:
    """Starts runs of a sample in a home of their own, warm and cold one after the other."""
    from nnlab.runs.opening import open_sample
    from nnlab.runs.workspace import Space

    with tempfile.TemporaryDirectory(prefix="nnlab-start-") as name:
        space = Space(Path(name))
        project = open_sample(space, "penguins")
        project = project.having(training=project.training.having(epochs=20))
        space.encoded(project)  # the page has prepared the table before Start is pressed
        ensure_worker(space.home)
        if not wait_for_worker(space.home, WAIT_S):
            raise TrainingError("no worker came", where="start", do="See logs in the workspace.")
        try:
            warm = [_warm(space, _seeded(project, number)) for number in range(n_rounds)]
            cold = [_cold(space, _seeded(project, 1000 + number)) for number in range(n_cold)]
        finally:
            _end_worker(space.home)
        return StartTimes(tuple(cold), tuple(warm))


def measure_queue(n_people: int = 30) -> tuple[float, ...]:
    """Seconds from the last Start to each person's first loss, for so many people on one slot; 0 for an earlier one.

    Each has a space of their own with a titanic run of the usual budget, its table prepared before.
    """
    from nnlab.runs.opening import open_sample
    from nnlab.runs.start import start_run, stop_run
    from nnlab.runs.workspace import Space, hashed_space

    # What a job that was just told to stop still writes must not cost the figures.
    with tempfile.TemporaryDirectory(prefix="nnlab-queue-", ignore_cleanup_errors=True) as name:
        spaces = [Space(Path(name), hashed_space("cookie", str(number))) for number in range(n_people)]
        projects = [_seeded(open_sample(space, "titanic"), number) for number, space in enumerate(spaces)]
        for space, project in zip(spaces, projects, strict=True):
            space.encoded(project)
        ensure_worker(spaces[0].home)
        if not wait_for_worker(spaces[0].home, WAIT_S):
            raise TrainingError("no worker came", where="queue", do="See logs in the workspace.")
        try:
            runs = [start_run(*each, click="bench") for each in zip(spaces, projects, strict=True)]
            began = time.perf_counter()
            seconds = tuple(_first_loss(folder, began) for folder in runs)
            for folder in runs:
                stop_run(folder)
        finally:
            _end_worker(spaces[0].home)
            _end_jobs(spaces[0].home)
        return seconds


def _end_jobs(home: Path) -> None:
    """Ends the reports that runs of this home asked for, so that the home can go."""
    from nnlab.runs.jobs import Job

    alive = [job for job in map(Job, (home / "jobs").glob("report-*")) if job.is_alive]
    for job in alive:
        job.cancel()
    until = time.monotonic() + WAIT_S
    while any(job.is_alive for job in alive) and time.monotonic() < until:
        time.sleep(0.05)


def _seeded(project: Project, seed: int) -> Project:
    return project.having(training=project.training.having(seed=seed))


def _warm(space: Space, project: Project) -> float:
    from nnlab.runs.start import start_run

    began = time.perf_counter()
    folder = start_run(space, project, click=str(project.training.seed))
    seconds = _first_loss(folder, began)
    until = time.monotonic() + WAIT_S
    # The next one is to find the worker idle and the machine as quiet as before: without the job that judges this one.
    while (folder.state().is_alive or not _is_judged(folder)) and time.monotonic() < until:
        time.sleep(0.01)
    return seconds


def _is_judged(folder: RunFolder) -> bool:
    from nnlab.runs.jobs import ensure_report

    return ensure_report(folder) is None


def _cold(space: Space, project: Project) -> float:
    from nnlab.runs.start import create_run

    folder = create_run(space, project)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", COLD, str(folder.path)], env=environment)
    try:
        return _first_loss(folder, began)
    finally:
        child.wait(WAIT_S)


def _first_loss(folder: RunFolder, began: float) -> float:
    """Seconds until the first loss stands in the run's events."""
    reader, until = EventReader(folder.path / "events.jsonl"), time.monotonic() + WAIT_S
    while not any(event["event"] == "step" for event in reader.new()):
        if time.monotonic() > until:
            raise TrainingError("no loss came", where="start", came=folder.state().cause)
        time.sleep(LOOK_S)
    return time.perf_counter() - began


def _end_worker(home: Path) -> None:
    """Ends the worker of this home alone, so that the home can go."""
    holder = holder_of(home / "slots" / "worker-0.lock")
    if holder is not None and holder.end():
        while holder.lives:
            time.sleep(0.01)
