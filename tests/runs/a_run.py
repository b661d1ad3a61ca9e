"""A small run as the trainer leaves it, made without training: for the tests that pack, unpack and load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import nnlab
from nnlab.data.columns import Column, Columns
from nnlab.network.build import build
from nnlab.network.network import Network
from nnlab.prep.fit import fit
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.runs import files
from nnlab.runs.checkpoint import packed
from nnlab.runs.events import EventLog
from nnlab.runs.folder import RunFolder, RunSpec
from nnlab.runs.project import Project
from nnlab.score.report import Report
from nnlab.training.spec import Training

N = 60
FRAME = pd.DataFrame(
    {
        "age": np.linspace(18.0, 80.0, N),
        "city": pd.array(["Köln", "Bonn", "Ulm"] * (N // 3), dtype="str"),
        "passed": pd.array(["yes", "no"] * (N // 2), dtype="str"),
    },
    index=pd.Index(np.arange(2, N + 2), name="line"),
)
COLUMNS = Columns(
    columns=(
        Column(name="age", kind="numeric"),
        Column(name="city", kind="categorical"),
        Column(name="passed", kind="boolean", role="target"),
    )
)
NETWORK = Network.parse({"trunk": [{"kind": "Linear", "out_features": 8}, {"kind": "BatchNorm1d"}, {"kind": "ReLU"}]})


def make_run(path: Path, name: str = "people, first") -> RunFolder:
    """A finished run at `path`, with weights, preparation, events and report."""
    found = parts(FRAME, COLUMNS, "binary", Split())
    fitted = fit(FRAME, COLUMNS, Recipe(), found, "binary")
    project = Project(
        name=name, columns=COLUMNS, network=NETWORK, training=Training().resolved(38, "binary"), table_id="0" * 32
    )
    n_rows = {"train": 38, "validation": 10, "test": 12}
    spec = RunSpec(
        nnlab=nnlab.__version__,
        id=path.name,
        name=name,
        project=project.plain(),
        table_id="0" * 32,
        encoding_key="ab" * 32,
        task="binary",
        target=("passed",),
        head=fitted.head.plain(),
        input_shapes=fitted.input_shapes,
        n_rows=n_rows,
        created="2025-01-01T00:00:00.000+00:00",
        key="a click",
    )
    module = build(NETWORK, fitted.input_shapes, fitted.head, seed=3)
    files.make_folder(path)
    folder = RunFolder(path)
    files.write_json(path / "run.json", spec.plain())
    files.write_bytes(path / "fitted.safetensors", fitted.to_bytes())
    files.write_bytes(path / "best.safetensors", packed(module.state_dict(), {"epoch": 2, "loss": 0.5}))
    files.write_bytes(path / "last.safetensors", b"not to be taken away")
    report = Report(
        task="binary",
        n_rows=n_rows,
        headline="roc_auc",
        metrics={"test": {"roc_auc": 0.75}},
        verdict="The network cannot be told from the baselines.",
    )
    files.write_json(path / "report.json", report.plain())
    with EventLog(path / "events.jsonl") as log:
        log.write("started", 0, 0)
        log.write("epoch", 10, 1, train_loss=0.6, validation_loss=0.7, metric="roc_auc", metric_value=0.7, best_epoch=1)
        log.write("finished", 20, 2, best_epoch=2)
    return folder
