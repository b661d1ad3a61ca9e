"""Runs that ended as nobody wished, opened by their link: the page says why, what to do, and that the best is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.runs.folder import RunFolder
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space
from tests.browser.conftest import Serve, Visit
from tests.browser.projects import becomes, caught, ready
from tests.browser.server import Server
from tests.runs import given
from tests.runs.given import in_background, names, until
from tests.runs.test_ends import fill, small_disk

pytestmark = pytest.mark.timeout(300)
__all__ = ["small_disk"]


def diverged(home: Path) -> RunFolder:
    """A learning rate that no network bears."""
    folder = given.run(home, "regression", learning_rate=1e9, epochs=200, scheduler="constant", warmup=0.0)
    assert train(folder) == "failed"
    return folder


def without_table(home: Path) -> RunFolder:
    """Its prepared rows vanish before it begins."""
    folder = given.run(home, n_rows=120)
    folder.encoded_path.unlink()
    train(folder)
    return folder


OUT_OF_MEMORY = """
import resource, sys
from nnlab.runs.folder import RunFolder
from nnlab.runs.trainer import train
import torch
resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))
print(train(RunFolder(sys.argv[1])))
"""


def out_of_memory(home: Path) -> RunFolder:
    """65 million weights in a process that may have 900 MB."""
    layers = [{"kind": "Linear", "out_features": size} for size in (65_536, 1_000)]
    folder = given.run(home, n_rows=120, network={"trunk": layers})
    told = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY, str(folder.path)], capture_output=True, text=True, timeout=120
    )
    assert told.stdout.strip() == "failed", told.stderr
    return folder


def on_a_full_disk(home: Path, disk: Path) -> RunFolder:
    """The disk under it is filled to the brim while it trains; its folder as it was then, where the server looks."""
    folder = given.run(disk, epochs=3000)
    thread = in_background(folder)
    until(lambda: "saved" in names(folder))
    with pytest.raises(OSError, match="No space"):
        fill(disk / "filler")
    thread.join(60)
    assert not thread.is_alive()
    return RunFolder(shutil.copytree(folder.path, home / "spaces" / "local" / "runs" / folder.id))


def test_every_end_is_told_on_the_page(home: Path, serve: Serve, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """No number, table, memory; a process that stands still is offered to be ended, which keeps the best."""
    project = ready(home, epochs=100_000, batch_size=16)
    server = serve(limits='{"silent_s": 3}')
    visitor = visit(server).open(f"/train?project={project.id}").on("Train")
    visitor.keyed("train.start").get_by_role("button").click()
    run, _pid = caught(project, Space(home, "local"))
    visitor.says("The run is not answering").drawn()
    visitor.keyed("train.stop").get_by_role("button").evaluate("button => button.click()")
    becomes(run, "stopped")
    visitor.says("Stopped")
    assert (run.path / "best.safetensors").exists()

    given.quicken(monkeypatch)
    for folder, words in (
        (diverged(home), ("Failed", "likely too high", "epoch 1, step")),
        (without_table(home), ("Failed", "as it was prepared")),
        (out_of_memory(home), ("Failed", "memory", "smaller")),
    ):
        visitor.open(f"/train?run={folder.id}").on("Train")
        for said in words:
            visitor.says(said)
    assert not visitor.faults


def test_a_full_disk_is_told_on_the_page(
    single: Server, small_disk: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Really filled, so only where a disk can be mounted."""
    given.quicken(monkeypatch)
    folder = on_a_full_disk(single.home, small_disk)
    visitor = visit(single).open(f"/train?run={folder.id}").on("Train")
    visitor.says("Paused").says("disk is full")
    assert not visitor.faults
