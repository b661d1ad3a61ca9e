"""Scores against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from nnlab.audit.truth import macro_auc, r2


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_macro_auc_is_scikit_learns_with_ties(n_classes: int) -> None:
    """The mean of each class against the rest; equal scores count half."""
    random = np.random.default_rng(n_classes)
    truth = random.integers(0, n_classes, 300)
    shares = np.round(random.dirichlet(np.ones(n_classes), 300), 1)
    expected = np.mean([roc_auc_score(truth == k, shares[:, k]) for k in range(n_classes)])
    assert macro_auc(shares, truth.astype(float)) == pytest.approx(expected, abs=1e-12)


def test_r2_is_scikit_learns() -> None:
    """The share of variance that is told."""
    random = np.random.default_rng(0)
    truth = random.normal(size=50)
    answers = truth + random.normal(size=50)
    assert r2(answers, truth) == pytest.approx(r2_score(truth, answers), abs=1e-12)


def test_what_cannot_be_scored_is_told_as_such() -> None:
    """One class, or a truth that does not vary, gives no score instead of a lucky one."""
    assert np.isnan(macro_auc(np.ones((4, 2)), np.zeros(4)))
    assert np.isnan(r2(np.ones(4), np.ones(4)))
