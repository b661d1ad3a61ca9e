"""A stack of layers, one after the other: its calls, and the shape that leaves it."""

from __future__ import annotations

from collections.abc import Iterable

from nnlab.errors import NetworkError
from nnlab.network.calls import Call, Cost, sequence
from nnlab.network.layer import Layer
from nnlab.network.shapes import Shape


def stack_call(stack: Iterable[Layer], shape: Shape) -> Call:
    """`nn.Sequential` of the layers for rows of this shape, its cost known.

    Raises `NetworkError` for the first layer that cannot take what arrives.
    """
    from nnlab.network.measure import measured

    stack = tuple(stack)
    calls, parts = [], []
    for layer in stack:
        call, cost = measured(layer, shape)
        calls.append(call)
        parts.append(cost)
        shape = cost.out_shape
    return sequence(calls, total(parts, shape), any(layer.is_masked for layer in stack))


def out_shape(stack: Iterable[Layer], shape: Shape) -> Shape | None:
    """The shape that leaves the layers, or None where one of them cannot take what arrives."""
    from nnlab.network.measure import measured

    for layer in stack:
        try:
            shape = measured(layer, shape)[1].out_shape
        except NetworkError:
            return None
    return shape


def total(parts: Iterable[Cost], shape: Shape) -> Cost:
    """What all parts take together; they end in the given shape."""
    parts = tuple(parts)
    return Cost(
        shape,
        sum(part.n_parameters for part in parts),
        sum(part.n_multiply_adds for part in parts),
        sum(part.n_activations for part in parts),
    )
