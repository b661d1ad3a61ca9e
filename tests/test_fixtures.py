"""Runs and projects of every format ever released: this version opens them and gives the answers of then."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import nnlab
from nnlab.runs.archive import unpack
from nnlab.runs.folder import FORMAT, RunFolder
from nnlab.runs.workspace import Space
from tests.command import told
from tests.fixtures_format import FIXTURES, probabilities

FORMATS = sorted(FIXTURES.glob("format_*"))
pytestmark = pytest.mark.parametrize("folder", FORMATS, ids=lambda path: path.name)


def expected(folder: Path) -> np.ndarray:
    return np.array(json.loads((folder / "expected.json").read_text())["probabilities"])


@pytest.mark.parametrize("name", ["run", "run.zip"])
def test_a_run_of_then_gives_the_answers_of_then(folder: Path, name: str) -> None:
    """The stored numbers were computed with pandas and torch alone; both forms of the run reach them to 1e-6."""
    answer = nnlab.load(folder / name).predict(nnlab.read(folder / "rows.csv").frame)
    found = answer.frame[["probability_Adelie", "probability_Chinstrap", "probability_Gentoo"]]
    np.testing.assert_allclose(found.to_numpy(), expected(folder), rtol=0, atol=1e-6)
    classes = np.array(["Adelie", "Chinstrap", "Gentoo"])
    assert list(answer.frame["prediction"]) == list(classes[expected(folder).argmax(axis=1)])


def test_the_stored_numbers_are_what_torch_says(folder: Path) -> None:
    """So that nobody renews them with what nnlab says."""
    np.testing.assert_allclose(probabilities(folder).numpy(), expected(folder), rtol=0, atol=1e-9)


def test_a_run_folder_of_then_is_finished_and_judged(folder: Path, tmp_path: Path) -> None:
    """State, events, report and summary; a copy elsewhere is printed by resume as it is."""
    shutil.copytree(folder / "run", tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    assert run.state().name == "finished"
    assert len([event for event in run.events() if event["event"] == "epoch"]) == 3
    said = told("resume", tmp_path / "run")
    assert said["metrics"]["test"] == json.loads((folder / "expected.json").read_text())["metrics"]
    assert (said["epochs"], said["n_rows"]) == (3, {"train": 38, "validation": 10, "test": 12})


def test_a_downloaded_run_of_then_opens_in_a_workspace(folder: Path, home: Path) -> None:
    """With its report, and as finished as it was."""
    space = Space(home)
    run = space.run(unpack((folder / "run.zip").read_bytes(), space))
    assert run.state().name == "finished"
    assert run.is_judged()


def test_a_project_of_then_trains_today(folder: Path) -> None:
    """On its file, with its kinds, roles, recipe, network and training."""
    said = told("train", folder / "rows.csv", "--project", folder / "project.json")
    assert (said["epochs"], said["target"], said["task"]) == (3, ["species"], "multiclass")
    assert said["n_parameters"] == 187
    project = json.loads((Path(said["run"]) / "run.json").read_text())["project"]
    roles = {column["name"]: column["role"] for column in project["columns"]["columns"]}
    assert (roles["bill_depth_mm"], roles["flipper_length_mm"]) == ("ignore", "ignore")


def test_the_present_format_has_its_fixtures(folder: Path) -> None:
    """Whoever raises the format commits a folder for it."""
    assert (FIXTURES / f"format_{FORMAT}").is_dir(), "run python -m tests.fixtures_format and commit what it writes"
