"""A process that trains, ended at any moment by the kernel: nothing is lost, and the end has the same bits."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.runs.folder import RunFolder
from tests.batteries import battery
from tests.runs import given
from tests.runs.given import assert_equal_bits, weights

pytestmark = pytest.mark.timeout(1200)
EPOCHS = 40


DESIGNS: dict[str, dict[str, Any]] = {
    "MLP": {
        "network": ["Linear 16", "BatchNorm1d", "ReLU", "Dropout"],
        "optimizer": "adamw",
        "scheduler": "cosine",
        "gradient_clipping": 0.5,
    },
    "LSTM": {
        "network": ["Linear 24", "Unflatten 6 4", "LSTM", "Flatten"],
        "optimizer": "sgd",
        "scheduler": "one_cycle",
        "learning_rate": 0.05,
    },
    "CNN": {
        "network": ["Linear 32", "Unflatten 2 4 4", "Conv2d", "BatchNorm2d", "ReLU", "Flatten"],
        "optimizer": "rmsprop",
        "scheduler": "plateau",
    },
    "MLP of four members": {
        "network": ["Linear 16", "BatchNorm1d", "ReLU", "Dropout"],
        "task": "regression",
        "members": 4,
        "folds": 4,
        "optimizer": "sgd",
        "scheduler": "plateau",
        "gradient_clipping": 1.0,
    },
    "MLP of classes": {
        "network": ["Linear 16", "ReLU", "Dropout"],
        "task": "multiclass",
        "optimizer": "adam",
        "scheduler": "step",
        "label_smoothing": 0.1,
        "class_weights": "balanced",
    },
}


def trunk(said: list[str]) -> dict[str, Any]:
    """A network from its layers in words: "Linear 16" has that many outputs, "Unflatten 6 4" gives that shape."""
    layers: list[dict[str, Any]] = []
    for kind, *sizes in (text.split() for text in said):
        layer: dict[str, Any] = {"kind": kind}
        if kind == "Linear":
            layer["out_features"] = int(sizes[0])
        elif kind == "Unflatten":
            layer["unflattened_size"] = [int(size) for size in sizes]
        elif kind == "LSTM":
            layer["hidden_size"] = 8
        elif kind == "Conv2d":
            layer["out_channels"] = 4
        layers.append(layer)
    return {"trunk": layers}


class Forks:
    """A warm process that forks a child for each run of a plan; one serves every test, for each is a child's own."""

    def __init__(self, folder: Path) -> None:
        self.errors = folder / "stderr.txt"
        environment = {
            **given.one_thread(),
            "NNLAB_LIMITS": '{"control_s": 0.01, "event_s": 0.005, "checkpoint_ratio": 1}',
            "NNLAB_HOME": str(folder / "home"),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        command = [sys.executable, "-m", "tests.runs.forked"]
        with self.errors.open("w") as sink:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sink, text=True, env=environment
            )

    def carry_out(self, plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Trains and kills as planned; what became of each."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        answers: list[dict[str, Any]] = json.loads(line)
        return answers

    def end(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    started = Forks(tmp_path_factory.mktemp("forks"))
    yield started
    started.end()


def test_killed_at_any_moment_and_resumed_ends_with_the_same_bits(home: Path, forks: Forks) -> None:
    """SIGKILL at random moments, again and again: interrupted each time, best weights load, equal bits at the end."""
    plain = given.run(home, epochs=EPOCHS)
    forks.carry_out([{"run": str(plain.path)}])
    n_lines = len(plain.all_events())
    chance = random.Random(0)
    folders = [given.run(home, epochs=EPOCHS) for _ in range(battery(1, 15))]
    # Twice each, the second time further on: a resumed run's events stand below those it had told before.
    kills = [
        {"run": str(folder.path), "kill_after_lines": round(share * n_lines), "is_told": True}
        for folder in folders
        for share in sorted(chance.uniform(0.0, 0.85) for _ in range(2))
    ]
    told = forks.carry_out(kills)
    n_killed = 0
    for position, folder in enumerate(folders):
        codes = {answer["code"] for answer in told[2 * position : 2 * position + 2]}
        if -9 not in codes or folder.state().name == "finished":
            continue
        n_killed += 1
        state = folder.state()
        assert state.name == "interrupted"
        if state.last is not None and state.last["event"] != "started":
            assert "signal 9, often memory" in state.cause
        if (folder.path / "best.safetensors").exists():
            assert all(torch.isfinite(tensor).all() for tensor in weights(folder, "best").values())
    assert n_killed > 0
    forks.carry_out([{"run": str(folder.path)} for folder in folders])
    for folder in folders:
        assert folder.state().name == "finished"
        assert_equal_bits(weights(folder), weights(plain))
        assert_equal_bits(weights(folder, "best"), weights(plain, "best"))
        assert_equal_bits(weights(folder, "test"), weights(plain, "test"))
        epochs = [event["epoch"] for event in folder.events() if event["event"] == "epoch"]
        assert epochs == list(range(1, EPOCHS + 1))


@pytest.mark.parametrize("name", DESIGNS)
def test_killed_after_a_state_was_saved_no_step_before_it_runs_again(home: Path, forks: Forks, name: str) -> None:
    """SIGKILL between the first `saved` and the end, for every kind of network with another optimizer and schedule."""
    settings = {**DESIGNS[name], "network": trunk(DESIGNS[name]["network"]), "epochs": EPOCHS}
    plain, *folders = [given.run(home, **settings) for _ in range(1 + battery(1, 4))]
    forks.carry_out([{"run": str(plain.path)}])
    assert ("the step is traced" in (plain.path / "log.txt").read_text()) == (name != "LSTM")
    told = [event["event"] for event in plain.all_events()]
    n_after = len(told) - told.index("saved")
    chance = random.Random(name)
    # Twice each: the second child is killed after it has saved a state of its own.
    kills = [
        {"run": str(folder.path), "kill_after_saved": round(share * n_after)}
        for folder in folders
        for share in (chance.uniform(0.0, 0.4), chance.uniform(0.0, 0.3))
    ]
    assert sum(answer["code"] == -9 for answer in forks.carry_out(kills)) >= len(folders)
    forks.carry_out([{"run": str(folder.path)} for folder in folders])
    for folder in folders:
        assert folder.state().name == "finished"
        for part in ("last", "best", "test"):
            assert_equal_bits(weights(folder, part), weights(plain, part))
        assert_no_saved_step_runs_again(folder)


def assert_no_saved_step_runs_again(folder: RunFolder) -> None:
    """As events.jsonl tells it: whoever goes on begins after the last `saved`."""
    saved = 0
    for event in folder.all_events():
        if event["event"] == "resumed":
            assert event["step"] >= saved
        elif event["event"] == "step":
            assert event["step"] > saved
        elif event["event"] == "saved":
            saved = event["step"]
    assert saved > 0


def test_ended_at_every_operation_on_the_disk_no_half_file_is_picked_up(home: Path, forks: Forks) -> None:
    """The n-th write, flush, rename or line ends the process, n = 1, 2, 3 ...: then the run goes on to equal bits."""
    plain = given.run(home, epochs=3)
    n_operations = forks.carry_out([{"run": str(plain.path)}])[0]["n_operations"]
    assert n_operations > 20
    places = range(1, n_operations + 1)
    chosen = sorted(random.Random(0).sample(places, min(n_operations, battery(5, n_operations))))
    folders = [given.run(home, epochs=3) for _ in chosen]
    plan: list[dict[str, Any]] = []
    for folder, place in zip(folders, chosen, strict=True):
        plan += [{"run": str(folder.path), "exit_at": place}, {"run": str(folder.path)}]
    told = forks.carry_out(plan)
    assert {answer["code"] for answer in told[::2]} <= {9, 0}
    assert sum(answer["code"] == 9 for answer in told[::2]) >= len(chosen) // 2
    assert {answer["code"] for answer in told[1::2]} == {0}
    for folder in folders:
        assert folder.state().name == "finished"
        assert_equal_bits(weights(folder), weights(plain))
        assert_equal_bits(weights(folder, "best"), weights(plain, "best"))
        assert not [path.name for path in folder.path.iterdir() if path.name.endswith(".part")]


def test_ended_by_the_kernel_for_its_memory_says_so(home: Path, forks: Forks) -> None:
    """Signal 9 while it holds much: the cause names the signal, what it often means, and how much it last held."""
    folder = given.run(home, epochs=100_000)
    plan = {"run": str(folder.path), "kill_at": "epoch", "ballast_mb": 300, "is_told": True}
    assert forks.carry_out([plan])[0]["code"] == -9
    state = folder.state()
    assert state.name == "interrupted"
    assert "signal 9, often memory" in state.cause
    assert "It last held" in state.cause
    (folder.path / "exit.json").unlink()
    assert "without a word" in folder.state().cause
    assert "It last held" in folder.state().cause
