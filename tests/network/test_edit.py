"""Edits against plain Python lists: what they give, and that they change nothing in place."""

from __future__ import annotations

import random

import pytest

from nnlab.errors import SpecError
from nnlab.network.edit import (
    duplicate,
    insert,
    layer_at,
    move,
    moved_path,
    near_path,
    next_path,
    remove,
    replace,
    step_path,
)
from nnlab.network.layers import Dropout, Linear, ReLU, Residual, SiLU, Tanh
from nnlab.network.network import Branch, Network
from tests.batteries import battery
from tests.strategies import random_layer, random_network

RESIDUAL = Residual(body=(Linear(), ReLU()))
NETWORK = Network(trunk=(Linear(), SiLU(), RESIDUAL, Dropout()))


def kinds(network: Network) -> list[str]:
    return [f"{path} {layer.kind}" for path, layer in network.walk()]


def test_insert_puts_the_layer_at_the_path() -> None:
    """At the start, inside a container, and at the end of a stack."""
    for path in ("trunk.0", "trunk.2", "trunk.4", "trunk.2.body.0", "trunk.2.body.2"):
        edited = insert(NETWORK, path, Tanh())
        assert layer_at(edited, path) == Tanh()
        assert edited.n_layers == NETWORK.n_layers + 1
        assert remove(edited, path) == NETWORK


def test_insert_makes_the_branch_that_it_needs() -> None:
    """The first layer of a branch makes it, the last one takes it away."""
    edited = insert(NETWORK, "branches.text.0", Tanh())
    assert edited.branches == (Branch(input="text", layers=(Tanh(),)),)
    assert remove(edited, "branches.text.0") == NETWORK


def test_replace_duplicate_and_remove() -> None:
    """Each acts on the one layer, containers with all that is in them."""
    assert layer_at(replace(NETWORK, "trunk.2.body.1", Tanh()), "trunk.2.body.1") == Tanh()
    doubled = duplicate(NETWORK, "trunk.2")
    assert layer_at(doubled, next_path("trunk.2")) == RESIDUAL
    assert doubled.n_layers == NETWORK.n_layers + 3
    assert kinds(remove(NETWORK, "trunk.2")) == ["trunk.0 Linear", "trunk.1 SiLU", "trunk.2 Dropout"]


@pytest.mark.parametrize(
    ("path", "to_path", "landing"),
    [
        ("trunk.0", "trunk.2", "trunk.1"),
        ("trunk.0", "trunk.4", "trunk.3"),
        ("trunk.3", "trunk.0", "trunk.0"),
        ("trunk.1", "trunk.1", "trunk.1"),
        ("trunk.1", "trunk.2", "trunk.1"),
        ("trunk.0", "trunk.2.body.0", "trunk.1.body.0"),
        ("trunk.3", "trunk.2.body.2", "trunk.2.body.2"),
        ("trunk.2.body.0", "trunk.0", "trunk.0"),
        ("trunk.2.body.0", "trunk.2.body.2", "trunk.2.body.1"),
        ("trunk.0", "branches.text.0", "branches.text.0"),
    ],
)
def test_move_puts_the_layer_where_the_page_shows_the_slot(path: str, to_path: str, landing: str) -> None:
    """The slot is named as the network stands before; the landing as it stands after."""
    moved = move(NETWORK, path, to_path)
    assert moved_path(path, to_path) == landing
    assert layer_at(moved, landing) == layer_at(NETWORK, path)
    assert sorted(layer.kind for _, layer in moved.walk()) == sorted(layer.kind for _, layer in NETWORK.walk())


def test_a_container_cannot_go_into_itself() -> None:
    """That would make a network without an end."""
    with pytest.raises(SpecError, match="into itself"):
        move(NETWORK, "trunk.2", "trunk.2.body.0")


def test_steps_go_into_containers_and_out_again() -> None:
    """One key press, one place on the page: down through the whole network and up again."""
    network, path, seen = NETWORK, "trunk.0", ["trunk.0"]
    while (slot := step_path(network, path, 1)) is not None:
        network, path = move(network, path, slot), moved_path(path, slot)
        seen.append(path)
    assert seen == ["trunk.0", "trunk.1", "trunk.1.body.0", "trunk.1.body.1", "trunk.1.body.2", "trunk.2", "trunk.3"]
    while (slot := step_path(network, path, -1)) is not None:
        network, path = move(network, path, slot), moved_path(path, slot)
    assert network == NETWORK


def test_a_container_steps_over_its_neighbours_whole() -> None:
    """Its own inside is no place for it."""
    assert step_path(NETWORK, "trunk.2", 1) == "trunk.4"
    assert step_path(NETWORK, "trunk.2", -1) == "trunk.1"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("trunk.0", "trunk.0"),
        ("trunk.3", "trunk.2"),
        ("trunk.2", "trunk.2"),
        ("trunk.2.body.1", "trunk.2.body.0"),
    ],
)
def test_the_selection_stays_near_after_a_removal(path: str, near: str) -> None:
    """What has moved up is selected, at the end the one before."""
    assert near_path(remove(NETWORK, path), path) == near


def test_the_selection_leaves_an_emptied_container() -> None:
    """With nothing left inside, the container itself is selected; in an empty network nothing is."""
    network = Network(trunk=(Residual(body=(ReLU(),)),))
    assert near_path(remove(network, "trunk.0.body.0"), "trunk.0.body.0") == "trunk.0"
    assert near_path(Network(), "trunk.0") == ""


@pytest.mark.parametrize(
    "path",
    [
        *("", "trunk", "trunk.9", "trunk.-1", "trunk.0.body.0", "trunk.2.shortcut.0", "trunk.2.body", "head"),
        *("branches.nowhere.0", "branches.text.1", "trunk.2.body.9", "trunk.2.__class__.0", "trunk.99999999999999"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    """Every edit says so; none guesses."""
    for edit in (
        lambda: insert(NETWORK, path, ReLU()),
        lambda: remove(NETWORK, path),
        lambda: duplicate(NETWORK, path),
    ):
        with pytest.raises(SpecError, match="no layer at this path"):
            edit()
    with pytest.raises(SpecError, match="no layer at this path"):
        move(NETWORK, "trunk.3", path)


def test_random_edits_keep_every_layer_in_its_place() -> None:
    """Inserting and removing again gives the network back; a move there and back too; nothing changes in place."""
    rng = random.Random(8)
    for _ in range(battery(60, 600)):
        network, _ = random_network(rng)
        before = network.to_json()
        paths = [path for path, _ in network.walk()]
        if not paths:
            continue
        path = rng.choice(paths)
        assert remove(insert(network, path, random_layer(rng, 0)), path) == network
        slot = step_path(network, path, rng.choice([-1, 1]))
        if slot is not None:
            moved, landing = move(network, path, slot), moved_path(path, slot)
            assert layer_at(moved, landing) == layer_at(network, path)
            assert moved.n_layers == network.n_layers
        assert network.to_json() == before
