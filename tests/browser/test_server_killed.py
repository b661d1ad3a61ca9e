"""The server dies while a run trains: the run does not notice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from nnlab.runs.workspace import Space
from tests.browser.conftest import Serve, Visit
from tests.browser.projects import becomes, caught, epochs_of, ready

pytestmark = pytest.mark.timeout(300)
N_EPOCHS, BATCH = 150, 8  # about a second of training where it is quick: it must not be over before it is caught


def test_a_run_outlives_its_server(home: Path, serve: Serve, visit: Visit) -> None:
    """Killed and started again on the same port: the page finds the run, finished, with every epoch (fault 13)."""
    project = ready(home, epochs=N_EPOCHS, batch_size=BATCH)
    first = serve()
    visitor = visit(first).open(f"/train?project={project.id}").on("Train")
    visitor.keyed("train.start").get_by_role("button").click()
    run, pid = caught(project, Space(home, "local"), with_weights=False)
    visitor.curve_reaches(2)
    first.kill()
    assert run.state().name == "running"
    os.kill(pid, signal.SIGCONT)
    serve(port=first.port)
    visitor.page.reload()
    visitor.curve_reaches(2)
    becomes(run, "finished")
    visitor.says("Finished").curve_reaches(N_EPOCHS)
    assert epochs_of(run) == list(range(1, N_EPOCHS + 1))
    assert visitor.curve("train")[0] == epochs_of(run)
    assert visitor.named("run") == run.id
