"""The first weights that are drawn are those that a run starts with."""

from __future__ import annotations

import random

import torch

from nnlab.network.build import build
from nnlab.network.code import source
from nnlab.network.first_weights import first_weights
from nnlab.network.head import Head
from nnlab.network.layers import Embedding, Flatten, Linear, Parallel, Repeat, Residual, SiLU
from nnlab.network.network import Branch, Network
from nnlab.network.plan import plan
from nnlab.network.shapes import Ids, Shape
from tests.batteries import battery
from tests.strategies import random_head, random_network

HEAD = Head(task="binary", n_outputs=1)
SHAPES: dict[str, Shape] = {"table": (4,), "codes": Ids((3,), n_ids=9)}
NESTED = Network(
    branches=(Branch(input="codes", layers=(Embedding(embedding_dim=2, init="normal"), Flatten())),),
    trunk=(
        Parallel(branches=((Linear(out_features=6, init="he"), SiLU()), ())),
        Repeat(times=2, body=(Residual(body=(Linear(out_features=5),)), Linear(out_features=7))),
    ),
)


def test_each_layer_is_found_wherever_it_stands() -> None:
    """In a branch, a branch of a container, each time of a Repeat, a container's own, and the head; torch's names."""
    state = build(NESTED, SHAPES, HEAD, seed=5).state_dict()
    names = {
        "branches.codes.0": ["branches.codes.0.weight"],
        "trunk.0.branch_0.0": [f"trunk.0.branches.branch_0.0.{each}" for each in ("weight", "bias")],
        "trunk.1.body.1": [f"trunk.1.{n}.1.{each}" for n in (0, 1) for each in ("weight", "bias")],
        "trunk.1.body.0": [f"trunk.1.{n}.0.shortcut.{each}" for n in (0, 1) for each in ("weight", "bias")],
        "head": ["head.weight", "head.bias"],
    }
    for path, known in names.items():
        found = first_weights(NESTED, SHAPES, HEAD, path, seed=5)
        assert len(found) == len(known), path
        for drawn, name in zip(found, known, strict=True):
            assert torch.equal(drawn.values, state[name]), name
    assert first_weights(NESTED, SHAPES, HEAD, "trunk.0.branch_0.1") == ()
    assert first_weights(NESTED, SHAPES, HEAD, "trunk.0") == ()


def test_another_seed_draws_other_weights_and_the_global_generator_stays() -> None:
    """As a run with another seed would; whoever draws before or after is not disturbed."""
    before = torch.get_rng_state()
    first, again, other = (first_weights(NESTED, SHAPES, HEAD, "head", seed=seed)[0].values for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_all_layers_together_have_every_parameter() -> None:
    """Of random networks: each parameter belongs to one layer, or to the head."""
    chosen = random.Random(3)
    for _turn in range(battery(8, 100)):
        (network, shapes), head = random_network(chosen), random_head(chosen)
        if plan(network, shapes, head).error is not None:
            continue
        model = build(network, shapes, head)
        n_found = sum(
            drawn.values.numel()
            for path in (*(path for path, _layer in network.walk()), "head")
            for drawn in first_weights(network, shapes, head, path)
        )
        assert n_found == sum(parameter.numel() for parameter in model.parameters())


def test_the_code_draws_the_same_first_weights() -> None:
    """Run with torch alone, the printed source with a seed ends with the model that training starts from."""
    text = source(NESTED, SHAPES, HEAD, seed=5)
    assert text.endswith("torch.manual_seed(5)  # the first weights\nmodel = Model()\n")
    ran: dict[str, object] = {}
    state = torch.get_rng_state()
    exec(compile(text, "printed", "exec"), ran)
    torch.set_rng_state(state)
    model = ran["model"]
    assert isinstance(model, torch.nn.Module)
    built = build(NESTED, SHAPES, HEAD, seed=5).state_dict()
    assert model.state_dict().keys() == built.keys()
    assert all(torch.equal(values, built[name]) for name, values in model.state_dict().items())
