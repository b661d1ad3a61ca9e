"""The baselines: what scikit-learn and LightGBM say, repeatable, quick, and never a crash on little data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnlab.baseline import baselines, fit_baselines
from nnlab.data.columns import Task
from nnlab.score.outputs import Outputs
from tests.batteries import battery
from tests.timed import Timed

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
LOADERS = {"binary": load_breast_cancer, "multiclass": load_wine, "regression": load_diabetes}
Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def parts(task: Task) -> Parts:
    """X and y of train, validation and test."""
    data = LOADERS[task]()
    order = np.random.default_rng(0).permutation(len(data.target))
    cut = [int(len(order) * share) for share in (0.6, 0.8)]
    train, validation, test = np.split(order, cut)
    X, y = data.data.astype(np.float32), data.target
    return X[train], y[train], X[validation], y[validation], X[test], y[test]


def values(outputs: Outputs) -> np.ndarray:
    assert outputs.values is not None, outputs.reason
    return outputs.values


@pytest.mark.parametrize("task", TASKS)
def test_each_baseline_answers_every_row_better_than_a_constant(task: Task) -> None:
    """Probabilities that sum to one, or values; the linear model and the trees learn something."""
    *fitted_on, X_test, y_test = parts(task)
    made = fit_baselines(task, *fitted_on, X_test, seed=0)
    assert tuple(made) == baselines(task)
    constant, linear, trees = (values(one) for one in made.values())
    if task == "regression":
        assert np.ptp(constant) == 0
        assert min(r2_score(y_test, linear), r2_score(y_test, trees)) > r2_score(y_test, constant) + 0.2
        return
    for said in (constant, linear, trees):
        assert said.shape == (len(X_test), len(np.unique(y_test)))
        assert said.sum(axis=1) == pytest.approx(1)
    assert max(log_loss(y_test, linear), log_loss(y_test, trees)) < 0.5 * log_loss(y_test, constant)


def test_the_linear_model_is_scikit_learns_on_standardized_columns() -> None:
    """The same probabilities as its pipeline gives, for numbers as the network takes them."""
    X, y, X_val, y_val, X_test, _ = parts("multiclass")
    theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(X.astype(float), y)
    ours = values(fit_baselines("multiclass", X, y, X_val, y_val, X_test, seed=0)["linear"])
    assert ours == pytest.approx(theirs.predict_proba(X_test.astype(float)), abs=2e-3)


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9, 1e300])
def test_a_regression_answers_in_the_unit_of_its_target(scale: float) -> None:
    """Whatever the unit, the answers are the same but for it."""
    X, y, X_val, y_val, X_test, _ = parts("regression")
    plain = fit_baselines("regression", X, y, X_val, y_val, X_test, seed=0)
    scaled = fit_baselines("regression", X, y * scale, X_val, y_val * scale, X_test, seed=0)
    for name in plain:
        assert values(scaled[name]) / scale == pytest.approx(values(plain[name]), rel=1e-3, abs=0.5)
    least_squares = LinearRegression().fit(X.astype(float), y).predict(X_test.astype(float))
    assert values(plain["linear"])[:, 0] == pytest.approx(least_squares, abs=5)


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_bits(task: Task) -> None:
    """A report made twice is the same report."""
    *fitted_on, X_test, _ = parts(task)
    first, second = (fit_baselines(task, *fitted_on, X_test, seed=7) for _ in range(2))
    assert all((values(first[name]) == values(second[name])).all() for name in first)


def test_several_outputs_are_answered_one_by_one() -> None:
    """Each output has its column, in its own unit."""
    X, y, X_val, y_val, X_test, y_test = parts("regression")
    y, y_val = np.stack([y, -y * 1000], axis=1), np.stack([y_val, -y_val * 1000], axis=1)
    made = fit_baselines("regression", X, y, X_val, y_val, X_test, seed=0)
    for name in ("linear", "lightgbm"):
        said = values(made[name])
        assert said.shape == (len(X_test), 2)
        assert r2_score(-y_test * 1000, said[:, 1]) > 0.2
        assert said[:, 1] == pytest.approx(said[:, 0] * -1000, rel=0.05)


@pytest.mark.parametrize("n_train", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("n_validation", [0, 1, 2])
@pytest.mark.parametrize("task", TASKS)
def test_a_handful_of_rows_never_crashes(task: Task, n_train: int, n_validation: int) -> None:
    """A baseline answers every test row with numbers, or says why it cannot."""
    X, y, X_val, y_val, X_test, _ = parts(task)
    X, y, X_val, y_val = X[:n_train], y[:n_train], X_val[:n_validation], y_val[:n_validation]
    made = fit_baselines(task, X, y, X_val, y_val, X_test, seed=0, n_classes=3)
    for one in made.values():
        assert one.values is None or np.isfinite(one.values).all()
        assert (one.values is None) == bool(one.reason)
    assert made[baselines(task)[0]].values is not None


def test_a_class_that_training_never_met_has_probability_0() -> None:
    """Its column is there; validation rows of it are no reason to fail."""
    X, y, X_val, y_val, X_test, _ = parts("multiclass")
    met = y != 1
    made = fit_baselines("multiclass", X[met], y[met], X_val, y_val, X_test, seed=0, n_classes=4)
    for one in made.values():
        assert values(one).shape == (len(X_test), 4)
        assert (values(one)[:, [1, 3]] == 0).all()
        assert values(one).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda X, y: (X, y * 0), "the training rows hold one class only"),
        (lambda X, y: (X[:, :0], y), "there are no features"),
        (lambda X, y: (X[:0], y[:0]), "there are no training rows"),
    ],
)
def test_what_cannot_be_fitted_says_why(change: object, reason: str) -> None:
    """None with a reason, and no warning on the way."""
    X, y, X_val, y_val, X_test, _ = parts("binary")
    X_changed, y_changed = change(X, y)  # type: ignore[operator]
    n = X_changed.shape[1]
    made = fit_baselines("binary", X_changed, y_changed, X_val[:, :n], y_val, X_test[:, :n], seed=0)
    assert [made[name].reason for name in ("linear", "lightgbm")] == [reason, reason]


def test_constant_columns_and_alike_columns_change_nothing() -> None:
    """A column without spread is no division by zero, and a column twice is no singular matrix."""
    X, y, X_val, y_val, X_test, _ = parts("regression")
    wide = [np.hstack([part, part, np.full((len(part), 2), 1e6, dtype=np.float32)]) for part in (X, X_val, X_test)]
    made = fit_baselines("regression", wide[0], y, wide[1], y_val, wide[2], seed=0)
    plain = fit_baselines("regression", X, y, X_val, y_val, X_test, seed=0)
    assert values(made["linear"]) == pytest.approx(values(plain["linear"]), abs=3)


def test_no_test_rows_cost_nothing() -> None:
    """Where no rows are left to judge nothing is fitted."""
    X, y, X_val, y_val, X_test, _ = parts("multiclass")
    made = fit_baselines("multiclass", X, y, X_val, y_val, X_test[:0], seed=0)
    assert all(values(one).shape == (0, 3) for one in made.values())


def test_progress_names_what_is_being_fitted() -> None:
    """A job shows it, and can end the work by raising."""
    told: list[tuple[float, str]] = []
    *fitted_on, X_test, _ = parts("binary")
    fit_baselines("binary", *fitted_on, X_test, seed=0, progress=lambda share, name: told.append((share, name)))
    assert [name for _, name in told] == ["majority", "linear", "lightgbm"]
    assert [share for share, _ in told] == sorted(share for share, _ in told)


def test_thirty_four_thousand_rows_take_seconds(timed: Timed) -> None:
    """A table the size of diamonds, 34 000 by 26 (a quarter of it in a small battery), on one core."""
    n_train = battery(8_500, 34_000)
    ends = [n_train, n_train * 5 // 4]
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_train * 3 // 2, 26)).astype(np.float32)
    y = np.sin(X[:, 0] * 2) * X[:, 1] + X[:, 2] + rng.normal(size=len(X)) * 0.1
    (X, X_val, X_test), (y, y_val, y_test) = np.split(X, ends), np.split(y, ends)
    with timed(f"baselines of {n_train} rows"):  # 6 s for all rows, measured
        made = fit_baselines("regression", X, y, X_val, y_val, X_test, seed=0)
    assert r2_score(y_test, values(made["lightgbm"])) > 0.9
