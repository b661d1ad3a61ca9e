"""Live metrics against scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from nnlab.score.live import live_metric, live_value

SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(seed=SEEDS, n_rows=st.integers(2, 200), n_values=st.sampled_from([1, 2, 5, 1000]))
def test_roc_auc_is_that_of_scikit_learn(seed: int, n_rows: int, n_values: int) -> None:
    """With many ties, few and none; one class alone has none."""
    random = np.random.default_rng(seed)
    score = random.integers(0, n_values, n_rows).astype(np.float32)
    target = random.integers(0, 2, n_rows)
    found = live_value("binary", torch.tensor(score)[:, None], torch.tensor(target))
    if len(set(target.tolist())) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(target, score), abs=1e-12)


@settings(deadline=None)
@given(seed=SEEDS, n_rows=st.integers(1, 100), n_classes=st.integers(3, 6))
def test_balanced_accuracy_is_that_of_scikit_learn(seed: int, n_rows: int, n_classes: int) -> None:
    """Classes that do not occur in the target do not count."""
    random = np.random.default_rng(seed)
    outputs = random.normal(size=(n_rows, n_classes)).astype(np.float32)
    target = random.integers(0, n_classes, n_rows)
    predicted = outputs.argmax(1)
    found = live_value("multiclass", torch.tensor(outputs), torch.tensor(target))
    occurs = np.unique(target)
    expected = np.mean([(predicted[target == k] == k).mean() for k in occurs])
    assert found == pytest.approx(expected)
    if set(predicted) <= set(occurs) and len(occurs) > 1:
        assert found == pytest.approx(balanced_accuracy_score(target, predicted))


@settings(deadline=None)
@given(seed=SEEDS, n_rows=st.integers(2, 100), n_outputs=st.integers(1, 3))
def test_r2_is_that_of_scikit_learn(seed: int, n_rows: int, n_outputs: int) -> None:
    """The mean over outputs, one of them without any spread."""
    random = np.random.default_rng(seed)
    target = random.normal(size=(n_rows, n_outputs)).astype(np.float32)
    target[:, 0] = 1.0
    outputs = target + random.normal(size=(n_rows, n_outputs)).astype(np.float32)
    found = live_value("regression", torch.tensor(outputs), torch.tensor(target))
    assert found == pytest.approx(r2_score(target.astype(float), outputs.astype(float)), rel=1e-9, abs=1e-9)
    assert live_value("regression", torch.tensor(target), torch.tensor(target)) == 1.0


@pytest.mark.parametrize(("task", "n_outputs"), [("binary", 1), ("multiclass", 3), ("regression", 2)])
def test_outputs_that_are_not_finite_have_no_metric(task: str, n_outputs: int) -> None:
    """Neither an exception nor a number."""
    outputs = torch.full((4, n_outputs), math.nan)
    target = torch.zeros(4, n_outputs) if task == "regression" else torch.tensor([0, 1, 1, 0])
    assert math.isnan(live_value(task, outputs, target))
    assert math.isnan(live_value(task, outputs[:0], target[:0]))


def test_the_names_are_those_of_scikit_learn() -> None:
    """What the events carry is what the report calls the same thing."""
    assert [live_metric(task) for task in ("binary", "multiclass", "regression")] == [
        "roc_auc",
        "balanced_accuracy",
        "r2",
    ]
