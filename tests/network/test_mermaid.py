"""Mermaid text: every layer a node, every way an arrow, nothing in it that Mermaid would read as a sign."""

from __future__ import annotations

import random
import re

from nnlab.network.head import Head
from nnlab.network.layers import Linear, Parallel, Repeat, Residual, SiLU
from nnlab.network.mermaid import mermaid
from nnlab.network.network import Network
from nnlab.network.plan import LayerPlan, Plan, plan
from tests.batteries import battery
from tests.strategies import random_head, random_network

BINARY = Head(task="binary", n_outputs=1)


def arrows(text: str) -> set[tuple[str, str]]:
    """Who points at whom, by what the nodes say."""
    said = dict(re.findall(r'^(?:subgraph )?(n\d+)\["(.*)"\]$', text, re.MULTILINE))
    return {(said[a], said[b]) for a, b in re.findall(r'^(n\d+) -- ".*" --> (n\d+)$', text, re.MULTILINE)}


def test_layers_follow_each_other_and_ways_meet() -> None:
    """A stack is a chain, a way around an arrow past its body, branches several arrows into one node."""
    network = Network(
        trunk=(
            Residual(body=(Linear(), SiLU())),
            Parallel(branches=((Linear(out_features=3),), ())),
            Repeat(times=2, body=(SiLU(),)),
        )
    )
    text = mermaid(plan(network, {"table": (64,)}, BINARY))
    assert text.startswith("flowchart TD\n")
    assert arrows(text) == {
        ("Table 64 numbers", "Linear 64"),
        ("Linear 64", "SiLU"),
        ("SiLU", "+"),
        ("Table 64 numbers", "+"),
        ("+", "Linear 3"),
        ("Linear 3", "side by side"),
        ("+", "side by side"),
        ("side by side", "SiLU"),
        ("SiLU", "Head yes or no: Linear 1"),
    }
    assert text.count("subgraph ") == text.splitlines().count("end") == 3


def test_random_networks_have_a_node_for_every_layer() -> None:
    """Whatever can be designed can be copied; every frame that opens closes."""
    rng = random.Random(4)
    for _ in range(battery(30, 300)):
        network, shapes = random_network(rng)
        planned = plan(network, shapes, random_head(rng))
        text = mermaid(planned)
        assert text.count("subgraph ") == text.splitlines().count("end")
        n_nodes = len(re.findall(r'^n\d+\["', text, re.MULTILINE)) + text.count("subgraph ")
        layers = [
            row for row in planned.rows if row.path.rpartition(".")[2].isdecimal() or row.path in ("head", "join")
        ]
        assert n_nodes >= len(layers)


def test_signs_of_mermaid_are_no_signs() -> None:
    """A name with quotes or brackets stays one name."""
    row = LayerPlan("trunk.0", 0, '"]; click n1 "x"', "weights", "<b>")
    assert '"#quot;]; click n1 #quot;x#quot; #lt;b#gt;"' in mermaid(Plan(rows=(row,)))
