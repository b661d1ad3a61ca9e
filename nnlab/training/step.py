"""One gradient step: forward, loss, backward, clipping and the optimizer's update, through autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from nnlab.errors import TrainingError
from nnlab.training.causes import is_out_of_memory
from nnlab.training.losses import Criterion
from nnlab.training.optimizers import set_rate
from nnlab.training.spec import Precision, Training


class Step(Protocol):
    """A way to take gradient steps; every way gives the same bits."""

    def take(self, inputs: dict[str, Tensor], target: Tensor, rate: float) -> Tensor:
        """The loss of a batch before the step, a scalar; on the processor nothing is updated where it is not finite."""
        ...


def training_loss(forward: Callable[[], Tensor], criterion: Criterion, precision: Precision, target: Tensor) -> Tensor:
    """The loss of a batch, with its forward pass, and so its backward pass, in that precision."""
    if precision == "float32":
        return criterion.training(forward(), target)
    # Without the cache of cast weights: each is cast once a step anyway, and a trace must not keep what it held.
    try:
        with torch.autocast(target.device.type, torch.bfloat16, cache_enabled=False):
            outputs = forward()
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise _not_in_bfloat16(error) from None
    return criterion.training(outputs.float(), target)


def _not_in_bfloat16(error: RuntimeError) -> TrainingError:
    return TrainingError(
        "every layer must be able to compute in the chosen precision",
        where="training.precision",
        came=f"bfloat16: {str(error).splitlines()[0][:200]}",
        do="Set the precision to float32.",
        repair={"set": "training.precision", "value": "float32"},
    )


class EagerStep:
    """The step that takes any module: each part is called anew, and autograd notes down what it will need."""

    def __init__(
        self, module: nn.Module, criterion: Criterion, optimizer: torch.optim.Optimizer, training: Training
    ) -> None:
        self.module, self.criterion, self.optimizer = module, criterion, optimizer
        self.clipping, self.precision = training.gradient_clipping, training.precision
        # Reading a number costs 0.2 µs on the processor; a graphics processor would have to be waited for.
        self.reads_loss = all(parameter.device.type == "cpu" for parameter in module.parameters())

    def take(self, inputs: dict[str, Tensor], target: Tensor, rate: float) -> Tensor:
        if not self.module.training:
            self.module.train()
        loss = training_loss(lambda: self.module(**inputs), self.criterion, self.precision, target)
        if self.reads_loss and not math.isfinite(loss.item()):
            return loss.detach()
        set_rate(self.optimizer, rate)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._update()
        return loss.detach()

    def _update(self) -> None:
        if self.clipping:
            nn.utils.clip_grad_norm_(self.module.parameters(), self.clipping)
        self.optimizer.step()


class PartedStep(EagerStep):
    """The eager step with a batch cut into parts, one after the other: less memory, and the same but for rounding.

    The gradients of the parts add up, each counted by its rows. Only BatchNorm sees smaller batches by it.
    """

    def __init__(
        self,
        module: nn.Module,
        criterion: Criterion,
        optimizer: torch.optim.Optimizer,
        training: Training,
        n_parts: int,
    ) -> None:
        super().__init__(module, criterion, optimizer, training)
        self.n_parts = n_parts

    def take(self, inputs: dict[str, Tensor], target: Tensor, rate: float) -> Tensor:
        self.module.train()
        set_rate(self.optimizer, rate)
        self.optimizer.zero_grad()
        whole, total = self.criterion.weight(target), torch.zeros((), device=target.device)
        for rows in torch.arange(len(target)).tensor_split(min(self.n_parts, len(target))):
            first, end = int(rows[0]), int(rows[-1]) + 1
            own = {name: values[first:end] for name, values in inputs.items()}
            total += self._part(own, target[first:end], whole)
        if not (self.reads_loss and not math.isfinite(total.item())):
            self._update()
        return total

    def _part(self, inputs: dict[str, Tensor], target: Tensor, whole: Tensor) -> Tensor:
        """The part's share of the loss, its gradients added; what it held is given back."""
        loss = training_loss(lambda: self.module(**inputs), self.criterion, self.precision, target)
        loss = loss * (self.criterion.weight(target) / whole)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()
