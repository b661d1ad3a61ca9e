"""Optimizers: torch's own, with decay on weights alone."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from nnlab.training.optimizers import MAKERS, make_optimizer, set_rate
from nnlab.training.spec import Optimizer, Training
from tests.training.rows import TableNetwork


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("adamw", torch.optim.AdamW),
        ("adam", torch.optim.Adam),
        ("sgd", torch.optim.SGD),
        ("rmsprop", torch.optim.RMSprop),
    ],
)
def test_a_name_is_the_optimizer_of_torch(name: str, cls: type) -> None:
    """The class is torch's and the settings are those of the spec."""
    optimizer = make_optimizer(Training(optimizer=name, learning_rate=0.01, momentum=0.8), TableNetwork(4, 1))
    assert type(optimizer) is cls
    group = optimizer.param_groups[0]
    assert group["lr"] == 0.01
    assert group.get("betas", (group.get("momentum"),))[0] == 0.8


def test_weights_decay_and_biases_and_normalisations_do_not() -> None:
    """Two axes or more decay; vectors never do; every parameter is in exactly one group."""
    module = TableNetwork(4, 1)
    decayed, free = make_optimizer(Training(weight_decay=0.5), module).param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.5, 0.0)
    assert {id(p) for p in decayed["params"]} == {id(m.weight) for m in module.modules() if isinstance(m, nn.Linear)}
    assert len(decayed["params"]) + len(free["params"]) == len(list(module.parameters()))


def test_without_decay_there_is_one_group() -> None:
    """One kernel call a step, over every parameter."""
    module = TableNetwork(4, 1)
    (group,) = make_optimizer(Training(weight_decay=0.0), module).param_groups
    assert len(group["params"]) == len(list(module.parameters()))


def test_every_optimizer_of_the_spec_is_made() -> None:
    """A name that a person can choose is one that the engine knows."""
    assert set(MAKERS) == set(get_args(Optimizer))


@pytest.mark.parametrize("name", get_args(Optimizer))
def test_a_factor_multiplies_the_rate_of_its_layer_alone(name: Optimizer) -> None:
    """As torch steps with a rate for each group; layers inside each other multiply."""
    ours, theirs = TableNetwork(4, 1), TableNetwork(4, 1)
    theirs.load_state_dict(ours.state_dict())
    ours.body.rate_factor = 0.5
    ours.body[0].rate_factor = 6.0
    training = Training(optimizer=name, weight_decay=0.0)
    optimizer = make_optimizer(training, ours)
    set_rate(optimizer, 0.01)
    fast, slow = list(theirs.body[0].parameters()), [p for m in theirs.body[1:] for p in m.parameters()]
    other = MAKERS[name](training, [{"params": slow, "weight_decay": 0.0}, {"params": fast, "weight_decay": 0.0}])
    for group, rate in zip(other.param_groups, (0.005, 0.03), strict=True):
        group["lr"] = rate
    for module, its in ((ours, optimizer), (theirs, other)):
        for parameter in module.parameters():
            parameter.grad = torch.ones_like(parameter)
        its.step()
    for one, another in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, another)
