"""Shapes, costs, the layer that cannot run, and the repairs that do what they say."""

from __future__ import annotations

import random

import pytest
import torch

from nnlab.errors import NetworkError, SpecError
from nnlab.network.build import build
from nnlab.network.code import source
from nnlab.network.edit import replace
from nnlab.network.head import Head
from nnlab.network.layers import (
    BatchNorm1d,
    Conv1d,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Linear,
    Residual,
    SiLU,
    Unflatten,
)
from nnlab.network.measure import measured
from nnlab.network.network import Branch, Network
from nnlab.network.plan import LayerPlan, Plan, plan
from nnlab.network.shapes import Shape
from tests.batteries import battery
from tests.strategies import random_head, random_network

BINARY = Head(task="binary", n_outputs=1)
BODY = (Linear(), LayerNorm(), SiLU())
TITANIC = Network(trunk=(Linear(), SiLU(), Residual(body=BODY), Dropout()))


def planned(*trunk: Layer, shape: Shape = (13,)) -> Plan:
    return plan(Network(trunk=trunk), {"table": shape}, BINARY)


def failing(found: Plan) -> LayerPlan:
    (row,) = [row for row in found.rows if row.error]
    return row


def test_rows_go_from_the_input_to_the_head() -> None:
    """A row for each layer, containers before the layers inside them, each with what arrives and what leaves."""
    found = plan(TITANIC, {"table": (13,)}, BINARY)
    assert [(row.path, row.depth, row.kind, row.in_shape, row.out_shape) for row in found.rows] == [
        ("input.table", 0, "Table", (13,), (13,)),
        ("trunk.0", 0, "Linear", (13,), (64,)),
        ("trunk.1", 0, "SiLU", (64,), (64,)),
        ("trunk.2", 0, "Residual", (64,), (64,)),
        ("trunk.2.body.0", 1, "Linear", (64,), (64,)),
        ("trunk.2.body.1", 1, "LayerNorm", (64,), (64,)),
        ("trunk.2.body.2", 1, "SiLU", (64,), (64,)),
        ("trunk.3", 0, "Dropout", (64,), (64,)),
        ("head", 0, "Head", (64,), (1,)),
    ]
    assert [row.n_parameters for row in found.rows] == [0, 896, 0, 0, 4160, 128, 0, 0, 65]
    assert found.n_parameters == 5249
    assert found.n_multiply_adds == 13 * 64 + 64 * 64 + 64
    assert found.n_bytes == 16 * 5249


def test_words_put_values_before_names() -> None:
    """What stands beside the name is short: "64", "p 0.1"."""
    found = plan(TITANIC, {"table": (13,)}, BINARY)
    said = {row.path: row.arguments for row in found.rows}
    assert said["input.table"] == "13 numbers"
    assert said["trunk.0"] == "64"
    assert said["trunk.2"] == "shortcut: same size"
    assert said["trunk.3"] == "p 0.1"
    assert said["head"] == "yes or no: Linear 1"
    row = found.row("trunk.2.body.0")
    assert row is not None
    assert row.code == "nn.Linear(64, 64)"


def test_a_layer_that_cannot_run_says_both_shapes_and_offers_repairs() -> None:
    """The sentence is in words, what comes after is unknown, and each repair makes the layer run."""
    found = plan(TITANIC.having(trunk=(*TITANIC.trunk, Conv1d(), SiLU())), {"table": (13,)}, BINARY)
    row = failing(found)
    assert row.path == "trunk.4"
    assert row.arguments == "16 channels, kernel 3"
    assert row.error == "Conv1d needs channels and a length; what arrives is one list of 64 numbers."
    assert [repair.label for repair in row.repairs] == ["Insert Unflatten(1, 64)", "Use Linear instead", "Remove"]
    assert [later.out_shape for later in found.rows[-2:]] == [None, None]
    assert [later.in_shape for later in found.rows[-2:]] == [None, None]
    assert found.calls is None
    for repair in row.repairs:
        repaired = plan(repair.network, {"table": (13,)}, BINARY)
        assert all(again.path == "head" for again in repaired.rows if again.error)


def test_the_plan_carries_the_error_in_four_parts() -> None:
    """Where, rule, what came, what to do; build and source raise the very same."""
    network = Network(trunk=(Linear(), Conv1d()))
    error = plan(network, {"table": (13,)}, BINARY).error
    assert isinstance(error, NetworkError)
    assert error.layer == error.where == "trunk.1"
    assert error.rule == "Conv1d needs channels and a length"
    assert error.came == "one list of 64 numbers"
    assert error.do.startswith("Possible repairs: Insert Unflatten(1, 64); ")
    for refuse in (build, source):
        with pytest.raises(NetworkError, match="channels and a length"):
            refuse(network, {"table": (13,)}, BINARY)  # type: ignore[operator]


def test_the_head_offers_flatten_where_channels_arrive() -> None:
    """After convolutions the head takes no channels: Insert Flatten is the repair, and then all runs."""
    found = planned(Unflatten(), Conv1d())
    row = failing(found)
    assert row.path == "head"
    assert row.error == "The head needs one list of numbers; what arrives is 16 lists of 11 numbers."
    assert [repair.label for repair in row.repairs] == ["Insert Flatten"]
    assert plan(row.repairs[0].network, {"table": (13,)}, BINARY).error is None


