"""Parameters and buffers of a network by their names."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def named_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers by name, each once, the buffers that `state_dict` leaves out included."""
    yield from module.named_parameters()
    yield from module.named_buffers()


def put(module: nn.Module, weights: dict[str, Tensor]) -> None:
    """Copies weights by name into a module."""
    with torch.no_grad():
        for name, tensor in named_tensors(module):
            tensor.copy_(weights[name])
