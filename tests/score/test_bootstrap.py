"""Intervals and paired differences: repeatable, fast, honest about few rows, and what a plain bootstrap gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from nnlab.score import bootstrap as module
from nnlab.score.bootstrap import bootstrap
from tests.batteries import battery
from tests.score.cases import prediction, truth
from tests.timed import Timed


def test_the_interval_is_scipys_percentile_bootstrap() -> None:
    """SciPy, resampling with scikit-learn's function, finds the same ends within the noise of the draws."""
    y = truth("binary", 120)
    p = prediction("binary", y, 1.0, 1)
    area = roc_auc_score(y, p[:, 1])
    low, high = bootstrap("binary", y, {"a": p}, seed=0).interval("a", "roc_auc", area) or (0, 0)
    theirs = stats.bootstrap(
        (y, p[:, 1]),
        roc_auc_score,
        paired=True,
        vectorized=False,
        n_resamples=battery(300, 1000),
        method="percentile",
        rng=1,
    ).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.025)


def test_a_paired_difference_is_narrower_than_two_intervals_would_say() -> None:
    """Both models meet the same resamples: what makes rows hard for both cancels."""
    y = truth("binary", 200)
    p = prediction("binary", y, 1.0, 1)
    nearly = p * 0.999 + prediction("binary", y, 1.0, 2) * 0.001
    drawn = bootstrap("binary", y, {"a": p, "b": nearly}, seed=0)
    low, high = drawn.difference("a", "b", "roc_auc", 0.0) or (0, 0)
    own = drawn.interval("a", "roc_auc", 0.8) or (0, 0)
    assert high - low < 0.1 * (own[1] - own[0])
    assert drawn.difference("a", "a", "roc_auc", 0.0) == (0.0, 0.0)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    """Randomness enters as a seed, nowhere else."""
    y = truth("multiclass", 60)
    p = {"a": prediction("multiclass", y, 1.0, 1)}
    ends = [bootstrap("multiclass", y, p, seed=seed).interval("a", "f1_macro", 0.5) for seed in (3, 3, 4)]
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize("n_rows", [1, 2, 9])
def test_fewer_than_ten_rows_have_no_interval(n_rows: int) -> None:
    """Of so few rows the resamples are too alike to say anything."""
    y = np.arange(n_rows) % 2
    drawn = bootstrap("binary", y, {"a": np.full((n_rows, 2), 0.5)}, seed=0)
    assert drawn.interval("a", "accuracy", 0.5) is None


def test_a_class_of_one_row_among_twelve_has_no_interval() -> None:
    """A third of the resamples lack the class: the interval would be that of the lucky ones."""
    y = np.eye(12, dtype=np.int64)[0]
    drawn = bootstrap("binary", y, {"a": prediction("binary", y, 1.0, 1)}, seed=0)
    assert drawn.interval("a", "roc_auc", 0.5) is None
    assert drawn.interval("a", "accuracy", 0.5) is not None


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Of many test sets from one source the 95 % interval of the R² holds the source's own R² nearly always."""
    n_held, n_sets = 0, battery(60, 400)
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=150)
        p = (y + rng.normal(size=150) * 0.5)[:, None]
        drawn = bootstrap("regression", y[:, None], {"a": p}, seed=seed, n_resamples=300)
        low, high = drawn.interval("a", "r2", 0.75) or (0, 0)
        n_held += low <= 0.75 <= high
    assert n_held / n_sets > 0.87


def test_a_large_test_set_is_drawn_from_in_part_and_the_spread_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interval of many rows is about as wide as if all of them had been drawn from."""
    y = truth("binary", 12_000)
    p = {"a": prediction("binary", y, 1.0, 1)}
    whole = bootstrap("binary", y, p, seed=0)
    monkeypatch.setattr(module, "MOST_ROWS", 3000)
    part = bootstrap("binary", y, p, seed=0)
    assert (len(whole.rows), len(part.rows)) == (12_000, 3000)
    area = roc_auc_score(y, p["a"][:, 1])
    ends = [drawn.interval("a", "roc_auc", area) or (0, 0) for drawn in (whole, part)]
    widths = [high - low for low, high in ends]
    assert widths[1] == pytest.approx(widths[0], rel=0.25)
    assert all(low < area < high for low, high in ends)


def test_four_models_on_ten_thousand_rows_take_seconds(timed: Timed) -> None:
    """A thousand resamples of every metric; a call of scikit-learn for each would take minutes."""
    y = truth("binary", 10_000)
    models = {name: prediction("binary", y, 1.0, i) for i, name in enumerate("abcd")}
    with timed("a thousand resamples of four models"):  # 1.7 s, measured
        drawn = bootstrap("binary", y, models, seed=0)
    assert [drawn.interval(name, "accuracy", 0.5) is not None for name in "abcd"] == [True] * 4
