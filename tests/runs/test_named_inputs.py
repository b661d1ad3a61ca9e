"""A run on inputs beside the table, from its start to a downloaded file: token ids and codes, and no table at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.network.shapes import Ids
from nnlab.runs.archive import pack
from nnlab.runs.cost import cost_of
from nnlab.runs.folder import RunFolder
from nnlab.runs.foreground import train
from nnlab.runs.load import load
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def run(tmp_path: Path, home: Path) -> RunFolder:
    """A network of text and codes on rows of nothing else."""
    rng = np.random.default_rng(0)
    is_good = rng.random(90) < 0.5
    words = np.where(is_good[:, None], ["fine", "good", "kind"], ["bad", "sad", "late"])
    texts = [
        f"the {row[rng.integers(3)]} one, number {at}, was {row[rng.integers(3)]} to me" for at, row in enumerate(words)
    ]
    rows = pd.DataFrame({"text": texts, "shop": rng.choice(list("abc"), 90), "y": np.where(is_good, "up", "down")})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    settings = {"training.epochs": 30, "recipe.levels": "codes"}
    return train(tmp_path / "rows.csv", "y", template="bag_of_embeddings", settings=settings).folder


def test_a_run_without_a_table_is_trained_judged_and_taken_away(run: RunFolder, tmp_path: Path, home: Path) -> None:
    """run.json says how many ids there are; baselines stand beside; download and printed source answer alike."""
    assert list(run.spec.input_shapes) == ["codes", "text"]
    assert run.spec.input_shapes["codes"] == Ids((1,), n_ids=5)
    report = run.report_plain()
    assert report["metrics"]["test"]["accuracy"] > 0.8
    assert all(baseline["reason"] == "" for baseline in report["baselines"].values())
    predictor = load(run)
    frame = pd.read_csv(tmp_path / "rows.csv").astype("str")
    whole = predictor.outputs(frame)
    assert torch.allclose(predictor.outputs(frame.iloc[5:6]), whole[5:6], atol=1e-6)
    odd = pd.DataFrame({"text": ["words never seen", None, ""], "shop": ["z", None, "a"]}, dtype="str")
    assert predictor.predict(odd).frame["prediction"].isin(["up", "down"]).all()
    assert {field.column: field.kind for field in predictor.defaults()} == {"text": "text", "shop": "categorical"}
    (tmp_path / "run.zip").write_bytes(pack(run))
    assert torch.equal(load(tmp_path / "run.zip").outputs(frame), whole)
    namespace: dict[str, object] = {}
    exec(predictor.source, namespace)  # what is printed is what is tested
    model = namespace["Model"]()  # type: ignore[operator]
    model.load_state_dict(predictor.module.state_dict())
    inputs = predictor.fitted.apply(predictor.prepared(frame)[0]).inputs
    assert torch.allclose(model.eval()(**inputs), whole, atol=1e-6)
    assert cost_of(Space(home), Project.from_plain(run.spec.project, "project")).n_parameters > 0
