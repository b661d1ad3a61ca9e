"""The step written down once as a flat list of kernel calls, and replayed without modules and without autograd.

On small networks most of an eager step goes to Python and to autograd's notes. Both are the same in every step, so the
kernels that forward, loss, backward and clipping call are recorded, for one length of batch, and called in that order
from then on. Parameters, buffers and rows are handed in; what is no tensor of these (dropout's rate, class weights, the
choice of a branch) is frozen as it was, so whoever uses a trace compares it with the eager step first.
"""

from __future__ import annotations

import functools
import math
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call

from nnlab.training.losses import Criterion
from nnlab.training.optimizers import direct_update
from nnlab.training.spec import Training
from nnlab.training.step import training_loss

Replay = Callable[..., Any]


@dataclass(frozen=True)
class Trace:
    """The recorded kernels of one length of batch: parameters, buffers, inputs and target to loss and gradients."""

    replay: Replay  # tensors in that order -> (loss, gradient of each of `trained`)
    input_names: tuple[str, ...]
    trained: tuple[str, ...]  # the parameters that have a gradient


Record = Callable[..., Replay]  # a function of tensors, and tensors, to the kernels it called


class FlatStep(Protocol):
    """A step as a function of tensors alone: parameters, buffers, inputs and target to loss and gradients."""

    trained: list[str]  # the parameters that have a gradient, known after a call

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]: ...

    def recorded(self, record: Record, *tensors: Tensor) -> Replay:
        """The step as `record` writes it down on these tensors."""
        ...


FlatKind = Callable[[nn.Module, Criterion, Training, tuple[str, ...]], FlatStep]


def trace(
    module: nn.Module,
    criterion: Criterion,
    training: Training,
    inputs: dict[str, Tensor],
    target: Tensor,
    kind: FlatKind | None = None,
) -> Trace:
    """Records the step on a batch; weights and buffers stay as they are, random numbers are drawn, it is in training.

    `kind` says how the step goes where it is not that of one network. Raises whatever torch raises where the module
    cannot be traced, such as a branch that depends on values.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    module.train()
    flat = (kind or Flat)(module, criterion, training, tuple(inputs))
    copies = [tensor.detach().clone() for tensor in fixed(module)]

    def record(step: Callable[..., Any], *tensors: Tensor) -> Replay:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, about torch's own
            return _replay(make_fx(step)(*tensors))

    replay = flat.recorded(record, *copies, *inputs.values(), target)
    return Trace(replay, tuple(inputs), tuple(flat.trained))


class TracedStep:
    """Steps by a trace: the same kernels on the same numbers as the eager step of this module and optimizer.

    The optimizer has taken a step before, so that what it remembers is there.
    """

    def __init__(self, trace: Trace, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.replay, self.input_names = trace.replay, trace.input_names
        self.fixed = fixed(module)
        parameters = dict(module.named_parameters())
        self.update = direct_update(optimizer, [parameters[name] for name in trace.trained])
        self.reads_loss = all(parameter.device.type == "cpu" for parameter in parameters.values())

    def take(self, inputs: dict[str, Tensor], target: Tensor, rate: float) -> Tensor:
        with torch.inference_mode():
            loss, *gradients = self.replay(*self.fixed, *[inputs[name] for name in self.input_names], target)
            if not self.reads_loss or math.isfinite(loss.item()):
                self.update(gradients, rate)
        return loss  # type: ignore[no-any-return]


class Flat:
    """The step as a function of tensors alone: parameters, buffers, inputs, target to loss and gradients."""

    def __init__(
        self, module: nn.Module, criterion: Criterion, training: Training, input_names: tuple[str, ...]
    ) -> None:
        self.module, self.criterion, self.training, self.input_names = module, criterion, training, input_names
        self.trained: list[str] = []

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        left = iter(tensors)
        free = {name: parameter.requires_grad for name, parameter in self.module.named_parameters()}
        named = {name: next(left).detach().requires_grad_(is_free) for name, is_free in free.items()}
        leaves = {name: named[name] for name, is_free in free.items() if is_free}
        named |= {name: next(left) for name, _ in self.module.named_buffers()}
        inputs = {name: next(left) for name in self.input_names}
        forward = functools.partial(functional_call, self.module, named, (), inputs)
        loss = training_loss(forward, self.criterion, self.training.precision, next(left))
        gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        found = {name: gradient for name, gradient in zip(leaves, gradients, strict=True) if gradient is not None}
        self.trained = list(found)
        laid = [laid_out(gradient.detach(), leaves[name]) for name, gradient in found.items()]
        if self.training.gradient_clipping:
            norm = nn.utils.get_total_norm(laid)
            nn.utils.clip_grads_with_norm_(_holders(laid), self.training.gradient_clipping, norm)
        return (loss.detach(), *laid)

    def recorded(self, record: Record, *tensors: Tensor) -> Replay:
        """All of it at once."""
        return record(self, *tensors)


def laid_out(gradient: Tensor, parameter: Tensor) -> Tensor:
    """The gradient in the parameter's own layout, as autograd hands it to an optimizer: fused kernels rely on it."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter.detach()).copy_(gradient)


def _holders(gradients: list[Tensor]) -> Any:
    """torch clips what has a `grad`; nothing else of a parameter is looked at."""
    return [types.SimpleNamespace(grad=gradient) for gradient in gradients]


def fixed(module: nn.Module) -> list[Tensor]:
    """What a step is handed beside the rows: parameters, then buffers."""
    return [*module.parameters(), *module.buffers()]


def _replay(recorded: fx.GraphModule) -> Replay:
    """The recorded calls as one Python function, without what only autograd needed."""
    graph = recorded.graph
    graph.eliminate_dead_code()
    for node in list(graph.nodes):
        if node.target is torch.ops.aten.detach.default:
            node.replace_all_uses_with(node.args[0])
        elif _is_transposed(node) and _is_transposed(node.args[0]):  # autograd turns weights there and back
            node.replace_all_uses_with(node.args[0].args[0])
    graph.eliminate_dead_code()
    for node in graph.nodes:
        if node.op == "call_function":
            node.target = _quicker(node.target)
    graph.set_codegen(fx.graph.CodeGen())
    recorded.recompile()
    return recorded.forward


def _is_transposed(node: Any) -> bool:
    return isinstance(node, fx.Node) and node.target is torch.ops.aten.t.default


def _quicker(target: Any) -> Any:
    """torch's own function of that name where it is written in C: it reaches the same kernel in half the time."""
    if not isinstance(target, torch._ops.OpOverload) or _has_reduction(target):
        return target
    name = target._schema.name.split("::")[1]
    for found in _functions(name):
        if isinstance(found, types.BuiltinFunctionType | types.MethodDescriptorType):
            return found
    return target


def _has_reduction(target: Any) -> bool:
    """A trace leaves out what is the kernel's default, and torch's functions of losses have another one there."""
    return any(argument.name == "reduction" for argument in target._schema.arguments)


def _functions(name: str) -> Iterator[Any]:
    if name.endswith("_"):
        yield getattr(Tensor, name, None)
    else:
        yield getattr(torch, name, None)
        yield getattr(nn.functional, name, None)
        yield getattr(Tensor, name, None)
