"""A network in one line, as a list of runs shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def outline(network: Mapping[str, Any]) -> str:
    """The layers of a network's plain data in their order; branches first, each under the name of its input.

    Nothing is checked: a run of another version is shown as well.
    """
    branches = network.get("branches") or ()
    ways = [f"{branch.get('input')}: {_chain(branch.get('layers') or ())}" for branch in branches]
    trunk = _chain(network.get("trunk") or ())
    return "; ".join([*ways, trunk] if trunk else ways)


def _chain(layers: Sequence[Mapping[str, Any]]) -> str:
    return " → ".join(str(layer.get("kind")) for layer in layers)
