"""One gradient step of several members whose parameters lie stacked along a first axis.

Axes: `K` members, `B` rows of a batch.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from nnlab.training import randomness
from nnlab.training.losses import Criterion
from nnlab.training.optimizers import set_rate
from nnlab.training.spec import Training
from nnlab.training.step import training_loss
from nnlab.training.traced import FlatKind, Record, Replay, fixed, laid_out

IN_TURN = (nn.RNNBase,)  # vmap takes their kernels apart, which is slower than one member after the other
# Parameters times rows of a batch. Below, time goes to calling kernels, and one call for all is a gain; above it goes
# to memory. Measured, at once and in turn: 0.35 and 0.43 of plain loops at 7e5, 0.86 and 0.70 at 6e6.
MOST_AT_ONCE = 2_000_000
Named = dict[str, Tensor]
Parted = tuple[Named, Named, Named, Named, Tensor]


def stacked(modules: Sequence[nn.Module]) -> nn.Module:
    """A copy of the first network whose parameters and buffers are those of all, stacked: (K, ...) each.

    It is not called as it is: `views` gives the members, which share its memory.
    """
    others = [_tensors(module) for module in modules]
    made = {
        id(tensor): _as(tensor, torch.stack([each[name].detach() for each in others]))
        for name, tensor in others[0].items()
    }
    module = copy.deepcopy(modules[0], dict(made))
    module.n_members = len(modules)  # type: ignore[assignment]
    return module


def views(module: nn.Module) -> list[nn.Module]:
    """The members of a stacked module, each a network of its own that shares its memory."""
    members = []
    for k in range(n_members(module)):
        own = {id(tensor): _as(tensor, tensor.detach()[k]) for tensor in _tensors(module).values()}
        members.append(copy.deepcopy(module, dict(own)))
    return members


def n_members(module: nn.Module) -> int:
    """How many members a module holds along the first axis of its tensors; 1 for an ordinary one."""
    return int(getattr(module, "n_members", 1))


def flat_kind(
    module: nn.Module, criterion: Criterion, training: Training, inputs: dict[str, Tensor], target: Tensor
) -> FlatKind:
    """The way in which a stacked module's members step: at once where they are small and `vmap` can, else in turn.

    Tried on a copy with a few rows; torch's random state is as before afterwards.
    """
    assert training.batch_size is not None, "members step as a resolved Training says"
    size = sum(parameter.numel() for parameter in module.parameters()) // n_members(module) * training.batch_size
    if size > MOST_AT_ONCE or any(isinstance(part, IN_TURN) for part in module.modules()):
        return InTurn
    random_state = randomness.current_state(target.device)
    trial = copy.deepcopy(module).train()
    try:
        AtOnce(trial, criterion, training, tuple(inputs))(*fixed(trial), *inputs.values(), target)
    except RuntimeError:  # what vmap cannot batch it says so
        return InTurn
    finally:
        randomness.set_state(random_state, target.device)
    return AtOnce


class StackedFlat:
    """The step as a function of tensors alone: parameters, buffers, inputs, target to loss and gradients.

    The loss is the mean of the members' and the gradients are those of each member's own loss, clipped each by its
    own norm. Buffers are brought up to date in place.
    """

    def __init__(
        self, module: nn.Module, criterion: Criterion, training: Training, input_names: tuple[str, ...]
    ) -> None:
        self.module, self.criterion, self.training, self.input_names = module, criterion, training, input_names
        self.free = {name: parameter.requires_grad for name, parameter in module.named_parameters()}
        self.trained = [name for name, is_free in self.free.items() if is_free]
        self.buffers = [name for name, _ in module.named_buffers()]

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        losses_K, gradients = self._step(*tensors)
        return self._ended(losses_K, dict(zip(self.trained, gradients, strict=True)), tensors)

    def recorded(self, record: Record, *tensors: Tensor) -> Replay:
        """All of it at once."""
        return record(self, *tensors)

    def _step(self, *tensors: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """The members' losses (K,) and the stacked gradients of `trained`."""
        raise NotImplementedError

    def _ended(self, losses_K: Tensor, gradients: dict[str, Tensor], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        if self.training.gradient_clipping:
            gradients = self._clipped(gradients)
        parameters = dict(zip(self.free, tensors, strict=False))
        laid = (laid_out(gradients[name].detach(), parameters[name]) for name in self.trained)
        return (losses_K.detach().mean(), *laid)

    def _parted(self, tensors: Sequence[Tensor]) -> Parted:
        """The tensors as parameters to train, other parameters, buffers, inputs and target."""
        left = iter(tensors)
        others = {name: next(left).detach() for name in self.free}
        buffers = {name: next(left) for name in self.buffers}
        inputs = {name: next(left) for name in self.input_names}
        leaves = {name: others.pop(name) for name in self.trained}
        return leaves, others, buffers, inputs, next(left)

    def _loss(self, named: dict[str, Tensor], inputs: dict[str, Tensor], target: Tensor) -> Tensor:
        """The loss of one member."""
        forward = functools.partial(functional_call, self.module, named, (), inputs)
        return training_loss(forward, self.criterion, self.training.precision, target)

    def _clipped(self, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        """As torch clips one network's gradients, for each member by the norm of its own."""
        squares_K = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients.values()]).sum(0)
        factor_K = (self.training.gradient_clipping / (squares_K.sqrt() + 1e-6)).clamp(max=1.0)
        return {
            name: gradient * factor_K.reshape(-1, *[1] * (gradient.ndim - 1)) for name, gradient in gradients.items()
        }


