"""Optimizers of torch, with weight decay where it belongs: on weights, never on biases or normalisations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.rmsprop import rmsprop

from nnlab.errors import TrainingError
from nnlab.training.spec import Optimizer, Training

Groups = list[dict[str, Any]]


def make_optimizer(training: Training, module: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of a run over the parameters that may change; its learning rate is set before every step."""
    n_own_axes = 1 if hasattr(module, "n_members") else 0  # stacked members: the first axis is theirs
    groups = parameter_groups(module.parameters(), training.weight_decay, n_own_axes, rate_factors(module))
    if not groups:
        raise TrainingError(
            "a network needs parameters to train", where="network", came="no parameter", do="Add a Linear layer."
        )
    return MAKERS[training.optimizer](training, groups)


def rate_factors(module: nn.Module) -> dict[int, float]:
    """The factor on the learning rate of each parameter that has one, by the parameter's id; those inside multiply."""
    found: dict[int, float] = {}
    for part in module.modules():
        factor = getattr(part, "rate_factor", 1.0)
        if factor != 1.0:
            found |= {id(parameter): found.get(id(parameter), 1.0) * factor for parameter in part.parameters()}
    return found


def parameter_groups(
    parameters: Iterable[nn.Parameter],
    weight_decay: float,
    n_own_axes: int = 0,
    factors: Mapping[int, float] | None = None,
) -> Groups:
    """Groups of weights (two axes or more) with decay and of the rest without; an empty group is left out.

    So many first axes as `n_own_axes` says do not count. Without decay there is one group: each costs a kernel call in
    every step. Parameters with a factor on the learning rate, by id, have groups of their own with a "rate_factor".
    """
    free = [parameter for parameter in parameters if parameter.requires_grad]
    factors = factors or {}
    found = _decayed([parameter for parameter in free if id(parameter) not in factors], weight_decay, n_own_axes)
    for factor in sorted(set(factors.values())):
        own = [parameter for parameter in free if factors.get(id(parameter)) == factor]
        found += [{**group, "rate_factor": factor} for group in _decayed(own, weight_decay, n_own_axes)]
    return found


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Gives every group the learning rate of the next step, times its own factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("rate_factor", 1.0)


def _decayed(free: list[nn.Parameter], weight_decay: float, n_own_axes: int) -> Groups:
    if not weight_decay:
        return [{"params": free, "weight_decay": 0.0}] if free else []
    weights = [parameter for parameter in free if parameter.ndim > 1 + n_own_axes]
    others = [parameter for parameter in free if parameter.ndim <= 1 + n_own_axes]
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


Update = Callable[[list[Tensor], float], None]


def direct_update(optimizer: torch.optim.Optimizer, trained: Sequence[Tensor]) -> Update:
    """The optimizer's step as a function of the gradients of `trained`, in their order, and of the learning rate.

    The same kernels on the same memory as `optimizer.step()`, without what that does around them in Python. The
    optimizer has taken a step before; a parameter that is not in `trained` has no gradient and stays as it is.
    """
    place = {id(parameter): position for position, parameter in enumerate(trained)}
    parts: list[tuple[list[int], Update, float]] = []
    for group in optimizer.param_groups:
        members = [parameter for parameter in group["params"] if id(parameter) in place]
        if members:
            states = [optimizer.state[parameter] for parameter in members]
            kernel = KERNELS[type(optimizer)](group, members, states)
            places = [place[id(parameter)] for parameter in members]
            parts.append((places, kernel, group.get("rate_factor", 1.0)))

    def update(gradients: list[Tensor], rate: float) -> None:
        for places, kernel, factor in parts:
            kernel([gradients[position] for position in places], rate * factor)

    return update


def _column(states: list[dict[str, Tensor]], key: str) -> list[Tensor]:
    return [state[key] for state in states]


def _adam_kernel(group: dict[str, Any], members: list[Tensor], states: list[dict[str, Tensor]]) -> Update:
    first, second, steps = (_column(states, key) for key in ("exp_avg", "exp_avg_sq", "step"))
    # AdamW is an Adam whose decay stands apart from the gradient.
    kernel = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    settings = {"beta1": group["betas"][0], "beta2": group["betas"][1], "eps": group["eps"]}
    settings |= {"weight_decay": group["weight_decay"], "amsgrad": False, "maximize": False}

    def update(gradients: list[Tensor], rate: float) -> None:
        torch._foreach_add_(steps, 1)
        kernel(members, gradients, first, second, [], steps, lr=rate, **settings)

    return update


def _sgd_kernel(group: dict[str, Any], members: list[Tensor], states: list[dict[str, Tensor]]) -> Update:
    momentum = group["momentum"]
    buffers = _column(states, "momentum_buffer") if momentum else []
    settings = {"weight_decay": group["weight_decay"], "momentum": momentum, "dampening": 0.0, "nesterov": False}
    settings |= {"maximize": False, "is_first_step": False}

    def update(gradients: list[Tensor], rate: float) -> None:
        torch._fused_sgd_(members, gradients, buffers, lr=rate, **settings)

    return update


def _rmsprop_kernel(group: dict[str, Any], members: list[Tensor], states: list[dict[str, Tensor]]) -> Update:
    squares, steps = _column(states, "square_avg"), _column(states, "step")
    buffers = _column(states, "momentum_buffer") if group["momentum"] else []
    settings = {name: group[name] for name in ("alpha", "eps", "weight_decay", "momentum")}
    settings |= {"centered": False, "foreach": True}

    def update(gradients: list[Tensor], rate: float) -> None:
        rmsprop(members, gradients, squares, [], buffers, steps, lr=rate, **settings)

    return update


KERNELS: dict[type[torch.optim.Optimizer], Callable[..., Update]] = {
    torch.optim.AdamW: _adam_kernel,
    torch.optim.Adam: _adam_kernel,
    torch.optim.SGD: _sgd_kernel,
    torch.optim.RMSprop: _rmsprop_kernel,
}
