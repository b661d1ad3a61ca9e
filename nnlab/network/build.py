"""Network -> module: the calls of the plan, executed."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

import torch
from torch import nn

from nnlab.limits import Limits
from nnlab.network.construct import construct
from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.network.plan import NetworkCalls, plan
from nnlab.network.shapes import Shape

_SEEDING = Lock()  # torch.nn draws from the global generator: one model at a time


class Model(nn.Module):
    """A built network: one tensor for each input, by name, in; (N, n_outputs) log-odds, scores or numbers out."""

    def __init__(
        self, inputs: tuple[str, ...], branches: dict[str, nn.Module], trunk: nn.Module, head: nn.Module
    ) -> None:
        super().__init__()
        self.inputs = inputs
        if branches:
            self.branches = nn.ModuleDict(branches)
        self.has_branch = frozenset(branches)
        self.trunk = trunk
        self.head = head

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        parts = [self.branches[name](inputs[name]) if name in self.has_branch else inputs[name] for name in self.inputs]
        x = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        return self.head(self.trunk(x))  # type: ignore[no-any-return]


def build(
    network: Network,
    input_shapes: Mapping[str, Shape],
    head: Head,
    seed: int = 0,
    limits: Limits | None = None,
) -> Model:
    """The model with freshly drawn weights: the same ones for the same seed; the global generator stays untouched.

    Raises `NetworkError` where a layer cannot run and `LimitError` where it would be too large, before memory is taken.
    """
    calls = plan(network, input_shapes, head, limits).runnable()
    with _SEEDING:
        state = torch.get_rng_state()
        try:
            torch.default_generator.manual_seed(seed)
            return _model(calls)
        finally:
            torch.set_rng_state(state)


def _model(calls: NetworkCalls) -> Model:
    branches = {name: construct(call) for name, call in calls.branches}
    return Model(calls.inputs, branches, construct(calls.trunk), construct(calls.head))
