"""What a layer gives out and what it takes, found by running it on torch's meta device: no memory, no numbers."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nnlab.errors import NetworkError
from nnlab.network.calls import Call, Cost
from nnlab.network.construct import construct
from nnlab.network.layer import Layer
from nnlab.network.shapes import Ids, Shape, in_words, size

ROWS = 2  # more than one, so that a layer that mixes rows up with features is found out


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
        return _on_meta(call, shape)
    except (RuntimeError, ValueError) as error:
        said = str(error).strip().split("\n")[0]
        raise NetworkError(f"{kind} cannot take this ({said})", came=in_words(shape)) from None


def warm_up() -> None:
    """Makes the first measurement, which costs seconds; a server does it in the background."""
    measured_call(Call.of("nn.Linear", 2, 2), (2,), "Linear")


def _on_meta(call: Call, shape: Shape) -> Cost:
    with torch.device("meta"):
        module = construct(call, _Stack).eval()
        rows = torch.empty((ROWS, *shape), dtype=torch.int64 if isinstance(shape, Ids) else torch.float32)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        out = module(rows)
    assert out.shape[0] == ROWS, f"{call.name} mixes up rows and features"
    out_shape = tuple(out.shape[1:])
    inner = [part for part in module.modules() if isinstance(part, _Stack)]
    return Cost(
        out_shape,
        sum(parameter.numel() for parameter in module.parameters()) + sum(part.cost.n_parameters for part in inner),
        counter.get_total_flops() // (2 * ROWS) + sum(part.n_runs * part.cost.n_multiply_adds for part in inner),
        size(out_shape) + sum(part.n_runs * part.cost.n_activations for part in inner),
    )


class _Stack(nn.Module):
    """Stands for a stack that was measured already: gives its shape and counts how often it ran."""

    def __init__(self, cost: Cost) -> None:
        super().__init__()
        self.cost = cost
        self.n_runs = 0

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        self.n_runs += 1
        return torch.empty((x.shape[0], *self.cost.out_shape), device=x.device)
