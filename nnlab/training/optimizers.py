"""Optimizers of torch, with weight decay where it belongs: on weights, never on biases or normalisations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from nnlab.errors import TrainingError
from nnlab.training.spec import Optimizer, Training

Groups = list[dict[str, Any]]


def make_optimizer(training: Training, module: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of a run over the parameters that may change; its learning rate is set before every step."""
    groups = parameter_groups(module.parameters(), training.weight_decay)
    if not groups:
        raise TrainingError(
            "a network needs parameters to train", where="network", came="no parameter", do="Add a Linear layer."
        )
    return MAKERS[training.optimizer](training, groups)


def parameter_groups(parameters: Iterable[nn.Parameter], weight_decay: float) -> Groups:
    """Two groups, weights (two axes or more) with decay and the rest without; an empty group is left out.

    Without decay there is one group: each costs a kernel call in every step.
    """
    free = [parameter for parameter in parameters if parameter.requires_grad]
    if not weight_decay:
        return [{"params": free, "weight_decay": 0.0}] if free else []
    weights = [parameter for parameter in free if parameter.ndim > 1]
    others = [parameter for parameter in free if parameter.ndim <= 1]
    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def _adamw(training: Training, groups: Groups) -> torch.optim.Optimizer:
    betas = (training.momentum, training.square_momentum)
    return torch.optim.AdamW(groups, lr=training.learning_rate, betas=betas, fused=True)


def _adam(training: Training, groups: Groups) -> torch.optim.Optimizer:
    betas = (training.momentum, training.square_momentum)
    return torch.optim.Adam(groups, lr=training.learning_rate, betas=betas, fused=True)


def _sgd(training: Training, groups: Groups) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=training.learning_rate, momentum=training.momentum, fused=True)


def _rmsprop(training: Training, groups: Groups) -> torch.optim.Optimizer:
    alpha, momentum = training.square_momentum, training.momentum
    return torch.optim.RMSprop(groups, lr=training.learning_rate, alpha=alpha, momentum=momentum, foreach=True)


# "fused" does the whole update in one kernel: the largest single gain on small networks, on the processor too
MAKERS: dict[Optimizer, Callable[[Training, Groups], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
}
