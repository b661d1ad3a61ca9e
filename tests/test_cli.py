"""The commands, each with what it promises; pandas and scikit-learn say what is right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file
from sklearn import metrics
from sklearn.datasets import load_digits

from tests.command import SAMPLES, few_penguins, nnlab, told

KEYS = {
    *("run", "task", "target", "n_rows", "metrics", "baselines", "verdict"),
    *("best_epoch", "epochs", "seconds", "device", "n_parameters"),
}
QUICK = ("--set", "training.epochs=3")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_penguins(tmp_path_factory.mktemp("rows") / "penguins.csv")


@pytest.fixture(scope="module")
def trained(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder outside of every workspace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLAB_HOME", str(tmp_path_factory.mktemp("home")))
        out = tmp_path_factory.mktemp("runs") / "My run 1"
        told("train", rows, "--target", "species", "--out", out, "--set", "training.epochs=12")
    return out


def test_read_tells_what_was_understood() -> None:
    """Rows, columns and missing cells are those pandas finds."""
    said, frame = told("read", SAMPLES / "penguins.csv"), pd.read_csv(SAMPLES / "penguins.csv")
    assert (said["n_rows"], said["n_columns"]) == frame.shape
    assert (said["encoding"], said["delimiter"], said["header_line"]) == ("utf-8", ",", 1)
    assert {column["name"]: column["missing"] for column in said["columns"]} == frame.isna().sum().to_dict()
    assert {column["kind"] for column in said["columns"]} == {"categorical", "numeric"}
    assert all(column["reason"] for column in said["columns"])
    assert "344 rows, 7 columns" in nnlab("read", SAMPLES / "penguins.csv").out


def test_read_joins_several_files(tmp_path: Path) -> None:
    """Rows of both, and a column that says whose they are."""
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("a,b\n1,x\n2,y\n")
    said = told("read", tmp_path / "train.csv", tmp_path / "test.csv")
    assert (said["name"], said["n_rows"]) == ("train.csv + test.csv", 4)
    assert (said["columns"][-1]["name"], said["columns"][-1]["role"]) == ("file", "split")


def test_read_finds_a_block_of_pixels(tmp_path: Path) -> None:
    """The handwritten digits of scikit-learn: one column of pictures, its form and its columns, beside the target."""
    digits = load_digits(as_frame=True).frame.head(60).astype(int)
    digits.to_csv(tmp_path / "digits.csv", index=False)
    columns = {column["name"]: column for column in told("read", tmp_path / "digits.csv")["columns"]}
    assert set(columns) == {"pixels", "target"}
    image = columns["pixels"]["image"]
    assert (image["height"], image["width"], image["channels"]) == (8, 8, 1)
    assert image["parts"] == list(digits.columns[:64])
    assert "image" not in columns["target"]


def test_read_tells_the_issues_by_line(tmp_path: Path) -> None:
    """A row with a cell too many is named by its line in the file."""
    (tmp_path / "odd.csv").write_text("a,b\n" + "1,2\n" * 20 + "3,4,5\n" + "6,7\n" * 20)
    assert 22 in [issue["line"] for issue in told("read", tmp_path / "odd.csv")["issues"]]


def test_train_says_all_that_was_promised(rows: Path, tmp_path: Path) -> None:
    """The promised keys, every row in one part, the three baselines, and a run folder."""
    answer = nnlab("train", rows, "--target", "species", "--json", "--out", tmp_path / "run", *QUICK)
    said = answer.data
    assert answer.status == 0
    assert set(said) >= KEYS
    assert sum(said["n_rows"].values()) == 120
    assert {"accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss"} <= set(said["metrics"]["test"])
    assert set(said["baselines"]) == {"majority", "linear", "lightgbm"}
    assert (said["task"], said["target"], said["epochs"], said["device"]) == ("multiclass", ["species"], 3, "cpu")
    assert said["verdict"].startswith("On these ")
    weights = load_file(tmp_path / "run" / "best.safetensors")
    assert said["n_parameters"] == sum(tensor.numel() for tensor in weights.values())
    assert Path(said["run"]) == tmp_path / "run"
    assert "epoch 3 of 3" in answer.err


def test_without_out_the_run_goes_to_the_space_local(rows: Path, home: Path) -> None:
    """Where the pages find it; its id is enough to evaluate it."""
    run = Path(told("train", rows, "--target", "species", *QUICK)["run"])
    assert run.parent == home / "spaces" / "local" / "runs"
    assert told("evaluate", run.name)["metrics"] == told("evaluate", run)["metrics"]


def test_people_get_sentences(rows: Path) -> None:
    """Without --json: the figures, the baselines and the verdict."""
    answer = nnlab("train", rows, "--target", "species", *QUICK)
    for part in ("finished", "accuracy 0.", "  majority: ", "  linear: ", "  lightgbm: ", "On these "):
        assert part in answer.out


def test_evaluate_equals_scikit_learn_on_the_predictions(trained: Path, rows: Path) -> None:
    """The figures on a file are those that scikit-learn finds from what `predict` answers for it."""
    said = told("evaluate", trained, rows)
    answers = pd.DataFrame(told("predict", trained, rows)["rows"])
    truth = answers["species"]
    shares = answers[[name for name in answers.columns if name.startswith("probability_")]].to_numpy()
    assert said["n_rows"]["test"] == len(answers) == 120
    right = {
        "accuracy": metrics.accuracy_score(truth, answers["prediction"]),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, answers["prediction"]),
        "f1_macro": metrics.f1_score(truth, answers["prediction"], average="macro"),
        "log_loss": metrics.log_loss(truth, shares),
        "roc_auc": metrics.roc_auc_score(truth, shares, multi_class="ovr"),
    }
    assert {name: said["metrics"]["test"][name] for name in right} == pytest.approx(right, abs=1e-9)


def test_evaluate_without_a_file_gives_the_report(trained: Path, tmp_path: Path) -> None:
    """Of a run folder, and of the same run downloaded as a zip."""
    from nnlab.runs.archive import pack

    said = told("evaluate", trained)
    assert said["metrics"]["test"] == json.loads((trained / "report.json").read_text())["metrics"]["test"]
    (tmp_path / "run.zip").write_bytes(pack(trained))
    downloaded = told("evaluate", tmp_path / "run.zip")
    assert {**downloaded, "run": ""} == {**said, "run": "", "n_parameters": downloaded["n_parameters"]}


def test_a_metric_that_cannot_be_computed_is_null(trained: Path, tmp_path: Path) -> None:
    """One class alone has no ROC AUC; the others stay numbers."""
    frame = pd.read_csv(SAMPLES / "penguins.csv")
    frame[frame["species"] == "Gentoo"].to_csv(tmp_path / "one.csv", index=False)
    figures = told("evaluate", trained, tmp_path / "one.csv")["metrics"]["test"]
    assert figures["roc_auc"] is None
    assert 0 <= figures["accuracy"] <= 1


def test_several_outputs_have_their_own_figures(tmp_path: Path) -> None:
    """`metrics.test` holds the means, `outputs.NAME` each; scikit-learn's r2_score of several outputs agrees."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 2)).round(4), columns=["a", "b"])
    frame["y, one"], frame["y2"] = frame["a"] + frame["b"], 3 * frame["a"] - frame["b"]
    frame.to_csv(tmp_path / "two.csv", index=False)
    out = tmp_path / "run"
    said = told("train", tmp_path / "two.csv", "--target", '"y, one",y2', "--out", out, "--set", "training.epochs=20")
    assert (said["task"], said["target"]) == ("regression", ["y, one", "y2"])
    for name in ("r2", "mae", "rmse"):
        mean = np.mean([said["outputs"][output][name] for output in ("y, one", "y2")])
        assert said["metrics"]["test"][name] == pytest.approx(mean)
    found = told("evaluate", out, tmp_path / "two.csv")
    answers = pd.DataFrame(told("predict", out, tmp_path / "two.csv")["rows"])
    given = answers[["prediction_y, one", "prediction_y2"]]
    assert found["metrics"]["test"]["r2"] == pytest.approx(metrics.r2_score(frame[["y, one", "y2"]], given), abs=1e-9)


