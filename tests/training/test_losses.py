"""Losses against torch's modules and class weights against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn

from nnlab.network.head import Head
from nnlab.training.losses import Criterion, balanced_weights
from nnlab.training.spec import Training

TARGET = torch.tensor([0, 0, 0, 1, 0, 1, 0, 0])
CLASSES = torch.tensor([0, 2, 2, 1, 0, 2, 2, 2])


def criterion(task: Any, n_outputs: int, target: Tensor, **settings: Any) -> Criterion:
    training = Training(**settings).resolved(len(target), task)
    return Criterion(training, Head(task=task, n_outputs=n_outputs), target)


def outputs(n_outputs: int) -> Tensor:
    return torch.randn(8, n_outputs, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("name", "module"), [("mse", nn.MSELoss()), ("mae", nn.L1Loss()), ("huber", nn.HuberLoss()), ("auto", nn.MSELoss())]
)
def test_losses_of_numbers_are_those_of_torch(name: str, module: nn.Module) -> None:
    """The mean over rows and outputs."""
    target = outputs(2).roll(1, 0) * 3
    ours = criterion("regression", 2, target, loss=name)
    assert ours.training(outputs(2), ours.prepared(target)) == module(outputs(2), target)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_cross_entropy_is_that_of_torch(smoothing: float, weights: str) -> None:
    """Several classes, with and without class weights and label smoothing; judging leaves smoothing out."""
    ours = criterion("multiclass", 3, CLASSES, class_weights=weights, label_smoothing=smoothing)
    w = None if weights == "none" else balanced_weights(CLASSES, 3)
    prepared = ours.prepared(CLASSES)
    assert ours.training(outputs(3), prepared) == nn.CrossEntropyLoss(w, label_smoothing=smoothing)(outputs(3), CLASSES)
    assert ours.judging(outputs(3), prepared) == nn.CrossEntropyLoss(w)(outputs(3), CLASSES)


def test_several_yes_or_no_have_the_mean_of_their_binary_losses() -> None:
    """torch's own is the oracle; balanced, each output has weights of its own, those of one yes or no alone."""
    target = torch.stack([TARGET, 1 - TARGET.roll(2), TARGET.flip(0)], 1).float()
    z = outputs(3)
    plain = criterion("multilabel", 3, target)
    assert plain.training(z, plain.prepared(target)) == nn.BCEWithLogitsLoss()(z, target)
    balanced = criterion("multilabel", 3, target, class_weights="balanced")
    weight = torch.stack([balanced_weights(column.long(), 2)[column.long()] for column in target.T], 1)
    expected = (nn.BCEWithLogitsLoss(reduction="none")(z, target) * weight).sum() / weight.sum()
    assert torch.allclose(balanced.training(z, balanced.prepared(target)), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_two_classes_as_one_logit_equal_two_logits(smoothing: float, weights: str) -> None:
    """A single logit z is the same network as the logits (0, z): torch's cross-entropy of two classes is the oracle."""
    ours = criterion("binary", 1, TARGET, class_weights=weights, label_smoothing=smoothing)
    z = outputs(1)
    w = None if weights == "none" else balanced_weights(TARGET, 2)
    both = torch.cat([torch.zeros_like(z), z], 1)
    if smoothing and w is not None:  # torch weighs the smoothed part by the other class, scikit-learn style does not
        soft = TARGET * (1 - smoothing) + smoothing / 2
        row = w[TARGET]
        expected = (nn.BCEWithLogitsLoss(reduction="none")(z[:, 0], soft) * row).sum() / row.sum()
    else:
        expected = nn.CrossEntropyLoss(w, label_smoothing=smoothing)(both, TARGET)
    assert ours.training(z, ours.prepared(TARGET)).item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize(("target", "n_classes"), [(TARGET, 2), (CLASSES, 3)])
def test_balanced_weights_are_those_of_scikit_learn(target: Tensor, n_classes: int) -> None:
    """N / (K · rows of the class)."""
    expected = compute_class_weight("balanced", classes=np.arange(n_classes), y=target.numpy())
    assert balanced_weights(target, n_classes).numpy() == pytest.approx(expected, rel=1e-6)


def test_a_class_without_rows_has_a_finite_weight() -> None:
    """A class that occurs in validation or test alone does not make the weights infinite."""
    assert torch.isfinite(balanced_weights(torch.tensor([0, 0, 2]), 3)).all()


@pytest.mark.parametrize("weights", ["none", "balanced"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_smoothing_that_fades_is_torchs_smoothing_of_that_moment(task: str, weights: str) -> None:
    """At the beginning the whole of it, half way half, at the end none."""
    k, target = (1, TARGET) if task == "binary" else (3, CLASSES)
    fading = criterion(task, k, target, class_weights=weights, label_smoothing=0.4, smoothing_fades=True)
    for done, smoothing in ((0.0, 0.4), (0.5, 0.2), (1.0, 0.0)):
        steady = criterion(task, k, target, class_weights=weights, label_smoothing=smoothing)
        prepared = fading.prepared(target)
        found = fading.training(outputs(k), fading.softened(prepared, done))
        assert float(found) == pytest.approx(float(steady.training(outputs(k), steady.prepared(target))), rel=1e-6)
        assert float(fading.judging(outputs(k), prepared)) == float(steady.judging(outputs(k), prepared))
