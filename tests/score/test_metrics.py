"""Every metric against scikit-learn, on all rows and on resamples of them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from nnlab.data.columns import Task
from nnlab.errors import SpecError
from nnlab.score.metrics import Metric, Resample, headline, metrics
from tests.batteries import battery
from tests.score.cases import prediction, truth

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
BY_TASK = [(task, metric) for task in TASKS for metric in metrics.for_task(task)]
NAMES = [f"{metric.name}-{task}" for task, metric in BY_TASK]


def expected(task: Task, name: str, y: np.ndarray, p: np.ndarray) -> float:
    """What scikit-learn's own defaults say, every class being present."""
    label, many = p.argmax(axis=1) if p.ndim > 1 else None, {"average": "macro", "zero_division": 0}
    n_classes = p.shape[1] if p.ndim > 1 else 0
    each = [1] if n_classes == 2 else list(range(n_classes))
    values = {
        "accuracy": lambda: sk.accuracy_score(y, label),
        "balanced_accuracy": lambda: sk.balanced_accuracy_score(y, label),
        "precision_macro": lambda: sk.precision_score(y, label, **many),
        "recall_macro": lambda: sk.recall_score(y, label, **many),
        "f1_macro": lambda: sk.f1_score(y, label, **many),
        "roc_auc": lambda: sk.roc_auc_score(y, p[:, 1] if n_classes == 2 else p, multi_class="ovr", average="macro"),
        "average_precision": lambda: np.mean([sk.average_precision_score(y == k, p[:, k]) for k in each]),
        "log_loss": lambda: sk.log_loss(y, p),
        "r2": lambda: sk.r2_score(y, p),
        "mae": lambda: sk.mean_absolute_error(y, p),
        "rmse": lambda: sk.mean_squared_error(y, p) ** 0.5,
    }
    return float(values[name]())


def case(task: Task, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    y = truth(task, n_rows, seed)
    p = prediction(task, y, 1.0, seed + 1)
    return y, p[:, 0] if task == "regression" else p


@pytest.mark.parametrize(("task", "metric"), BY_TASK, ids=NAMES)
def test_the_value_is_scikit_learns(task: Task, metric: Metric) -> None:
    """With every class among the rows a metric is what scikit-learn's function of that name says."""
    for seed in range(battery(3, 40)):
        y, p = case(task, 80, seed)
        assert metric.of(y, p) == pytest.approx(expected(task, metric.name, y, p), rel=1e-12)


@pytest.mark.parametrize(("task", "metric"), BY_TASK, ids=NAMES)
def test_a_resample_has_the_value_of_its_rows(task: Task, metric: Metric) -> None:
    """The fast way over many resamples gives what the metric gives for the drawn rows one by one, ties included."""
    rng = np.random.default_rng(0)
    for seed in range(battery(3, 40)):
        y, p = case(task, 50, seed)
        drawn = rng.integers(0, 50, (8, 50))
        counts = np.stack([np.bincount(rows, minlength=50) for rows in drawn], axis=1).astype(np.float32)
        values = [metric.of(y[rows], p[rows]) for rows in drawn]
        assert metric.over(Resample(y, p, counts)) == pytest.approx(np.array(values, dtype=float), rel=1e-5)


@pytest.mark.parametrize("metric", metrics.for_task("multiclass"), ids=lambda metric: metric.name)
def test_a_class_without_rows_is_neither_0_nor_1(metric: Metric) -> None:
    """Means are over the classes that appear; a class that is only predicted changes none of them by itself."""
    y = np.array([0, 0, 1, 1, 0, 1, 0, 1])
    p = np.full((8, 3), 0.02)
    p[np.arange(8), y] = 0.96
    value = metric.of(y, p)
    assert value is not None
    if metric.name != "log_loss":
        assert value == 1.0
    over = metric.over(Resample(y, p, np.ones((8, 1), dtype=np.float32)))
    assert over == pytest.approx([value], rel=1e-6)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "balanced_accuracy", "f1_macro"])
def test_rows_of_one_class_give_no_figure_that_compares_classes(name: str) -> None:
    """None, and NaN in a resample; accuracy and log loss stay."""
    y, p = np.ones(6, dtype=np.int64), np.tile([0.3, 0.7], (6, 1))
    assert metrics[name].of(y, p) is None
    assert np.isnan(metrics[name].over(Resample(y, p, np.ones((6, 2), dtype=np.float32)))).all()
    assert metrics["accuracy"].of(y, p) == 1.0


def test_r2_of_a_constant_or_a_single_value_is_none() -> None:
    """There is no variance to explain."""
    r2 = metrics["r2"]
    assert r2.of(np.array([3.0, 3.0, 3.0]), np.array([1.0, 2.0, 3.0])) is None
    assert r2.of(np.array([3.0]), np.array([1.0])) is None
    assert np.isnan(r2.over(Resample(np.full(4, 3.0), np.arange(4.0), np.ones((4, 2), dtype=np.float32)))).all()


def test_equal_rankings_have_exactly_equal_areas() -> None:
    """Two models that rank alike by different scores differ by 0, not by a rounding that a sign could be read from."""
    y = truth("binary", 3000)
    sure, unsure = (y * gap + 0.5 - gap / 2 for gap in (0.9, 0.2))
    counts = np.random.default_rng(0).poisson(1, (3000, 50)).astype(np.float32)
    areas = [metrics["roc_auc"].over(Resample(y, np.stack([1 - p, p], 1), counts)) for p in (sure, unsure)]
    assert (areas[0] == areas[1]).all()
    assert (areas[0] == 1).all()


def test_a_metric_registers_once_and_an_unknown_name_has_a_suggestion() -> None:
    """The registry is the one list; a second metric of a name is our own mistake."""
    with pytest.raises(ValueError, match="registered already"):
        metrics(type(metrics["r2"]))
    with pytest.raises(SpecError, match="roc_auc"):
        metrics["roc_acu"]
    assert len(metrics) == len(list(metrics)) == len(metrics.names)
    assert "mae" in metrics


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_headline_that_it_is_judged_by_first(task: Task) -> None:
    """The headline leads the list of the task's metrics."""
    assert metrics.for_task(task)[0].name == headline(task)


def test_numbers_near_the_end_of_float64_give_none_and_no_warning() -> None:
    """Squares overflow: the figure is not there, and nothing else happens."""
    y, p = np.array([1e308, -1e308, 0.0]), np.array([-1e308, 1e308, 1.0])
    with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [metrics[name].of(y, p) for name in ("r2", "rmse")] == [None, None]
