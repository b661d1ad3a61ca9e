"""Edits: each takes a network and gives back another. Nothing is changed in place.

A path leads to a layer: `trunk.2`, inside a container `trunk.2.body.0`, in a branch `branches.table.0`. The path one
past the last layer of a stack is the slot at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nnlab.errors import SpecError
from nnlab.network.layers import Layer
from nnlab.network.network import INPUTS, Network

_PATH = re.compile(rf"(trunk|branches\.(?:{'|'.join(INPUTS)}))\.(\d{{1,6}})((?:\.[a-z_0-9]+\.\d{{1,6}})*)")


def layer_at(network: Network, path: str) -> Layer:
    """The layer that a path leads to; raises `SpecError` where there is none."""
    stack, index = _stack_at(network, path)
    if index >= len(stack):
        raise _nowhere(path)
    return stack[index]


def insert(network: Network, path: str, layer: Layer) -> Network:
    """The network with a layer more, which then stands at the path; what stood there follows it."""
    return _changed(network, path, lambda stack, at: (*stack[:at], layer, *stack[at:]))


def insert_all(network: Network, path: str, layers: tuple[Layer, ...]) -> Network:
    """The network with several layers more, the first of which then stands at the path."""
    return _changed(network, path, lambda stack, at: (*stack[:at], *layers, *stack[at:]))


def siblings(network: Network, path: str) -> tuple[Layer, ...]:
    """The layer at a path and those that follow it in the same stack; raises `SpecError` where there is none."""
    layer_at(network, path)
    stack, index = _stack_at(network, path)
    return stack[index:]


def remove(network: Network, path: str) -> Network:
    """The network without the layer, and without those inside it."""
    return substitute(network, path, ())


def replace(network: Network, path: str, layer: Layer) -> Network:
    """The network with another layer in the place of this one."""
    return substitute(network, path, (layer,))


def duplicate(network: Network, path: str) -> Network:
    """The network with the layer twice; the second stands at `next_path(path)`."""
    layer = layer_at(network, path)
    return substitute(network, path, (layer, layer))


def substitute(network: Network, path: str, layers: tuple[Layer, ...]) -> Network:
    """The network with any number of layers in the place of this one."""
    layer_at(network, path)
    return _changed(network, path, lambda stack, at: (*stack[:at], *layers, *stack[at + 1 :]))


def move(network: Network, path: str, to_path: str) -> Network:
    """The network with the layer moved before what stands at `to_path` now, or to the slot at a stack's end.

    The layer then stands at `moved_path(path, to_path)`. Raises `SpecError` where a container would go into itself.
    """
    layer = layer_at(network, path)
    if to_path.startswith(f"{path}."):
        raise SpecError("a container cannot move into itself", where=path, came=to_path)
    landing = moved_path(path, to_path)
    _stack_at(network, to_path)
    return insert(_kept_branch(network, path, landing), landing, layer)


def next_path(path: str) -> str:
    """The place right after a layer, in the same stack."""
    stack, index = _cut(path)
    return f"{stack}.{index + 1}"


def moved_path(path: str, to_path: str) -> str:
    """Where a layer stands after `move(network, path, to_path)`: what it left behind has moved up."""
    stack, index = _cut(path)
    if not to_path.startswith(f"{stack}."):
        return to_path
    first, dot, rest = to_path[len(stack) + 1 :].partition(".")
    at = int(first)
    return f"{stack}.{at - 1 if at > index else at}{dot}{rest}"


def near_path(network: Network, path: str) -> str:
    """The layer at the path or the nearest one before it, "" in an empty network: the selection after a removal."""
    paths = [found for found, _ in network.walk()]
    if path in paths:
        return path
    stack, index = _cut(path)
    beside = [f"{stack}.{at}" for at in range(index - 1, -1, -1)]
    outside = [path.rsplit(".", 2 * level)[0] for level in range(1, path.count(".") // 2 + 1)]
    return next((found for found in beside + outside if found in paths), paths[-1] if paths else "")


def step_path(network: Network, path: str, step: int) -> str | None:
    """The slot that moves a layer one place up (step −1) or down (1) on the page, into and out of containers.

    None where it stands at the end already. For use as `to_path` of `move`.
    """
    layer_at(network, path)
    root = next(root for root in network.stacks if path.startswith(f"{root}."))
    slots = [slot for slot in _slots(network.stacks[root], root) if not slot.startswith(f"{path}.")]
    at = slots.index(path)
    target = at - 1 if step < 0 else at + 2
    return slots[target] if 0 <= target < len(slots) else None


def _slots(stack: tuple[Layer, ...], prefix: str) -> Iterator[str]:
    for index, layer in enumerate(stack):
        yield f"{prefix}.{index}"
        for name, inner in layer.stacks.items():
            yield from _slots(inner, f"{prefix}.{index}.{name}")
    yield f"{prefix}.{len(stack)}"


def _kept_branch(network: Network, path: str, landing: str) -> Network:
    """The network without the layer; raises where the place it goes to cannot be."""
    without = remove(network, path)
    stack, index = _stack_at(without, landing)
    if index > len(stack):
        raise _nowhere(landing)
    return without


def _changed(network: Network, path: str, change: Callable[[tuple[Layer, ...], int], tuple[Layer, ...]]) -> Network:
    root, steps = _steps(path)

    def within(stack: tuple[Layer, ...], index: int, rest: list[tuple[str, int]]) -> tuple[Layer, ...]:
        if index > len(stack) - bool(rest):
            raise _nowhere(path)
        if not rest:
            return change(stack, index)
        (name, inner), *more = rest
        layer = stack[index]
        if name not in layer.stacks:
            raise _nowhere(path)
        changed = layer.with_stack(name, within(layer.stacks[name], inner, more))
        return (*stack[:index], changed, *stack[index + 1 :])

    (_, first), *rest = steps
    return network.with_stack(root, within(network.stacks.get(root, ()), first, rest))


def _stack_at(network: Network, path: str) -> tuple[tuple[Layer, ...], int]:
    root, steps = _steps(path)
    stack = network.stacks.get(root, ())
    (_, index), *rest = steps
    for name, inner in rest:
        if index >= len(stack) or name not in stack[index].stacks:
            raise _nowhere(path)
        stack, index = stack[index].stacks[name], inner
    return stack, index


def _steps(path: str) -> tuple[str, list[tuple[str, int]]]:
    match = _PATH.fullmatch(path)
    if match is None:
        raise _nowhere(path)
    parts = match[3].split(".")[1:]
    inner = [(name, int(index)) for name, index in zip(parts[::2], parts[1::2], strict=True)]
    return match[1], [("", int(match[2])), *inner]


def _cut(path: str) -> tuple[str, int]:
    stack, _, index = path.rpartition(".")
    if not index.isdecimal():
        raise _nowhere(path)
    return stack, int(index)


def _nowhere(path: str) -> SpecError:
    return SpecError("there is no layer at this path", where="network", came=path[:200])
