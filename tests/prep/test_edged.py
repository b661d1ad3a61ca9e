"""Bins, piecewise-linear codes and splines: scikit-learn's numbers, and a few lines of numpy where it has none."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from sklearn import preprocessing

from nnlab.prep.steps import Facts, Step, steps
from tests.batteries import battery
from tests.prep.tables import Floats, numbers

N_ROWS = 300
TABLES = battery(2, 20)


def applied(step: Step, train: Floats, rows: Floats) -> Floats:
    """What the step makes of rows, (N, K), learnt from training rows; both (N,) or with one row a number."""
    learnt = step.learn(np.atleast_2d(train), Facts("c"))
    return step.module(learnt)(torch.from_numpy(np.atleast_2d(rows))).to(torch.float64).numpy().T


def shapes(seed: int) -> dict[str, tuple[Floats, Floats]]:
    """Columns of every shape to learn from, and rows within and beyond them."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, train in numbers(rng, N_ROWS).items():
        there = train[~np.isnan(train)]
        found[name] = (train, np.concatenate([there, there[:50] * 1.7 - 1, [there.min(), there.max()]]))
    return found


@pytest.mark.parametrize("seed", range(TABLES))
@pytest.mark.parametrize(("edges_at", "strategy"), [("quantiles", "quantile"), ("equal widths", "uniform")])
@pytest.mark.parametrize("n_bins", [2, 8, 50])
def test_bins_agree_with_scikit_learn(edges_at: str, strategy: str, n_bins: int, seed: int) -> None:
    """The same ones for rows of the fit and others; what is missing lies in no bin."""
    step = steps["bins"].parse({"n_bins": n_bins, "edges_at": edges_at})
    for name, (train, rows) in shapes(seed).items():
        if name in ("constant", "one value", "tiny"):  # equal edges, which scikit-learn keeps or drops by strategy
            continue
        oracle = preprocessing.KBinsDiscretizer(n_bins, encode="onehot-dense", strategy=strategy, subsample=None)
        oracle.set_params(quantile_method="linear")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = oracle.fit(train[~np.isnan(train)][:, None]).transform(rows[:, None])
        np.testing.assert_array_equal(applied(step, train, rows), wanted, err_msg=name)
        assert not applied(step, train, np.array([np.nan])).any()


@pytest.mark.parametrize("seed", range(TABLES))
@pytest.mark.parametrize(("knots_at", "strategy"), [("quantiles", "quantile"), ("equal widths", "uniform")])
@pytest.mark.parametrize(("n_knots", "degree"), [(2, 1), (5, 3), (12, 2)])
def test_splines_agree_with_scikit_learn(knots_at: str, strategy: str, n_knots: int, degree: int, seed: int) -> None:
    """To 1e-6, beyond the outer knots too."""
    step = steps["splines"].parse({"n_knots": n_knots, "degree": degree, "knots_at": knots_at})
    for name, (train, rows) in shapes(seed).items():
        there = train[~np.isnan(train)]
        ranks = np.linspace(0, 100, n_knots)
        if knots_at == "quantiles" and len(np.unique(np.percentile(there, ranks))) < n_knots:
            continue  # equal knots give scikit-learn no number
        if len(np.unique(there)) == 1:
            continue
        oracle = preprocessing.SplineTransformer(n_knots, degree, knots=strategy, extrapolation="constant")
        wanted = oracle.fit(there[:, None]).transform(rows[:, None])
        np.testing.assert_allclose(applied(step, train, rows), wanted, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("seed", range(TABLES))
@pytest.mark.parametrize("n_bins", [2, 16, 64])
def test_the_piecewise_linear_code_is_numpys_clip_of_each_bin(n_bins: int, seed: int) -> None:
    """Equation 1 of Gorishniy et al. (2022), with edges at quantiles of rows and of distinct values."""
    step = steps["piecewise_linear"].parse({"n_bins": n_bins})
    for name, (train, rows) in shapes(seed).items():
        there = train[~np.isnan(train)]
        if len(np.unique(there)) == 1:
            continue
        halves = [np.quantile(values, np.linspace(0, 1, n_bins // 2 + 1)) for values in (there, np.unique(there))]
        edges = np.unique(np.concatenate(halves))
        wanted = (rows[:, None] - edges[:-1]) / (edges[1:] - edges[:-1])
        wanted[:, 1:] = np.maximum(wanted[:, 1:], 0)
        wanted[:, :-1] = np.minimum(wanted[:, :-1], 1)
        np.testing.assert_allclose(applied(step, train, rows), wanted, rtol=1e-6, atol=1e-6, err_msg=name)
        assert np.isnan(applied(step, train, np.array([np.nan]))).all()
        assert wanted.shape[1] <= n_bins


@pytest.mark.parametrize("kind", ["bins", "piecewise_linear", "splines"])
def test_numbers_side_by_side_get_what_each_gets_alone(kind: str) -> None:
    """One with few distinct values beside one with many; those of the first that have no bin are 0."""
    rng = np.random.default_rng(0)
    train, rows = np.stack([rng.integers(0, 3, 200).astype(float), rng.standard_normal(200)]), rng.normal(0, 2, (2, 50))
    step = steps[kind]() if kind != "splines" else steps[kind].parse({"knots_at": "equal widths"})
    both = applied(step, train, rows)
    alone = [applied(step, train[at], rows[at]) for at in (0, 1)]
    n_each = both.shape[1] // 2
    np.testing.assert_allclose(both[:, n_each:], alone[1], atol=1e-12)
    np.testing.assert_allclose(both[:, : alone[0].shape[1]], alone[0], atol=1e-12)
    assert not both[:, alone[0].shape[1] : n_each].any()
