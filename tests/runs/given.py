"""Small runs for the tests: a table in memory, encoded by the real preparation, in a real home."""

from __future__ import annotations

import functools
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.data.columns import Column, Columns, Task
from nnlab.prep.encoded import Encoded, encode_frame, encoding_key
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from nnlab.runs.checkpoint import unpacked
from nnlab.runs.files import make_folder, write_bytes
from nnlab.runs.folder import RunFolder
from nnlab.runs.members import folds_of
from nnlab.runs.project import Project
from nnlab.runs.start import spec_of
from nnlab.runs.trainer import train
from nnlab.runs.turn import Turn
from nnlab.training.spec import Training

TABLE = "0123456789abcdef" * 2
NETWORK = {"trunk": [{"kind": "Linear", "out_features": 16}, {"kind": "ReLU"}, {"kind": "Dropout", "p": 0.2}]}


def columns(task: Task = "binary") -> Columns:
    target = Column(name="y", kind="numeric" if task == "regression" else "categorical", role="target")
    features = (
        Column(name="a", kind="numeric"),
        Column(name="b", kind="numeric"),
        Column(name="c", kind="categorical"),
    )
    return Columns(columns=(*features, target), task=task)


def frame(n_rows: int = 300, task: Task = "binary") -> pd.DataFrame:
    random = np.random.default_rng(0)
    a, b = random.normal(size=n_rows), random.normal(size=n_rows)
    c = np.array(["red", "green", "blue"])[random.integers(0, 3, n_rows)]
    score = a - b + (c == "red") + 0.5 * random.normal(size=n_rows)
    y: Any = score
    if task != "regression":
        y = np.where(score > 0.3, "yes", "no") if task == "binary" else np.digitize(score, [-0.5, 0.8]).astype(str)
    made = pd.DataFrame({"a": a, "b": b, "c": pd.Series(c, dtype="str"), "y": y})
    if task != "regression":
        made["y"] = made["y"].astype("str")
    made.index = pd.RangeIndex(2, n_rows + 2, name="line")
    return made


@functools.cache
def encoded(n_rows: int = 300, task: Task = "binary") -> Encoded:
    return encode_frame(frame(n_rows, task), columns(task), task, Split(), Recipe())


def project(task: Task = "binary", **settings: Any) -> Project:
    training = Training.parse({"epochs": 5, "batch_size": 16, **settings})
    plain = {"table_id": TABLE, "columns": columns(task).plain(), "training": training.plain(), "network": NETWORK}
    return Project.parse({**plain, "name": "A small run"})


def run(
    home: Path, task: Task = "binary", n_rows: int = 300, space: str = "local", network: Any = None, **settings: Any
) -> RunFolder:
    """A run that nobody trains yet, in `home`."""
    chosen = project(task, **settings)
    if network is not None:
        chosen = Project.parse({**chosen.plain(), "network": network})
    made = encoded(n_rows, task)
    # The number of rows is part of the key here only: several tables stand under one id.
    key = encoding_key(TABLE, chosen.columns, chosen.split.having(seed=n_rows), chosen.recipe)
    root = home / "spaces" / space
    path = make_folder(root / "tables" / TABLE / "encoded") / f"{key}.safetensors"
    if not path.exists():
        write_bytes(path, made.to_bytes())
    run_id = secrets.token_hex(5)
    make_folder(root / "runs")
    spec = spec_of(chosen, made, run_id, path.stem)
    dealt = folds_of(frame(n_rows, task), chosen) if chosen.training.folds else b""
    return RunFolder.create(root / "runs" / run_id, spec, path, made.fitted.to_bytes(), dealt)


def one_thread() -> dict[str, str]:
    """The environment of a child that trains."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def names(folder: RunFolder) -> list[str]:
    return [event["event"] for event in folder.all_events()]


def weights(folder: RunFolder, name: str = "last") -> dict[str, torch.Tensor]:
    return unpacked(folder.path / f"{name}.safetensors")[0]


def assert_equal_bits(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert set(first) == set(second)
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def in_background(folder: RunFolder) -> threading.Thread:
    thread = threading.Thread(target=train, args=(folder,))
    thread.start()
    return thread


def until(is_so: Callable[[], bool], wait_s: float = 60.0) -> None:
    end = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


class LeaveWhenPaused(Turn):
    """A worker that has something better to do as soon as the run is paused."""

    def is_over(self, paused_s: float) -> bool:
        return True


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks, events and checkpoints come often, so that short runs have them all."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"control_s": 0.002, "event_s": 0.002, "checkpoint_ratio": 3}')
    monkeypatch.setattr("nnlab.runs.saver.EXACT_GAP_S", 0.01)
    monkeypatch.setattr("nnlab.runs.saver.FIRST_COST_S", 0.002)
