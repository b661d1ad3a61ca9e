"""The command line under Start makes the very run that the page makes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from playwright.sync_api import expect
from safetensors.torch import load_file

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.browser.conftest import Visit
from tests.browser.projects import becomes, comes_true, ready
from tests.browser.server import Server
from tests.browser.visitor import ROOT, WAIT_MS

pytestmark = pytest.mark.timeout(300)


def test_the_command_under_start_gives_the_same_weights(single: Server, visit: Visit, tmp_path: Path) -> None:
    """After a kind, a step and a layer were changed on the pages: bit for bit the same best weights on CPU.

    It is run as printed, in a folder that holds the file under its own name.
    """
    project = ready(single.home, epochs=4)
    space = Space(single.home, "local")
    visitor = visit(single).open(f"/data?project={project.id}").on("Data")
    visitor.choose("data.column", "Pclass")
    visitor.choose(f"data.Kind.{project.columns.names.index('Pclass')}", "numeric")
    comes_true(lambda: space.project(project.id).columns["Pclass"].kind == "numeric", "the kind is not saved")
    visitor.go("Prepare").choose("prepare.column", "Fare").press("prepare.remove.Fare.1")
    expect(visitor.keyed("prepare.default.Fare")).to_be_visible(timeout=WAIT_MS)
    visitor.go("Network").fill("network.layer.trunk.0.Linear.out_features", 12)
    comes_true(lambda: width(space.project(project.id)) == 12, "the layer is not saved")
    visitor.go("Train")
    changed = space.project(project.id)
    assert changed.recipe.columns

    command = visitor.app.get_by_test_id("stCode").last.inner_text()
    visitor.keyed("train.start").get_by_role("button").click()
    visitor.says("Finished")
    run = space.run(visitor.named("run"))
    becomes(run, "finished")

    assert f"train {project.file_name} " in command
    shutil.copy(ROOT / "samples" / "titanic.csv", tmp_path / project.file_name)
    out = tmp_path / "again"
    environment = {**os.environ, "NNLAB_HOME": str(tmp_path / "elsewhere"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["sh", "-c", f"{command.strip()} --json --out {out}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert json.loads(done.stdout)["target"] in ("Survived", ["Survived"])
    ours, theirs = load_file(run.path / "best.safetensors"), load_file(out / "best.safetensors")
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


def width(project: Project) -> int:
    """The outputs of the project's first layer."""
    return int(project.network.trunk[0].plain()["out_features"]) if project.network else 0