@pytest.mark.parametrize(
    ("trunk", "path", "error", "label"),
    [
        ((Unflatten(), Conv1d(kernel_size=20)), "trunk.1", "a length of at least 20", "Set kernel_size to 13"),
        ((Unflatten(unflattened_size=(2, 7)),), "trunk.0", "needs 14 numbers", "Use one list of 13"),
        ((Unflatten(unflattened_size=(2, -1)),), "trunk.0", "a multiple of 2 numbers", "Use one list of 13"),
        ((Unflatten(), Unflatten()), "trunk.1", "needs one list of numbers", "Insert Flatten"),
        ((Unflatten(unflattened_size=(1, 1, 13)), BatchNorm1d()), "trunk.1", "one list", "Insert Flatten"),
        (
            (Residual(body=(Linear(out_features=7),), shortcut="identity"),),
            "trunk.0",
            "Residual needs a shortcut to one list of 7 numbers, which its body gives; what arrives is one list of 13",
            "Use a projection as shortcut",
        ),
        ((Residual(body=(Unflatten(),)),), "trunk.0", "which its body gives", "Take the body out"),
        ((Residual(body=(SiLU(), Conv1d())),), "trunk.0.body.1", "channels and a length", "Insert Unflatten(1, 13)"),
    ],
)
def test_every_refusal_has_a_repair_that_was_tried(trunk: tuple[Layer, ...], path: str, error: str, label: str) -> None:
    """The failing layer is named, the first repair is the best one, and with it the same layer no longer fails."""
    row = failing(planned(*trunk))
    assert row.path == path
    assert error in row.error
    assert row.repairs[0].label == label
    again = plan(row.repairs[0].network, {"table": (13,)}, BINARY)
    assert all(later.path != path for later in again.rows if later.error)


@pytest.mark.parametrize(
    ("body", "shape", "shortcut"),
    [
        ((Linear(out_features=13),), (13,), "shortcut: same size"),
        ((Linear(out_features=7),), (13,), "shortcut: Linear 7"),
        ((Conv1d(out_channels=5, padding=1),), (3, 20), "shortcut: Conv1d 5"),
        ((Linear(out_features=6),), (3, 20), "shortcut: Linear 6"),
        ((), (13,), "shortcut: same size"),
    ],
)
def test_a_residual_projects_only_where_sizes_differ(body: tuple[Layer, ...], shape: Shape, shortcut: str) -> None:
    """Identity where the sizes agree, else a linear map along the axis that differs."""
    network = Network(trunk=(Residual(body=body), Flatten()))
    row = plan(network, {"table": shape}, BINARY).row("trunk.0")
    assert row is not None
    assert row.arguments == shortcut
    model = build(network, {"table": shape}, BINARY)
    rows = torch.randn(4, *shape)
    residual = model.trunk[0]
    assert torch.equal(residual(rows), residual.body(rows) + residual.shortcut(rows))


def test_several_inputs_are_joined() -> None:
    """Each input goes through its branch; the lists are put one after the other, in a fixed order of inputs."""
    network = Network(branches=(Branch(input="text", layers=(Linear(out_features=3), SiLU())),), trunk=(Linear(),))
    shapes = {"text": (8,), "table": (5,)}
    found = plan(network, shapes, BINARY)
    assert [row.path for row in found.rows] == [
        "input.table",
        "input.text",
        "branches.text.0",
        "branches.text.1",
        "join",
        "trunk.0",
        "head",
    ]
    join = found.row("join")
    assert join is not None
    assert join.out_shape == (8,)
    model = build(network, shapes, BINARY)
    rows = {"table": torch.randn(4, 5), "text": torch.randn(4, 8)}
    by_hand = model.head(model.trunk(torch.cat([rows["table"], model.branches["text"](rows["text"])], dim=1)))
    assert torch.equal(model(**rows), by_hand)


def test_a_picture_cannot_be_joined_until_it_is_flat() -> None:
    """Join says which input is no list; Insert Flatten makes a branch for it."""
    found = plan(Network(), {"table": (5,), "image": (1, 4, 4)}, BINARY)
    row = failing(found)
    assert row.error == "Join needs one list of numbers from image; what arrives is a block of 1 × 4 × 4 numbers."
    repaired = row.repairs[0].network
    assert repaired.branches == (Branch(input="image", layers=(Flatten(),)),)
    assert plan(repaired, {"table": (5,), "image": (1, 4, 4)}, BINARY).error is None


def test_a_branch_without_its_input_can_be_removed() -> None:
    """A network made for text meets a table without any: the branch is named, and its removal is the repair."""
    network = Network(branches=(Branch(input="text", layers=(Linear(),)),))
    row = failing(plan(network, {"table": (5,)}, BINARY))
    assert row.error == "This branch needs the input text; what arrives is table."
    assert plan(row.repairs[0].network, {"table": (5,)}, BINARY).error is None


