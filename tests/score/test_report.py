"""The report as a value, its figures, and what it says where figures are missing."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn import metrics as sk

from nnlab.data.columns import Task
from nnlab.errors import StorageError
from nnlab.score.outputs import Outputs
from nnlab.score.report import Report, make_report
from tests.score.cases import CLASSES, prediction, report, truth

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("task", TASKS)
def test_a_report_is_plain_json_and_reads_back_equal(task: Task) -> None:
    """No NaN, no infinity, nothing lost."""
    made = report(task)
    text = made.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert Report.from_file(text) == made
    assert made.format == 1


def test_reading_a_report_needs_no_scikit_learn() -> None:
    """A page that shows a report does not wait for scikit-learn, LightGBM, pandas or torch."""
    code = (
        "import sys; from nnlab.score.report import Report; Report.from_file(sys.stdin.read());"
        "print([name for name in ('sklearn', 'scipy', 'lightgbm', 'pandas', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=report().to_json(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_report_of_a_newer_version_is_refused() -> None:
    """Said with both formats, nothing guessed."""
    text = report(n_rows=20).having(format=2).to_json()
    with pytest.raises(StorageError, match="format 2"):
        Report.from_file(text)


def test_the_figures_of_classes_are_scikit_learns() -> None:
    """Per class, per cell and in the summary."""
    y = truth("multiclass", 179)
    p = prediction("multiclass", y, 2.0, 1)
    made = report("multiclass")
    said = p.argmax(axis=1)
    assert np.array(made.confusion).tolist() == sk.confusion_matrix(y, said).tolist()
    theirs = sk.precision_recall_fscore_support(y, said)
    ours = [[getattr(one, name) for one in made.per_class] for name in ("precision", "recall", "f1", "support")]
    assert np.array(ours) == pytest.approx(np.array(theirs))
    assert made.metrics["test"]["accuracy"] == pytest.approx(sk.accuracy_score(y, said))


def test_the_summary_is_what_the_command_line_prints() -> None:
    """Metrics by part, each baseline's metrics by name, the verdict; all of it JSON."""
    said = report().summary()
    assert set(said) == {"task", "target", "n_rows", "metrics", "baselines", "verdict", "best_epoch", "epochs"}
    assert list(said["baselines"]) == ["majority", "linear", "lightgbm"]
    assert said["baselines"]["majority"]["roc_auc"] == 0.5
    json.dumps(said, allow_nan=False)


def test_the_network_beats_a_constant_and_is_not_told_from_its_equal() -> None:
    """Beats and loses to are said only where the paired interval excludes zero."""
    made = report(n_rows=400, skill=2.0)
    assert made.differences["majority"].says == "beats"
    assert made.differences["lightgbm"].says == "cannot be told from"
    worse = report(n_rows=400, skill=0.3)
    assert worse.differences["lightgbm"].says == "loses to"
    assert (worse.differences["lightgbm"].high or 0) < 0


def test_no_test_rows_leave_no_figures() -> None:
    """Three rows train; the verdict says that no rows are left to judge."""
    empty = Outputs(np.zeros((0, 2)))
    rows = {"train": 3, "validation": 0, "test": 0}
    made = make_report("regression", (), ("a", "b"), [], np.zeros((0, 2)), empty, {"mean": empty}, rows)
    assert made.metrics == {"test": {}}
    assert made.verdict == "All 3 rows are used for training: no rows are left to judge."
    assert made.baselines["mean"].metrics == {}
    assert (made.cells, made.worst, made.curves, made.differences) == ((), (), (), {})


@pytest.mark.parametrize("n_rows", [1, 2, 5])
@pytest.mark.parametrize("task", TASKS)
def test_a_few_test_rows_give_figures_and_no_intervals(task: Task, n_rows: int) -> None:
    """Nothing is claimed from them, and nothing fails."""
    made = report(task, n_rows)
    assert all(ends is None for ends in made.intervals.values())
    assert all(one.says is None for one in made.differences.values())
    assert any("intervals need at least 10" in note for note in made.notes)
    assert Report.from_file(made.to_json()) == made


def test_a_class_missing_from_the_test_rows_is_named_and_has_no_figures() -> None:
    """Its recall is neither 0 nor 1; the others keep theirs."""
    y = truth("multiclass", 60) % 3
    made = report("multiclass", 60, truth=y, network=Outputs(prediction("multiclass", y, 2.0, 1)))
    absent = made.per_class[3]
    assert (absent.support, absent.precision, absent.recall, absent.f1) == (0, None, None, None)
    assert made.metrics["test"]["roc_auc"] is not None
    assert "No test row is “dogwood”: the figures are over the other classes." in made.notes


def test_test_rows_of_one_class_say_that_nothing_can_be_compared() -> None:
    """The headline is None and the verdict says so."""
    made = report(n_rows=20, truth=np.ones(20, dtype=np.int64))
    assert made.metrics["test"]["roc_auc"] is None
    assert "cannot be computed" in made.verdict
    assert any("All test rows are “yes”" in note for note in made.notes)


