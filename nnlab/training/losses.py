"""What training makes small, for each task and choice.

Axes: `N` rows, `K` classes or outputs. Network outputs are logits (N, 1) for two classes, logits (N, K) for more,
standardized values (N, K) for numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nnlab.network.head import Head
from nnlab.training.spec import Training


class Criterion:
    """Compares outputs with targets; what depends on the training rows (class weights) is computed once.

    Label smoothing counts in training only: the validation loss stays comparable between runs.
    """

    def __init__(self, training: Training, head: Head, train_target: Tensor) -> None:
        assert training.loss != "auto", "the engine takes a resolved Training"
        self.loss, self.task = training.loss, head.task
        self.smoothing = training.label_smoothing
        self.weight_K: Tensor | None = None
        if training.class_weights == "balanced" and head.task != "regression":
            n_classes = 2 if head.task == "binary" else head.n_outputs
            self.weight_K = balanced_weights(train_target, n_classes)

    def prepared(self, target: Tensor) -> Tensor:
        """The targets in the form that is compared, made once and not in every step."""
        return target.to(torch.float32).reshape(-1, 1) if self.task == "binary" else target

    def training(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The mean loss of a batch, a scalar with a gradient."""
        return self._mean(outputs, target, self.smoothing)

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
        if self.task == "multiclass":
            return functional.cross_entropy(outputs, target, weight=self.weight_K, label_smoothing=smoothing)
        return self._binary(outputs, target, smoothing)

    def _binary(self, outputs: Tensor, target: Tensor, smoothing: float) -> Tensor:
        soft = target * (1 - smoothing) + smoothing / 2 if smoothing else target
        if self.weight_K is None:
            return functional.binary_cross_entropy_with_logits(outputs, soft)
        weight = torch.where(target > 0.5, self.weight_K[1], self.weight_K[0])
        total = functional.binary_cross_entropy_with_logits(outputs, soft, weight=weight, reduction="sum")
        return total / weight.sum()


def balanced_weights(target_N: Tensor, n_classes: int) -> Tensor:
    """A weight per class, N / (K · rows of the class), float32: scikit-learn's "balanced"; King and Zeng 2001."""
    rows_K = torch.bincount(target_N.reshape(-1), minlength=n_classes)
    return (target_N.numel() / (n_classes * rows_K.clamp(min=1).to(torch.float32))).to(target_N.device)