class AtOnce(StackedFlat):
    """All members in every kernel: `vmap` over the gradient of one."""

    def _step(self, *tensors: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        def one(
            leaves: Named, others: Named, buffers: Named, inputs: Named, target: Tensor
        ) -> tuple[Tensor, tuple[Named, Tensor]]:
            own = {name: buffer.clone() for name, buffer in buffers.items()}  # vmap lets nothing change in place
            loss = self._loss({**leaves, **others, **own}, inputs, target)
            return loss, (own, loss)

        parted = self._parted(tensors)
        every = torch.vmap(torch.func.grad(one, has_aux=True), randomness="different")
        gradients, (changed, losses_K) = every(*parted)
        for name, buffer in parted[2].items():
            buffer.copy_(changed[name])
        return losses_K, [gradients[name] for name in self.trained]


class InTurn(StackedFlat):
    """One member after the other, each as a network alone would step; one is written down, and replayed for all."""

    def recorded(self, record: Record, *tensors: Tensor) -> Replay:
        """The step of one member, replayed for each."""
        one = record(self._one, *(tensor[0] for tensor in tensors))

        def replay(*tensors: Tensor) -> tuple[Tensor, ...]:
            losses_K, gradients = self._each(one, tensors)
            return self._ended(losses_K, dict(zip(self.trained, gradients, strict=True)), tensors)

        return replay

    def _step(self, *tensors: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        return self._each(self._one, tensors)

    def _each(self, one: Replay, tensors: Sequence[Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
        told = [one(*(tensor[k] for tensor in tensors)) for k in range(len(tensors[-1]))]
        losses_K, *gradients = (torch.stack(each) for each in zip(*told, strict=True))
        return losses_K, gradients

    def _one(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Loss and gradients of one member, from its own part of the tensors."""
        leaves, others, buffers, inputs, target = self._parted(tensors)
        own = {name: tensor.detach().requires_grad_() for name, tensor in leaves.items()}
        loss = self._loss({**own, **others, **buffers}, inputs, target)
        gradients = torch.autograd.grad(loss, list(own.values()), allow_unused=True)
        return (loss.detach(), *map(_or_zeros, gradients, own.values()))


class StackedStep:
    """The step that takes any stacked module: `StackedFlat` called anew each time, then torch's optimizer."""

    def __init__(
        self,
        kind: FlatKind,
        module: nn.Module,
        criterion: Criterion,
        optimizer: torch.optim.Optimizer,
        training: Training,
    ) -> None:
        self.kind, self.module, self.criterion, self.optimizer = kind, module, criterion, optimizer
        self.training = training
        self.reads_loss = all(parameter.device.type == "cpu" for parameter in module.parameters())

    def take(self, inputs: dict[str, Tensor], target: Tensor, rate: float) -> Tensor:
        """The mean of the members' losses before the step; on the processor nothing moves where it is not finite."""
        self.module.train()
        flat = self.kind(self.module, self.criterion, self.training, tuple(inputs))
        loss, *gradients = flat(*fixed(self.module), *inputs.values(), target)
        if self.reads_loss and not math.isfinite(loss.item()):
            return loss
        parameters = dict(self.module.named_parameters())
        for name, gradient in zip(flat.trained, gradients, strict=True):
            parameters[name].grad = gradient
        set_rate(self.optimizer, rate)
        self.optimizer.step()
        return loss


def _or_zeros(gradient: Tensor | None, parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter.detach()) if gradient is None else gradient


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _as(original: Tensor, values: Tensor) -> Tensor:
    """The values as what the original is: a parameter or a buffer."""
    if isinstance(original, nn.Parameter):
        return nn.Parameter(values, requires_grad=original.requires_grad)
    return values
