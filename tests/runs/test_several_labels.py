"""Several yes or no at once, and several numbers: from the columns to figures of each output and answers for a row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from nnlab.runs.foreground import train
from nnlab.runs.load import load
from tests.command import nnlab

pytestmark = pytest.mark.timeout(300)
NAMES = ("wet", "windy", "sky")


def weather(path: Path, n_rows: int = 240) -> pd.DataFrame:
    """Three yes or no of four numbers: one as 0 and 1, one in words, one of two words that say no yes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_rows, 3)).round(3)
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    frame["wet"] = (x[:, 0] + rng.normal(0, 0.4, n_rows) > 0).astype(int)
    frame["windy"] = np.where(x[:, 1] > 0.3, "yes", "no")
    frame["sky"] = np.where(x[:, 2] + x[:, 0] > 0, "grey", "blue")
    frame.to_csv(path, index=False)
    return frame


def test_several_yes_or_no_are_learnt_judged_and_answered(tmp_path: Path, home: Path) -> None:
    """Each output has its own figures, which the whole file's answers give again; a mean stands for all."""
    frame = weather(tmp_path / "weather.csv")
    targets = ["--target", "wet", "--target", "windy,sky"]
    options = [*targets, "--set", "training.epochs=40", "--out", str(tmp_path / "run")]
    made = nnlab("train", str(tmp_path / "weather.csv"), *options, "--json").data
    assert made["task"] == "multilabel"
    assert list(made["outputs"]) == list(NAMES)
    figures = made["metrics"]["test"]
    assert figures["roc_auc"] == pytest.approx(np.mean([each["roc_auc"] for each in made["outputs"].values()]))
    assert figures["roc_auc"] > 0.9 > made["baselines"]["majority"]["roc_auc"]
    assert {"linear", "lightgbm"} <= set(made["baselines"])
    assert "beats always saying the commoner answer" in made["verdict"]

    judged = nnlab("evaluate", str(tmp_path / "run"), str(tmp_path / "weather.csv"), "--json").data
    answers = load(tmp_path / "run").predict(frame.astype("str")).frame
    assert list(answers) == [f"{what}_{name}" for name in NAMES for what in ("prediction", "probability")]
    for name, yes in zip(NAMES, (1, "yes", "grey"), strict=True):
        expected = roc_auc_score(frame[name] == yes, answers[f"probability_{name}"])
        assert judged["outputs"][name]["roc_auc"] == pytest.approx(expected, abs=1e-4)
        is_yes = answers[f"probability_{name}"] > 0.5
        assert (is_yes == (answers[f"prediction_{name}"] == str(yes))).all()
    table = pd.read_parquet(tmp_path / "run" / "predictions.parquet")
    assert set(table["predicted sky"]) <= {"grey", "blue"}
    report = json.loads((tmp_path / "run" / "report.json").read_bytes())
    assert report["classes"] == ["wet", "windy", "sky = grey"]
    assert [each["name"] for each in report["per_class"]] == report["classes"]


def test_numbers_and_yes_or_no_do_not_go_together(tmp_path: Path, home: Path) -> None:
    """A plain sentence says which column is what."""
    weather(tmp_path / "weather.csv")
    answer = nnlab("train", str(tmp_path / "weather.csv"), "--target", "a,windy", "--json")
    assert answer.data["error"]["rule"] == "several targets are all numbers, or all yes or no"
    assert answer.data["error"]["came"] == "windy is yes or no, a is a number"


def test_several_numbers_have_a_metric_each(tmp_path: Path, home: Path) -> None:
    """They come back in the order of the columns, which is not that of their names."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y10": x[:, 0] - x[:, 1], "y2": 3 * x[:, 1], "y1": x.sum(axis=1)})
    frame.round(4).to_csv(tmp_path / "sums.csv", index=False)
    run = train(tmp_path / "sums.csv", ["y10", "y2,y1"], settings={"training.epochs": 60}, out=tmp_path / "run")
    summary = run.summary()
    assert summary["task"] == "regression"
    assert list(summary["outputs"]) == ["y10", "y2", "y1"]
    assert all(figures["r2"] > 0.5 for figures in summary["outputs"].values())
