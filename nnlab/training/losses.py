"""What training makes small, for each task and choice.

Axes: `N` rows, `K` classes or outputs. Network outputs are logits (N, 1) for two classes, logits (N, K) for more or for
several yes or no at once, standardized values (N, K) for numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nnlab.network.head import Head
from nnlab.training.spec import Training

QUERIES = 128  # rows of a batch that look for their like among the candidates


class Criterion:
    """Compares outputs with targets; what depends on the training rows (class weights) is computed once.

    Label smoothing counts in training only: the validation loss stays comparable between runs.
    """

    def __init__(self, training: Training, head: Head, train_target: Tensor) -> None:
        assert training.loss != "auto", "the engine takes a resolved Training"
        self.loss, self.task = training.loss, head.task
        self.fades = training.smoothing_fades and training.label_smoothing > 0 and head.task != "regression"
        self.smoothing = 0.0 if self.fades else training.label_smoothing  # that fades comes with the targets
        self.first_smoothing = training.label_smoothing
        self.n_outputs = head.n_outputs
        self.weight_K: Tensor | None = None
        if training.class_weights == "balanced" and head.task == "multilabel":
            each = [balanced_weights(column.to(torch.int64), 2) for column in train_target.T]
            self.weight_K = torch.stack(each, dim=1)  # (2, K): of no and of yes for each output
        elif training.class_weights == "balanced" and head.task != "regression":
            n_classes = 2 if head.task == "binary" else head.n_outputs
            self.weight_K = balanced_weights(train_target, n_classes)

    def prepared(self, target: Tensor) -> Tensor:
        """The targets in the form that is compared, made once and not in every step."""
        return target.to(torch.float32).reshape(-1, 1) if self.task == "binary" else target

    def softened(self, target: Tensor, share_done: float) -> Tensor:
        """Prepared targets (..., N) or (..., N, K) as a step compares them, where label smoothing fades.

        Of more than two classes they become shares (..., N, K). They are made outside the step, which so knows
        of no time. `share_done` is the share of the run's steps that are done.
        """
        if not self.fades:
            return target
        smoothing = self.first_smoothing * (1 - share_done)
        if self.task == "multiclass":
            shares = functional.one_hot(target, self.n_outputs).to(torch.float32)
            return shares * (1 - smoothing) + smoothing / self.n_outputs
        return target * (1 - smoothing) + smoothing / 2

    def training(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The mean loss of a batch, a scalar with a gradient.

        Beside the network's own outputs there may be those of remembered rows, for the first rows of the batch: they
        add their gradient and not their value.
        """
        if outputs.shape[1] <= self.n_outputs:
            return self._mean(outputs, target, self.smoothing)
        n = min(QUERIES, len(target))
        beside = self._mean(outputs[:n, self.n_outputs :], target[:n], self.smoothing)
        return self._mean(outputs[:, : self.n_outputs], target, self.smoothing) + (beside - beside.detach())

    def weight(self, target: Tensor) -> Tensor:
        """What the mean over these rows divides by, a scalar: parts of a batch count by it."""
        if self.weight_K is None:
            return torch.tensor(float(len(target)), device=target.device)
        if self.task == "multiclass":
            return self.weight_K[target.argmax(1) if target.is_floating_point() else target].sum()
        return self._weights_of(target).sum()

    def judging(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The mean loss without label smoothing."""
        return self._mean(outputs, target, 0.0)

    def _mean(self, outputs: Tensor, target: Tensor, smoothing: float) -> Tensor:
        if self.loss == "mse":
            return functional.mse_loss(outputs, target)
        if self.loss == "mae":
            return functional.l1_loss(outputs, target)
        if self.loss == "huber":
            return functional.huber_loss(outputs, target)
        if self.task == "multiclass" and target.is_floating_point():
            return self._shared(outputs, target)
        if self.task == "multiclass":
            return functional.cross_entropy(outputs, target, weight=self.weight_K, label_smoothing=smoothing)
        return self._binary(outputs, target, smoothing)

    def _shared(self, outputs: Tensor, shares_NK: Tensor) -> Tensor:
        """Cross-entropy with shares of classes; rows are weighed as torch's label smoothing weighs them."""
        if self.weight_K is None:
            return functional.cross_entropy(outputs, shares_NK)
        total = functional.cross_entropy(outputs, shares_NK, weight=self.weight_K, reduction="sum")
        return total / self.weight(shares_NK)

    def _binary(self, outputs: Tensor, target: Tensor, smoothing: float) -> Tensor:
        soft = target * (1 - smoothing) + smoothing / 2 if smoothing else target
        if self.weight_K is None:
            return functional.binary_cross_entropy_with_logits(outputs, soft)
        weight = self._weights_of(target)
        total = functional.binary_cross_entropy_with_logits(outputs, soft, weight=weight, reduction="sum")
        return total / weight.sum()

    def _weights_of(self, target: Tensor) -> Tensor:
        assert self.weight_K is not None, "asked only where classes are weighed"
        return torch.where(target > 0.5, self.weight_K[1], self.weight_K[0])


def balanced_weights(target_N: Tensor, n_classes: int) -> Tensor:
    """A weight per class, N / (K · rows of the class), float32: scikit-learn's "balanced"; King and Zeng 2001."""
    rows_K = torch.bincount(target_N.reshape(-1), minlength=n_classes)
    return (target_N.numel() / (n_classes * rows_K.clamp(min=1).to(torch.float32))).to(target_N.device)
