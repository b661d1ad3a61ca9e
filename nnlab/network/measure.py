"""What a layer gives out and what it takes, found by running it: small plain ones on zeros, all others on meta.

torch's meta device takes no memory and makes no numbers, but its first use imports the compiler: two seconds and 70 MB
in the server and in every job. The layers that most tables' networks are made of do without.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from nnlab.errors import NetworkError
from nnlab.network.calls import SEQUENCES, Call, Cost
from nnlab.network.construct import construct
from nnlab.network.layer import Layer, layers
from nnlab.network.shapes import Ids, Shape, in_words, size

ROWS = 2  # more than one, so that a layer that mixes rows up with features is found out
SMALL = 4_000_000  # numbers
# Not convolutions and pools, whose padding and sizes may ask for any output, nor recurrent and attending layers, whose
# kernels on the processor torch has no formula for.
BOUNDED = (
    "Linear",
    "SwiGLU",
    "FeatureScale",
    "FeatureTokenizer",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "Flatten",
    "Unflatten",
    "Transpose",
    "ClassToken",
    "GlobalPool",
    "Repeat",
)


@lru_cache(maxsize=20_000)
def measured(layer: Layer, shape: Shape) -> tuple[Call, Cost]:
    """The layer's call for rows of this shape and its cost; raises `NetworkError` where it cannot take them."""
    if isinstance(shape, Ids) and not layer.takes_ids:
        raise layer.refusal("numbers", shape)
    call = layer.rated(layer.call(shape))
    return call, measured_call(call, shape, layer.kind)


def measured_call(call: Call, shape: Shape, kind: str) -> Cost:
    """What the module of a call takes for one row; stacks inside it count as they were measured."""
    try:
        return _run(call, shape)
    except (RuntimeError, ValueError) as error:
        said = str(error).strip().split("\n")[0]
        raise NetworkError(f"{kind} cannot take this ({said})", came=in_words(shape)) from None


def _run(call: Call, shape: Shape) -> Cost:
    with torch.device("meta"):
        module = construct(call, _Stack).eval()
    n_parameters = sum(parameter.numel() for parameter in module.parameters())
    is_small = _is_small(call, shape, n_parameters)
    dtype = torch.int64 if isinstance(shape, Ids) else torch.float32
    with torch.no_grad():
        module = _of_zeros(module) if is_small else module
        rows = torch.zeros((ROWS, *shape), dtype=dtype, device="cpu" if is_small else "meta")
        with _Counted() as counted:
            out = module(rows)
    assert out.shape[0] == ROWS, f"{call.name} mixes up rows and features"
    out_shape = tuple(out.shape[1:])
    inner = [part for part in module.modules() if isinstance(part, _Stack)]
    return Cost(
        out_shape,
        n_parameters + sum(part.cost.n_parameters for part in inner),
        counted.n_flops // (2 * ROWS) + sum(part.n_runs * part.cost.n_multiply_adds for part in inner),
        size(out_shape) + sum(part.n_runs * part.cost.n_activations for part in inner),
    )


def _is_small(call: Call, shape: Shape, n_parameters: int) -> bool:
    """Whether its output and its work are bounded by what goes in and what it holds, and these are small."""
    n_positions = math.prod(shape[:-1])
    return call.names() <= _bounded() and size(shape) + n_positions * n_parameters <= SMALL


@cache
def _bounded() -> frozenset[str]:
    """The classes whose output and work are at most a few times what `_is_small` counts, and whose kernels count."""
    plain = [layer.builds() for layer in layers if layer.family in ("activations", "normalisation", "dropout")]
    return frozenset({*SEQUENCES, "Residual", "Parallel"}).union(*plain, *(layers[kind].builds() for kind in BOUNDED))


def _of_zeros(module: nn.Module) -> nn.Module:
    module = module.to_empty(device="cpu")
    for tensor in chain(module.parameters(), module.buffers()):
        tensor.zero_()
    return module


class _Counted(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up what torch's own formulas give for the operations that run inside.

    As torch's FlopCounterMode, which imports the compiler that this module is there to avoid.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.n_flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch's word for: not wrapped for its compiler

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        formula = flop_registry.get(func._overloadpacket)
        if formula is None:
            with self:
                out = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if out is NotImplemented else out
        out = func(*args, **kwargs)
        self.n_flops += formula(*args, **kwargs, out_val=out)
        return out


class _Stack(nn.Module):
    """Stands for a stack that was measured already: gives its shape and counts how often it ran."""

    def __init__(self, cost: Cost) -> None:
        super().__init__()
        self.cost = cost
        self.n_runs = 0

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        self.n_runs += 1
        return torch.empty((x.shape[0], *self.cost.out_shape), device=x.device)
