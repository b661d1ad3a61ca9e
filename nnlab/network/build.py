"""Network -> module: the calls of the plan, executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

import torch
from torch import nn

from nnlab.limits import Limits
from nnlab.network.construct import construct
from nnlab.network.head import Head
from nnlab.network.modules import Members
from nnlab.network.network import Network
from nnlab.network.plan import NetworkCalls, plan
from nnlab.network.shapes import Shape

_SEEDING = Lock()  # torch.nn draws from the global generator: one model at a time


class Model(nn.Module):
    """A built network: one tensor for each input, by name, in; (N, n_outputs) log-odds, scores or numbers out."""

    def __init__(
        self,
        inputs: tuple[str, ...],
        branches: dict[str, nn.Module],
        trunk: nn.Module,
        head: nn.Module,
        adds_last_value: bool = False,
        remembers: str = "",
    ) -> None:
        super().__init__()
        self.inputs = inputs
        if branches:
            self.branches = nn.ModuleDict(branches)
        self.has_branch = frozenset(branches)
        self.trunk = trunk
        self.head = head
        self.adds_last_value = adds_last_value
        self.remembers = remembers  # the task, where the trunk begins with remembered rows

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        if not self.adds_last_value:
            return self._outputs(inputs)
        sequence = inputs["sequence"]
        last_value = sequence[:, -1:, :1]
        sequence = torch.cat([sequence[:, :, :1] - last_value, sequence[:, :, 1:]], dim=2)
        return last_value[:, 0] + self._outputs({**inputs, "sequence": sequence})

    def joined(self, inputs: Mapping[str, torch.Tensor], prefix: str = "") -> torch.Tensor:
        """What enters the trunk, (N, ...)."""
        pairs = [(name, inputs[prefix + name]) for name in self.inputs]
        parts = [self.branches[name](values) if name in self.has_branch else values for name, values in pairs]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _outputs(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        x = self.joined(inputs)
        outputs: torch.Tensor = self.head(self.trunk(x))
        if self.remembers and "nearest.hidden" in inputs:
            return torch.cat([outputs, self._beside(x, inputs)], dim=1)
        return self.trunk[0].blended(x, outputs, self.remembers) if self.remembers else outputs  # type: ignore

    def _beside(self, x: torch.Tensor, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """What the candidates in the inputs tell of the first rows, as outputs (N, n_outputs), 0 of the others."""
        near, hidden = self.trunk[0], inputs["nearest.hidden"]  # type: ignore[index]
        with torch.no_grad():
            others = self.joined(inputs, "nearest.")
        places, keys = near.placed(x[: len(hidden)].detach()), near.placed(others)
        told = near.as_outputs(near.told(places, keys, inputs["nearest.answers"], hidden), self.remembers)
        return nn.functional.pad(told, (0, 0, 0, len(x) - len(hidden)))


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


def build_members(
    network: Network,
    input_shapes: Mapping[str, Shape],
    head: Head,
    seeds: Sequence[int],
    limits: Limits | None = None,
) -> nn.Module:
    """The model of one seed, or several whose mean is the answer, a seed each. Raises as `build` does."""
    models: list[nn.Module] = [build(network, input_shapes, head, seed, limits) for seed in seeds]
    return models[0] if len(models) == 1 else Members(models, head.task)


def _model(calls: NetworkCalls) -> Model:
    branches = {name: construct(call) for name, call in calls.branches}
    return Model(
        calls.inputs, branches, construct(calls.trunk), construct(calls.head), calls.adds_last_value, calls.remembers
    )
