"""The first weights of one layer: the very numbers that a run of the network begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from nnlab.limits import Limits
from nnlab.network.build import Model, build
from nnlab.network.head import Head
from nnlab.network.layers import Repeat
from nnlab.network.network import Network
from nnlab.network.shapes import Shape


@dataclass(frozen=True)
class Drawn:
    """One parameter of a layer as it starts: its name in the layer, its values as float32 of the parameter's shape."""

    name: str
    values: Tensor


def first_weights(
    network: Network,
    input_shapes: Mapping[str, Shape],
    head: Head,
    path: str,
    seed: int = 0,
    limits: Limits | None = None,
) -> tuple[Drawn, ...]:
    """The parameters of the layer at a path of the network, or of the "head", as `build` draws them with this seed.

    A layer that is repeated has those of each time. Of a container only its own are given, not those of the layers
    inside it. The whole network is drawn, for each layer goes on where the one before stopped. Raises what `build`
    raises.
    """
    model = build(network, input_shapes, head, seed=seed, limits=limits)
    found = [model.head] if path == "head" else list(_at(model, network, path))
    inner = {id(module) for module in _inside(model, network, path)}
    return tuple(
        Drawn(name if len(found) == 1 else f"{place + 1}.{name}", parameter.detach())
        for place, module in enumerate(found)
        for name, parameter in _own(module, inner)
    )


def _own(module: nn.Module, inner: set[int]) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters of a module that belong to no module of `inner`."""
    theirs = {id(p) for each in module.modules() if id(each) in inner for p in each.parameters()}
    return ((name, p) for name, p in module.named_parameters() if id(p) not in theirs)


def _inside(model: Model, network: Network, path: str) -> Iterator[nn.Module]:
    """The modules of the layers inside the container at a path."""
    for below, _layer in network.walk():
        if below.startswith(f"{path}."):
            yield from _at(model, network, below)


def _at(model: Model, network: Network, path: str) -> Iterator[nn.Module]:
    """The modules that the layer at a path became: several where a Repeat stands around it."""
    parts = path.split(".")
    if parts[0] == "trunk":
        stack, layers, rest = model.trunk, network.trunk, parts[1:]
    else:
        stack, layers, rest = model.branches[parts[1]], network.stacks[f"branches.{parts[1]}"], parts[2:]
    modules = [stack]
    while rest:
        index, rest = int(rest[0]), rest[1:]
        modules = [each[index] for each in modules]  # type: ignore[index]
        if rest:
            layer, (name, *rest) = layers[index], rest
            modules = [inner for each in modules for inner in _stacks(each, name, isinstance(layer, Repeat))]
            layers = layer.stacks[name]
    yield from modules


def _stacks(module: nn.Module, name: str, is_repeated: bool) -> list[nn.Module]:
    """The modules of one of a container's stacks."""
    if is_repeated:
        return list(module.children())
    held = getattr(module, name, None)
    return [held if isinstance(held, nn.Module) else module.branches[name]]  # type: ignore[index, list-item]
