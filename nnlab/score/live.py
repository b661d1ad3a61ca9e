"""The one metric drawn while a network trains, in torch: the training process never imports scikit-learn.

Axes: `N` rows, `K` classes or outputs. The figures are those of scikit-learn's functions of the same name.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nnlab.data.columns import Task

NAMES: dict[Task, str] = {
    "binary": "roc_auc",
    "multiclass": "balanced_accuracy",
    "multilabel": "roc_auc",
    "regression": "r2",
}


def live_metric(task: Task) -> str:
    """The name of the metric that is drawn while a network of this task trains."""
    return NAMES[task]


def live_value(task: Task, outputs_NK: Tensor, target: Tensor) -> float:
    """The live metric of a network's raw outputs; `nan` where it has no meaning, such as ROC AUC of one class.

    Outputs are logits (N, 1) for two classes, logits (N, K) for more or for several yes or no, whose mean is given,
    values (N, K) for numbers. Targets are class numbers (N,) or values (N, K). The order of outputs decides alone, so
    logits do as well as probabilities.
    """
    if len(outputs_NK) == 0 or not bool(torch.isfinite(outputs_NK).all()):
        return math.nan
    if task == "binary":
        return roc_auc(outputs_NK.reshape(-1), target.reshape(-1))
    if task == "multilabel":
        told = [roc_auc(scores, truth) for scores, truth in zip(outputs_NK.T, target.T, strict=True)]
        known = [value for value in told if not math.isnan(value)]
        return sum(known) / len(known) if known else math.nan
    if task == "multiclass":
        return balanced_accuracy(outputs_NK.argmax(1), target.reshape(-1), outputs_NK.shape[1])
    return r2(outputs_NK, target)


def roc_auc(score_N: Tensor, is_positive_N: Tensor) -> float:
    """The chance that a random positive row scores higher than a random negative one, ties counting half."""
    order = torch.argsort(score_N)
    positive_N = is_positive_N[order].to(torch.int64)
    _, group_N = torch.unique_consecutive(score_N[order], return_inverse=True)
    n_groups = int(group_N[-1]) + 1
    zeros = torch.zeros(n_groups, dtype=torch.int64, device=score_N.device)
    positives = zeros.scatter_add(0, group_N, positive_N)
    negatives = zeros.scatter_add(0, group_N, 1 - positive_N)
    n_positive, n_negative = int(positives.sum()), int(negatives.sum())
    if not n_positive or not n_negative:
        return math.nan
    negatives_below = negatives.cumsum(0) - negatives
    twice_the_wins = int((positives * (2 * negatives_below + negatives)).sum())  # whole numbers: exact
    return twice_the_wins / (2 * n_positive * n_negative)


def balanced_accuracy(predicted_N: Tensor, target_N: Tensor, n_classes: int) -> float:
    """The mean over the classes that occur in the target of the share of their rows that were found."""
    rows_K = torch.bincount(target_N, minlength=n_classes)
    found_K = torch.bincount(target_N[predicted_N == target_N], minlength=n_classes)
    occurs_K = rows_K > 0
    return float((found_K[occurs_K].cpu().double() / rows_K[occurs_K].cpu().double()).mean())


def r2(outputs_NK: Tensor, target_NK: Tensor) -> float:
    """The share of the target's variance that is explained, mean over outputs; an output that never varies gives
    1 when it is met exactly and else 0. `nan` below two rows.
    """
    if len(target_NK) < 2:
        return math.nan
    outputs, target = outputs_NK.cpu().double(), target_NK.cpu().double().reshape(outputs_NK.shape)
    missed_K = (target - outputs).square().sum(0)
    spread_K = (target - target.mean(0)).square().sum(0)
    explained_K = 1 - missed_K / spread_K.clamp(min=torch.finfo(torch.float64).tiny)
    constant_K = torch.where(missed_K == 0, 1.0, 0.0).double()
    return float(torch.where(spread_K > 0, explained_K, constant_K).mean())