def test_only_numbers_ahead_of_a_window_are_added_to_its_last_value() -> None:
    """Where rows have no window, or classes are told, the head says so, and its output alone is the repair."""
    network = Network(branches=(Branch(input="sequence", layers=(Flatten(),)),), adds_last_value=True)
    shapes: dict[str, Shape] = {"sequence": (12, 2)}
    number = Head(task="regression", n_outputs=1)
    found = plan(network, shapes, number)
    assert found.error is None
    assert found.rows[-1].arguments == "a number: Linear 1, added to the last value"
    assert "return last_value[:, 0] + self.head(x)" in source(network, shapes, number)
    model = build(network, shapes, number)
    rows = torch.randn(4, 12, 2)
    moved = rows + torch.tensor([5.0, 0.0])  # a level never met: the answer moves along, to rounding
    assert torch.allclose(model(sequence=moved), model(sequence=rows) + 5, atol=1e-5)
    row = failing(plan(network, shapes, BINARY))
    assert row.error == "Only numbers told ahead of a window can be added to its last value; what arrives is yes or no."
    assert plan(row.repairs[0].network, shapes, BINARY).error is None
    assert failing(plan(Network(adds_last_value=True), {"table": (5,)}, number)).path == "head"


@pytest.mark.parametrize("shapes", [{}, {"table": (0,)}])
def test_no_features_at_all_is_said(shapes: dict[str, Shape]) -> None:
    """Without a number to start from there is no network."""
    error = plan(Network(), shapes, BINARY).error
    assert error is not None
    assert error.do == "Choose at least one feature column."


def test_batch_norm_says_that_it_cannot_train_on_single_rows() -> None:
    """torch refuses a training batch of one row; the plan says the fewest rows, inside containers as well."""
    network = Network(trunk=(Residual(body=(BatchNorm1d(),)),))
    assert network.least_rows == plan(network, {"table": (13,)}, BINARY).least_rows == 2
    assert Network(trunk=(LayerNorm(),)).least_rows == 1
    model = build(network, {"table": (13,)}, BINARY)
    with pytest.raises(ValueError, match="more than 1 value"):
        model.train()(table=torch.randn(1, 13))
    assert model.eval()(table=torch.randn(1, 13)).shape == (1, 1)


def test_random_networks_run_as_planned_or_explain() -> None:
    """Either torch gives the planned shape, or the error names a layer; every repair offered makes that layer run."""
    rng = random.Random(5)
    n_run = 0
    for _ in range(battery(50, 500)):
        network, shapes = random_network(rng)
        head = random_head(rng)
        found = plan(network, shapes, head)
        if found.error is None:
            model = build(network, shapes, head).eval()
            out = model(**{name: torch.randn(2, *shape) for name, shape in shapes.items()})
            assert tuple(out.shape) == (2, head.n_outputs)
            assert found.n_parameters == sum(parameter.numel() for parameter in model.parameters())
            n_run += 1
            continue
        row = next(row for row in found.rows if row.error)
        assert isinstance(found.error, NetworkError)
        assert found.error.layer == row.path
        assert row.error.endswith(".")
        for repair in row.repairs:
            assert repair.network != network
            plan(repair.network, shapes, head)
    assert n_run > battery(50, 500) // 10


def test_random_networks_survive_json() -> None:
    """JSON gives the network back equal."""
    rng = random.Random(6)
    for _ in range(battery(200, 2000)):
        network, _ = random_network(rng)
        assert Network.from_json(network.to_json()) == network


def test_planning_draws_no_random_numbers() -> None:
    """The global generator stands where it stood, after plan and after build."""
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    plan(TITANIC, {"table": (21,)}, BINARY)
    build(TITANIC, {"table": (21,)}, BINARY, seed=5)
    assert torch.equal(torch.rand(4), expected)


def test_equal_seeds_give_equal_weights() -> None:
    """The same seed draws the same weights, another seed others."""
    one, same, other = (build(TITANIC, {"table": (13,)}, BINARY, seed=seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["trunk.0.weight"], other["trunk.0.weight"])


def test_an_edit_of_a_hundred_layers_is_planned_at_once() -> None:
    """Layers that did not change are not run again."""
    block = tuple(layer for i in range(25) for layer in (Linear(out_features=32 + i), LayerNorm(), SiLU(), Dropout()))
    for network, path in (
        (Network(trunk=block), "trunk.40"),
        (Network(trunk=(Residual(body=block),)), "trunk.0.body.40"),
    ):
        plan(network, {"table": (13,)}, BINARY)
        before = measured.cache_info().misses
        plan(replace(network, path, Linear(out_features=200)), {"table": (13,)}, BINARY)
        n_run = measured.cache_info().misses - before
        assert n_run <= 6, "the changed layer, those that take its new width, and the container around them"


def test_a_branch_is_named_once_and_for_a_known_input() -> None:
    """Two branches for one input, or an input that there is not, are refused."""
    with pytest.raises(SpecError, match="at most one branch"):
        Network.parse({"branches": [{"input": "text"}, {"input": "text"}]})
    with pytest.raises(SpecError):
        Network.parse({"branches": [{"input": "__class__"}]})