def test_a_few_rows_train_and_are_not_judged(tmp_path: Path) -> None:
    """The textbook's three rows: no test metrics, and the verdict says why."""
    said = told("train", SAMPLES / "textbook.csv", "--target", "y1,y2", *QUICK)
    assert said["metrics"]["test"] == {}
    assert said["n_rows"] == {"train": 3, "validation": 0, "test": 0}
    assert "no rows" in said["verdict"].lower()


def test_the_same_seed_gives_the_same_bits(rows: Path, tmp_path: Path) -> None:
    """Twice the same seed: equal weights; another seed: others, and another split."""
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        told("train", rows, "--target", "species", "--seed", seed, "--out", tmp_path / name, *QUICK)
    a, b, c = (load_file(tmp_path / name / "best.safetensors") for name in "abc")
    assert all(a[name].equal(b[name]) for name in a)
    assert not all(a[name].equal(c[name]) for name in a)
    assert json.loads((tmp_path / "c" / "run.json").read_text())["project"]["split"]["seed"] == 4


def test_a_template_makes_the_network(rows: Path, tmp_path: Path) -> None:
    """`linear` has no hidden layer: one weight for each feature and class, and an offset."""
    said = told("train", rows, "--target", "species", "--template", "linear", "--out", tmp_path / "run", *QUICK)
    weights = load_file(tmp_path / "run" / "best.safetensors")
    assert sorted(tensor.dim() for tensor in weights.values()) == [1, 2]
    assert said["n_parameters"] == sum(tensor.numel() for tensor in weights.values())


