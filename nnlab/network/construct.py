"""Calls become modules. Only names on the allow-list are looked up, and none of them comes from a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from torch import nn

from nnlab.network import modules
from nnlab.network.calls import SEQUENCES, Call, Cost
from nnlab.network.layer import layers


def construct(call: Call, stand_in: Callable[[Cost], nn.Module] | None = None) -> nn.Module:
    """The module that a call describes, inner modules first and in the order in which the code prints them.

    `stand_in` makes a module in place of each stack whose cost is known already.
    """
    if stand_in is not None and call.cost is not None:
        return stand_in(call.cost)
    inner = [(name, construct(child, stand_in)) for name, child in call.children]
    make = _classes(len(layers))[call.name]
    if call.is_sequence:
        return make(*(module for _, module in inner))
    module = make(*call.args, **dict(call.kwargs), **dict(inner))
    if call.rate_factor != 1.0:
        module.rate_factor = call.rate_factor  # type: ignore[assignment]
    return module


@lru_cache(maxsize=1)
def _classes(n_layers: int) -> dict[str, Callable[..., nn.Module]]:
    """The allow-list: every class that a registered layer may construct, and the head's; by the number registered."""
    names = frozenset({*SEQUENCES, "nn.Linear"}).union(*(layer.builds() for layer in layers))
    assert n_layers == len(layers)
    return {name: getattr(nn if name.startswith("nn.") else modules, name.removeprefix("nn.")) for name in names}
