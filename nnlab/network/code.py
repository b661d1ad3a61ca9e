"""The network as PyTorch source: the same calls that building executes, printed."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping

from nnlab.network.calls import STEP
from nnlab.network.head import ADDED, Head
from nnlab.network.network import Network
from nnlab.network.plan import NetworkCalls, plan
from nnlab.network.shapes import Shape, in_words


def source(
    network: Network, input_shapes: Mapping[str, Shape], head: Head, n_members: int = 1, seed: int | None = None
) -> str:
    """A module of Python that needs torch alone and defines `Model`; its state has the names that `build` gives.

    Of several members it also defines `members()`, whose state has the names that `build_members` gives. With a `seed`
    it ends with a `model` whose first weights are those that `build` draws with it. Raises the plan's error where the
    network cannot run.
    """
    calls = plan(network, input_shapes, head).runnable()
    own = sorted(name for name in _names(calls) if not name.startswith("nn."))
    parts = ["import torch\nfrom torch import nn", *(_own_source(name) for name in own)]
    parts.append("\n".join(_model_lines(calls, input_shapes, head)))
    if n_members > 1:
        parts += [_own_source("Members"), "\n".join(_members_lines(head, n_members))]
    return "\n\n\n".join([*parts, *_seeded(seed)]) + "\n"


def _members_lines(head: Head, n_members: int) -> list[str]:
    return [
        "def members() -> Members:",
        f'{STEP}"""{n_members} networks that answer together; the weights of the run fit its state."""',
        f'{STEP}return Members([Model() for _ in range({n_members})], task="{head.task}")',
    ]


def _model_lines(calls: NetworkCalls, input_shapes: Mapping[str, Shape], head: Head) -> list[str]:
    given = " and ".join(f"`{name}` (N rows of {in_words(input_shapes[name])})" for name in calls.inputs)
    doc = textwrap.wrap(f'"""Takes {given}. {_sentence(calls, head)}', 96)
    arguments = ", ".join(f"{name}: torch.Tensor" for name in calls.inputs)
    return [
        "class Model(nn.Module):",
        *(STEP + line for line in doc),
        f'{STEP}"""',
        "",
        f"{STEP}def __init__(self) -> None:",
        f"{STEP * 2}super().__init__()",
        *_branch_lines(calls),
        *calls.trunk.lines(STEP * 2, "self.trunk = "),
        *calls.head.lines(STEP * 2, "self.head = "),
        "",
        f"{STEP}def forward(self, {arguments}) -> torch.Tensor:",
        *_forward_lines(calls),
    ]


def _forward_lines(calls: NetworkCalls) -> list[str]:
    if calls.remembers:
        return [
            f"{STEP * 2}x = {_joined(calls)}",
            f"{STEP * 2}outputs = self.head(self.trunk(x))",
            f'{STEP * 2}return self.trunk[0].blended(x, outputs, task="{calls.remembers}")',
        ]
    if not calls.adds_last_value:
        return [f"{STEP * 2}x = self.trunk({_joined(calls)})", f"{STEP * 2}return self.head(x)"]
    return [
        f"{STEP * 2}last_value = sequence[:, -1:, :1]  # of the target, in its scaled unit",
        f"{STEP * 2}sequence = torch.cat([sequence[:, :, :1] - last_value, sequence[:, :, 1:]], dim=2)",
        f"{STEP * 2}x = self.trunk({_joined(calls)})",
        f"{STEP * 2}return last_value[:, 0] + self.head(x)",
    ]


def _sentence(calls: NetworkCalls, head: Head) -> str:
    return f"{head.sentence()} {ADDED}" if calls.adds_last_value else head.sentence()


def _seeded(seed: int | None) -> list[str]:
    return [] if seed is None else [f"torch.manual_seed({seed})  # the first weights\nmodel = Model()"]


def _branch_lines(calls: NetworkCalls) -> list[str]:
    if not calls.branches:
        return []
    inner = [line for name, call in calls.branches for line in call.lines(STEP * 3, f"{name}=", ",")]
    return [f"{STEP * 2}self.branches = nn.ModuleDict(dict(", *inner, f"{STEP * 2}))"]


def _joined(calls: NetworkCalls) -> str:
    branched = {name for name, _ in calls.branches}
    parts = [f'self.branches["{name}"]({name})' if name in branched else name for name in calls.inputs]
    return parts[0] if len(parts) == 1 else f"torch.cat([{', '.join(parts)}], dim=1)"


def _names(calls: NetworkCalls) -> set[str]:
    return set().union(*(call.names() for _, call in calls.branches), calls.trunk.names(), calls.head.names())


def _own_source(name: str) -> str:
    from nnlab.network import modules

    return inspect.getsource(getattr(modules, name)).rstrip()
