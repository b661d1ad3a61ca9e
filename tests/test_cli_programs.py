"""The command line as a program of its own: what a shell sees, what a kill leaves, and who follows whom."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from nnlab.runs.folder import RunFolder
from tests.command import few_penguins, nnlab, program, told

pytestmark = pytest.mark.timeout(300)
EPOCHS = 600


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return few_penguins(tmp_path / "penguins.csv")


def wait_for_epoch(folder: RunFolder, epoch: int) -> None:
    until = time.monotonic() + 120
    while not folder.exists or folder.state().epoch < epoch:
        assert time.monotonic() < until, "the run does not train"
        time.sleep(0.02)


def test_stdout_is_one_value_and_progress_goes_to_stderr(rows: Path, tmp_path: Path) -> None:
    """Whole stdout parses as JSON; a relative --out lies where one stands, and is opened from elsewhere."""
    words = ("train", rows.name, "--target", "species", "--set", "training.epochs=3", "--out", "out/run", "--json")
    child = program(*words, cwd=tmp_path)
    out, err = child.communicate()
    assert child.returncode == 0, err
    said = json.loads(out)
    assert said["run"] == str(tmp_path / "out" / "run")
    assert "epoch 3 of 3" in err
    assert told("evaluate", tmp_path / "out" / "run")["metrics"] == said["metrics"]


def test_a_run_that_was_killed_is_resumed_with_the_same_bits(rows: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle: interrupted; `resume`, from another folder, ends as a run that nobody killed."""
    words = ("train", rows, "--target", "species", "--set", f"training.epochs={EPOCHS}")
    child = program(*words, "--out", tmp_path / "killed", cwd=tmp_path)
    folder = RunFolder(tmp_path / "killed")
    wait_for_epoch(folder, 10)
    child.kill()
    child.communicate()
    assert folder.state().name == "interrupted"
    said = told("resume", tmp_path / "killed")
    assert (said["state"], said["epochs"]) == ("finished", EPOCHS)
    whole = told(*words, "--out", tmp_path / "whole")
    for name in ("best", "last"):
        ours, theirs = (load_file(tmp_path / run / f"{name}.safetensors") for run in ("killed", "whole"))
        assert all(ours[key].equal(theirs[key]) for key in theirs)
    assert said["metrics"] == whole["metrics"]
    assert told("resume", tmp_path / "killed") == said  # finished: printed as it is


def test_a_living_run_is_followed_and_ctrl_c_stops_it(rows: Path, tmp_path: Path) -> None:
    """`resume` of a run that another process trains waits for its end; Ctrl-C there ends it with the best kept."""
    endless = ("train", rows, "--target", "species", "--set", "training.epochs=1000000", "--out", tmp_path / "run")
    child = program(*endless, "--json", cwd=tmp_path, start_new_session=True)
    folder = RunFolder(tmp_path / "run")
    wait_for_epoch(folder, 3)
    folder.ask("pause")
    follower = program("resume", tmp_path / "run", "--json", cwd=tmp_path)
    until = time.monotonic() + 120
    while folder.control().wanted != "run":  # to follow a paused run is to let it go on
        assert time.monotonic() < until
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    (out, err), (followed, _) = child.communicate(), follower.communicate()
    assert (child.returncode, follower.returncode) == (1, 1), err
    said = json.loads(out)
    assert said["state"] == json.loads(followed)["state"] == "stopped"
    assert said["metrics"]["test"] == json.loads(followed)["metrics"]["test"] != {}
    assert (tmp_path / "run" / "best.safetensors").exists()


@pytest.mark.parametrize("words", [("--help",), ("read", "wide.csv"), ("read", "wide.csv", "--json")])
def test_a_closed_pipe_ends_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    """As `nnlab read wide.csv | head -0` does: nothing is said about it."""
    (tmp_path / "wide.csv").write_text(",".join(f"c{n}" for n in range(3000)) + "\n" + ",".join(["1"] * 3000) + "\n")
    reader, writer = os.pipe()
    os.close(reader)
    child = program(*words, cwd=tmp_path, stdout=writer)
    os.close(writer)
    _, err = child.communicate()
    assert err == ""


def test_wrong_usage_is_json_too(tmp_path: Path) -> None:
    """argparse's own errors, as a shell sees them."""
    child = program("train", "--json", cwd=tmp_path)
    out, err = child.communicate()
    assert (child.returncode, err) == (2, "")
    assert json.loads(out)["error"]["where"] == "nnlab train"


def test_resume_of_a_run_made_here_needs_only_its_id(rows: Path) -> None:
    """A finished run is printed; nothing is trained again."""
    run = Path(told("train", rows, "--target", "species", "--set", "training.epochs=2")["run"])
    before = (run / "events.jsonl").read_bytes()
    assert told("resume", run.name)["epochs"] == 2
    assert (run / "events.jsonl").read_bytes() == before
    assert "finished, best epoch" in nnlab("resume", run.name).out
