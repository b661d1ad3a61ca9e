"""The process that trains is killed: the page says so, keeps what there is, and offers to go on."""

from __future__ import annotations

import os
import signal

import pytest

from nnlab.runs.checkpoint import unpacked
from nnlab.runs.workspace import Space
from tests.browser.conftest import Visit
from tests.browser.projects import becomes, caught, epochs_of, ready
from tests.browser.server import Server

pytestmark = pytest.mark.timeout(300)
N_EPOCHS, BATCH = 500, 8  # seconds of training: it must not be over before its first weights are written


def test_a_killed_training_process_is_told_and_resumed(single: Server, visit: Visit) -> None:
    """SIGKILL to W: interrupted within 10 s, with the signal named; Resume ends with every epoch (faults 14, 18)."""
    project = ready(single.home, epochs=N_EPOCHS, batch_size=BATCH)
    visitor = visit(single).open(f"/train?project={project.id}").on("Train")
    visitor.keyed("train.start").get_by_role("button").click()
    run, pid = caught(project, Space(single.home, "local"))
    visitor.curve_reaches(1)
    assert visitor.named("run") == run.id
    os.kill(pid, signal.SIGKILL)
    becomes(run, "interrupted", within_s=10)
    visitor.says("Interrupted").says("signal 9, often memory")
    best, told = unpacked(run.path / "best.safetensors")
    assert best
    assert told["epoch"] in epochs_of(run)
    visitor.drawn().keyed("train.resume").get_by_role("button").click()
    becomes(run, "finished")
    visitor.says("Finished").curve_reaches(N_EPOCHS)
    assert epochs_of(run) == list(range(1, N_EPOCHS + 1))
