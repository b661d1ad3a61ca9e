"""A network in one line."""

from __future__ import annotations

from nnlab.network.outline import outline


def test_layers_of_branches_are_named_with_their_input() -> None:
    """A network of texts has little after its branches meet."""
    convolved = {"input": "title", "layers": [{"kind": "Embedding"}, {"kind": "Conv1d"}]}
    assert outline({"branches": [convolved], "trunk": [{"kind": "Dropout"}]}) == "title: Embedding → Conv1d; Dropout"
    assert outline({"branches": [convolved]}) == "title: Embedding → Conv1d"


def test_a_network_without_branches_is_its_trunk() -> None:
    """An empty one is nothing."""
    assert outline({"trunk": [{"kind": "Linear"}, {"kind": "ReLU"}]}) == "Linear → ReLU"
    assert outline({}) == outline({"branches": (), "trunk": ()}) == ""
