"""Two changes of one value: both are kept, or the second is refused in a sentence; nothing is lost without a word."""

from __future__ import annotations

import pytest

from nnlab.errors import ConflictError, SpecError
from nnlab.merge import carried_over
from nnlab.network.layers import layers
from nnlab.network.network import Network
from nnlab.prep.recipe import Recipe
from nnlab.prep.steps import steps
from nnlab.runs.project import Project
from nnlab.training.spec import Training

PROJECT = Project()


def network(*units: int) -> Network:
    return Network(trunk=tuple(layers.parse({"kind": "Linear", "out_features": n}) for n in units))


def test_two_settings_of_one_form_are_both_kept() -> None:
    """Whichever was saved first."""
    epochs = PROJECT.having(training=Training(epochs=7), revision=4)
    batch = PROJECT.having(training=Training(batch_size=4), revision=3)
    both = carried_over(PROJECT.having(revision=3), batch, epochs)
    assert both.training == Training(epochs=7, batch_size=4)
    assert both.revision == 4


def test_of_one_setting_the_later_wish_counts() -> None:
    """A number typed twice."""
    typed = [Training(epochs=n) for n in (1, 2, 3)]
    assert carried_over(typed[0], typed[2], typed[1]) == typed[2]


def test_settings_of_two_layers_are_both_kept() -> None:
    """Layers are told apart by their place."""
    both = carried_over(network(8, 16), network(8, 32), network(4, 16))
    assert both == network(4, 32)


def test_a_layer_more_and_a_setting_of_another_do_not_go_together() -> None:
    """Which place is meant cannot be told."""
    with pytest.raises(ConflictError, match="trunk"):
        carried_over(network(8, 16), network(8, 32), network(8, 8, 16))


def test_a_first_network_and_another_one_do_not_go_together() -> None:
    """Nothing before it says which fields were meant."""
    with pytest.raises(ConflictError, match="network"):
        carried_over(PROJECT, PROJECT.having(network=network(8)), PROJECT.having(network=network(4)))


def test_steps_of_two_columns_are_both_kept() -> None:
    """Columns are told apart by their name."""
    chain = (steps.parse({"kind": "standardize"}),)
    a, b = (Recipe().changed(name, chain) for name in "ab")
    both = carried_over(Recipe(), b, a)
    assert {item.column for item in both.columns} == {"a", "b"}
    assert carried_over(both, both.changed("a", None), both.changed("b", None)).columns == ()


def test_two_changes_that_make_no_valid_value_are_refused() -> None:
    """Each bound has its sense, but not both together."""
    clips = [
        steps.parse({"kind": "clip", "low": low, "high": high}) for low, high in [(0.0, 1.0), (0.9, 1.0), (0.0, 0.1)]
    ]
    with pytest.raises(SpecError):
        carried_over(*clips)