def test_a_network_comes_from_a_file(rows: Path, tmp_path: Path) -> None:
    """The layers of a JSON file are the layers of the run."""
    network = {"trunk": [{"kind": "Linear", "out_features": 7}, {"kind": "ReLU"}]}
    (tmp_path / "network.json").write_text(json.dumps(network))
    out = tmp_path / "run"
    told("train", rows, "--target", "species", "--network", tmp_path / "network.json", "--out", out, *QUICK)
    assert 7 in {tensor.shape[0] for tensor in load_file(out / "best.safetensors").values()}


def test_settings_and_ignored_columns_reach_the_run(rows: Path, tmp_path: Path) -> None:
    """`--set` takes the path of any field; a column that is ignored, or divides the rows, is no feature."""
    out = tmp_path / "run"
    more = ("--set", "training.optimizer=sgd", "--set", "split.test=0.4", "--ignore", "island", "--ignore", "sex")
    more += ("--group", "body_mass_g")
    told("train", rows, "--target", "species", "--out", out, *more, *QUICK)
    project = json.loads((out / "run.json").read_text())["project"]
    assert (project["training"]["optimizer"], project["split"]["test"]) == ("sgd", 0.4)
    assert {column["column"] for column in project["recipe"]["columns"]} == {
        *("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
    }
    assert {"body_mass_g": "group"} == {
        column["name"]: column["role"] for column in project["columns"]["columns"] if column["role"] == "group"
    }


def test_the_task_can_be_overruled(tmp_path: Path) -> None:
    """Few whole numbers are classes, unless --task says that they are amounts."""
    frame = pd.DataFrame({"a": np.linspace(0, 1, 60), "y": np.arange(60) % 5})
    frame.to_csv(tmp_path / "few.csv", index=False)
    assert told("train", tmp_path / "few.csv", "--target", "y", *QUICK)["task"] == "multiclass"
    assert told("train", tmp_path / "few.csv", "--target", "y", "--task", "regression", *QUICK)["task"] == "regression"


@pytest.mark.parametrize("has_validation", [True, False])
def test_a_split_column_says_which_rows_do_what(tmp_path: Path, has_validation: bool) -> None:
    """The rows named test are the test rows; without rows for validation they are taken from train."""
    rng = np.random.default_rng(0)
    parts = ["train"] * 40 + (["validation"] * 10 if has_validation else []) + ["test"] * 12
    frame = pd.DataFrame({"a": rng.normal(size=len(parts)), "part": parts, "y": rng.normal(size=len(parts))})
    frame.to_csv(tmp_path / "split.csv", index=False)
    out = tmp_path / "run"
    said = told("train", tmp_path / "split.csv", "--target", "y", "--split-column", "part", "--out", out, *QUICK)
    assert said["n_rows"]["test"] == 12
    assert said["n_rows"]["train"] + said["n_rows"]["validation"] == len(parts) - 12
    assert said["n_rows"]["validation"] == 10 if has_validation else said["n_rows"]["validation"] > 0
    lines = pd.read_parquet(out / "predictions.parquet")["line"]
    assert set(lines) == set(range(len(parts) - 12 + 2, len(parts) + 2))
    project = json.loads((out / "run.json").read_text())["project"]
    assert [column["column"] for column in project["recipe"]["columns"]] == ["a"]


def test_the_manual_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    """And says how long it is."""
    said = told("manual", "--out", tmp_path / "reference.md")
    assert said["n_lines"] == (tmp_path / "reference.md").read_text().count("\n")


def test_a_worker_is_started_by_its_own_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the workspace that is asked for, and with the worker's own exit status."""
    from nnlab.runs import worker

    asked: list[list[str]] = []
    monkeypatch.setattr(worker, "main", lambda words: asked.append(words) or 0)
    assert told("worker", "--home", tmp_path) == {"status": 0}
    assert asked == [["--home", str(tmp_path)]]


def test_bench_times_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row for each arm, with the ratio's least, median and largest value."""
    from nnlab.bench import parts, rows

    arms = {"twice": lambda: sum(range(2000))}
    monkeypatch.setitem(
        parts.PARTS, "network", lambda: rows.side_by_side("network", ("once", lambda: sum(range(1000))), arms, 3)
    )
    (row,) = told("bench", "network")
    assert (row["part"], row["arm"], row["base"]) == ("network", "twice", "once")
    assert row["ratio"]["min"] <= row["ratio"]["median"] <= row["ratio"]["max"]
