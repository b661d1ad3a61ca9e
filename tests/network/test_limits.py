"""Networks that are too large are refused by estimate, before any memory is taken, and quickly."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from nnlab.errors import LimitError, NnlabError, SpecError
from nnlab.limits import Limits
from nnlab.network.build import build
from nnlab.network.head import Head
from nnlab.network.layers import Linear, ReLU, Residual
from nnlab.network.network import MOST_LAYERS, MOST_LEVELS, Network
from nnlab.network.plan import plan

RELU = {"kind": "ReLU"}
REGRESSION = Head(task="regression", n_outputs=1)


@contextmanager
def little_memory() -> Iterator[None]:
    """Fails where the block takes over 100 MB at any moment."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000  # kB


def nested(levels: int) -> dict[str, Any]:
    layer: dict[str, Any] = {"kind": "ReLU"}
    for _ in range(levels):
        layer = {"kind": "Residual", "body": [layer]}
    return {"trunk": [layer]}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (json.dumps({"layers": [{"type": "linear", "units": 10**9}] * 3}), "layers"),
        (json.dumps({"layers": [{"type": "relu"}] * 100_000}), "layers"),
        (json.dumps({"trunk": [{"kind": "ReLU"}] * 100_000}), f"{MOST_LAYERS} layers"),
        (
            json.dumps({"branches": [{"input": "text", "layers": [{"kind": "ReLU"}] * 100_000}]}),
            f"{MOST_LAYERS} layers",
        ),
        (
            json.dumps({"trunk": [{"kind": "Residual", "body": [{"kind": "ReLU"}] * 6_000}] * 2}),
            f"{MOST_LAYERS} layers",
        ),
        (json.dumps({"trunk": [{"kind": "Linear", "out_features": 10**9}]}), "out_features"),
        ("[" * 100_000 + "]" * 100_000, "levels deep"),
        (json.dumps(nested(MOST_LEVELS + 1)), "levels deep"),
        (json.dumps({"format": 2, "trunk": []}), "newer nnlab"),
        (json.dumps({"trunk": [{"kind": "Lineer"}]}), "Did you mean Linear"),
        (json.dumps({"trunk": [{"kind": "Linear", "width": 3}]}), "width"),
        (json.dumps({"trunk": [{"kind": ["Linear"]}]}), "kind"),
        (json.dumps({"trunk": 5}), "trunk"),
        (json.dumps({"branches": [7]}), "branches"),
        (json.dumps([]), "dictionary"),
    ],
)
def test_a_network_file_that_cannot_be_is_refused_with_a_reason(text: str, word: str) -> None:
    """Huge, deep, of another version or misspelt: one sentence, little memory, and no other kind of error."""
    with little_memory(), pytest.raises(SpecError, match=word):
        Network.from_json(text)


def test_as_many_levels_as_allowed_are_taken() -> None:
    """The limit itself is inside."""
    network = Network.parse(nested(MOST_LEVELS))
    assert network.n_layers == MOST_LEVELS + 1
    assert Network.from_json(network.to_json()) == network
    assert plan(network, {"table": (3,)}, REGRESSION).error is None


def test_levels_are_counted_for_specs_too() -> None:
    """A container built level by level in Python meets the same rule."""
    layer: Residual | ReLU = ReLU()
    for _ in range(MOST_LEVELS):
        layer = Residual(body=(layer,))
    assert layer.n_levels == MOST_LEVELS
    with pytest.raises(SpecError, match="levels deep"):
        Residual.parse({"body": (layer,)})


def test_too_many_parameters_are_refused_by_estimate() -> None:
    """Billions of parameters are counted without memory; the largest layer is named; build refuses as plan does."""
    network = Network(trunk=(Linear(out_features=65_536), Linear(out_features=65_536)))
    with little_memory():
        found = plan(network, {"table": (50_000,)}, REGRESSION)
        assert found.n_parameters == 50_001 * 65_536 + 65_537 * 65_536 + 65_537
        assert isinstance(found.error, LimitError)
        assert found.error.where == "trunk.1"
        row = found.row("trunk.1")
        assert row is not None
        assert "parameters are too many" in row.error
        with pytest.raises(LimitError, match="Make Linear smaller"):
            build(network, {"table": (50_000,)}, REGRESSION)


def test_too_many_layers_are_refused_before_any_is_measured() -> None:
    """Within the file's limit, but more than may train here."""
    network = Network(trunk=(ReLU(),) * MOST_LAYERS)
    with little_memory():
        found = plan(network, {"table": (3,)}, REGRESSION)
    assert found.rows == ()
    assert isinstance(found.error, LimitError)
    assert found.error.where == "network"


def test_limits_can_be_given() -> None:
    """A classroom may grant less."""
    few = Limits(parameters=100)
    assert plan(Network(trunk=(Linear(),)), {"table": (3,)}, REGRESSION, few).error is not None
    assert plan(Network(trunk=(Linear(),)), {"table": (3,)}, REGRESSION).error is None


def test_every_refusal_is_one_of_ours() -> None:
    """A page shows it as a sentence."""
    found = plan(Network(trunk=(ReLU(),) * 3_000), {"table": (3,)}, REGRESSION)
    assert isinstance(found.error, NnlabError)
    assert str(found.error) == (
        "network: a network may have 2\u202f000 layers here. What came: 3\u202f000 layers. "
        "Take layers out, or start from a template."
    )