def test_a_baseline_that_could_not_be_fitted_has_none_figures_and_its_reason() -> None:
    """It is there by name, so that a reader sees that it is missing and why."""
    y = truth("binary", 50)
    made = report(
        n_rows=50,
        baselines={
            "majority": Outputs(np.tile([0.4, 0.6], (50, 1))),
            "linear": Outputs(None, "the training rows hold one class only"),
        },
        network=Outputs(prediction("binary", y, 3.0, 1)),
    )
    assert set(made.baselines["linear"].metrics.values()) == {None}
    assert made.baselines["linear"].reason == "the training rows hold one class only"
    assert any("linear has no figures" in note for note in made.notes)
    assert "beats always saying “yes”" in made.verdict


def test_a_network_that_gives_every_row_the_same_answer_is_said_to() -> None:
    """Its ranks may beat chance, so the verdict alone would praise it."""
    y = truth("binary", 50)
    share = np.where(y == 1, 0.2, 0.1)  # the right order, and never above a half
    made = report(n_rows=50, network=Outputs(np.stack([1 - share, share], axis=1)))
    assert made.metrics["test"]["roc_auc"] == 1.0
    assert "The network answers “no” in every test row." in made.notes


def test_outputs_that_are_not_numbers_give_none_and_no_crash() -> None:
    """A network that diverged is not judged by accident."""
    made = report(n_rows=30, network=Outputs(np.full((30, 2), np.nan)))
    assert set(made.metrics["test"].values()) == {None}
    assert made.cells == ()
    assert any("The network has no figures" in note for note in made.notes)


def test_several_outputs_have_their_own_figures_and_a_mean() -> None:
    """Means in the part's metrics, each output under its name; an output that never varies has no R²."""
    rng = np.random.default_rng(0)
    y = np.stack([rng.normal(size=80), rng.normal(size=80) * 100, np.full(80, 5.0)], axis=1)
    p = y + rng.normal(size=y.shape)
    made = make_report(
        "regression",
        (),
        ("a", "b", "c"),
        np.arange(80),
        y,
        Outputs(p),
        {"mean": Outputs(np.tile(y.mean(0), (80, 1)))},
        {"train": 200, "validation": 50, "test": 80},
    )
    assert made.outputs["b"]["r2"] == pytest.approx(sk.r2_score(y[:, 1], p[:, 1]))
    assert made.outputs["c"]["r2"] is None
    assert made.metrics["test"]["r2"] == pytest.approx(np.mean([sk.r2_score(y[:, k], p[:, k]) for k in (0, 1)]))
    assert made.metrics["test"]["mae"] == pytest.approx(sk.mean_absolute_error(y, p))
    assert set(made.baselines["mean"].outputs) == {"a", "b", "c"}
    assert [one.output for one in made.scatters] == ["a", "b", "c"]
    assert set(made.summary()["outputs"]) == {"a", "b", "c"}


def test_a_frequent_class_makes_accuracy_need_company() -> None:
    """Said in a note, with the share that always saying it reaches."""
    y = (np.arange(200) % 20 == 0).astype(np.int64)
    made = report(n_rows=200, truth=y, network=Outputs(prediction("binary", y, 2.0, 1)))
    assert any(note.startswith("Always saying “no” is right on 95\u202f% of the rows") for note in made.notes)


def test_no_wrong_row_is_no_proof() -> None:
    """Seventy right answers of seventy still leave some percent of new rows open: the rule of three."""
    y = truth("binary", 70)
    made = report(n_rows=70, truth=y, network=Outputs(np.eye(2)[y] * 0.98 + 0.01))
    assert any("up to 4.2\u202f%" in note for note in made.notes)
    assert made.worst == ()


def test_a_network_with_fewer_columns_than_classes_gives_the_rest_nothing() -> None:
    """A baseline that never met the last class gives it probability 0."""
    y = truth("multiclass", 60)
    p = prediction("multiclass", y, 1.0, 1)[:, :3]
    made = report("multiclass", 60, baselines={"linear": Outputs(p)})
    assert made.baselines["linear"].metrics["log_loss"] == pytest.approx(
        sk.log_loss(y, np.pad(p / p.sum(1, keepdims=True), ((0, 0), (0, 1))), labels=range(4)), rel=1e-6
    )


def test_names_from_the_data_stay_as_they_are() -> None:
    """A class called like markup is data: the same text in the report, no wider than a sentence in the verdict."""
    name = "<script>alert(1)</script>" + "x" * 300
    y = truth("binary", 50)
    made = report(
        n_rows=50, classes=(name, "yes"), truth=1 - y, baselines={"majority": Outputs(np.tile([0.9, 0.1], (50, 1)))}
    )
    assert made.classes[0] == name
    assert len(made.verdict) < 300


@pytest.mark.parametrize("task", TASKS)
def test_numbers_at_the_ends_of_float64_end_in_none(task: Task) -> None:
    """Huge targets and sure mistakes are judged without a warning and written as JSON."""
    if task == "regression":
        y = np.array([1e308, -1e308] * 20)
        made = report(task, 40, truth=y, network=Outputs(-y), baselines={"mean": Outputs(np.zeros(40))})
    else:
        y = truth(task, 40)
        wrong = np.eye(len(CLASSES[task]))[(y + 1) % len(CLASSES[task])]
        made = report(task, 40, truth=y, network=Outputs(wrong))
    assert Report.from_file(made.to_json()) == made
