"""Templates: sized to the data, able to run on any of it, and no wider than the rows bear."""

from __future__ import annotations

import pytest
import torch

from nnlab.errors import NetworkError, SpecError
from nnlab.network.build import build
from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.network.plan import plan
from nnlab.network.shapes import Ids, Shape
from nnlab.network.templates import LinearModel, Mlp, Template, default_network, templates
from tests.network.test_code import drawn

HEADS = [
    Head(task="binary", n_outputs=1),
    Head(task="multiclass", n_outputs=4),
    Head(task="regression", n_outputs=2),
    Head(task="multilabel", n_outputs=3),
]
SHAPES: list[dict[str, Shape]] = [
    {"table": (1,)},
    {"table": (300,)},
    {"image": (1, 8, 8)},
    {"image": (3, 28, 20)},
    {"table": (5,), "text": Ids((9,), n_ids=40)},
    {"text": Ids((2,), n_ids=5)},
    {"sequence": (12, 3)},
    {"sequence": (1, 1)},
    {"table": (4,), "codes": Ids((3,), n_ids=11), "sequence": (20, 2)},
]


@pytest.mark.parametrize("cls", list(templates), ids=templates.kinds)
@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.task)
def test_every_template_runs_on_all_data(cls: type[Template], head: Head) -> None:
    """Tables, pictures, texts, series and several inputs, from three rows to a million; else it says what it needs."""
    for shapes in SHAPES:
        if not cls.fits(shapes):
            with pytest.raises(NetworkError, match=str(cls.needs)):
                cls.parse({}).make(shapes, head, 100)
            continue
        for n_rows in (3, 569, 5_000, 1_000_000):
            network = cls.parse({}).make(shapes, head, n_rows)
            assert plan(network, shapes, head).error is None
        model = build(network, shapes, head).eval()
        rows = {name: drawn(shape, 2) for name, shape in shapes.items()}
        assert tuple(model(**rows).shape) == (2, head.n_outputs)
        assert Network.from_json(network.to_json()) == network


@pytest.mark.parametrize("cls", list(templates), ids=templates.kinds)
def test_every_template_says_what_it_is(cls: type[Template]) -> None:
    """Title, one line, when to use it, why it is sized so, and its source."""
    for part in (cls.title, cls.summary, cls.use_when, cls.why, cls.source):
        assert part
    for name, field in cls.model_fields.items():
        if name != "kind":
            assert field.description
            assert isinstance(field.json_schema_extra, dict)
            assert field.json_schema_extra.get("why")


def test_what_a_template_for_series_tells_is_added_to_the_last_value() -> None:
    """With a head of zeros each tells the last value of the first channel, the target, at every step ahead."""
    shapes: dict[str, Shape] = {"sequence": (12, 3), "table": (2,)}
    windows = {name: drawn(shape, 4) for name, shape in shapes.items()}
    for cls in (cls for cls in templates if cls.needs == "sequence"):
        network = cls.parse({}).make(shapes, HEADS[2], 100)
        assert network.adds_last_value
        assert not cls.parse({}).make(shapes, HEADS[0], 100).adds_last_value
        model = build(network, shapes, HEADS[2]).eval()
        for parameter in model.head.parameters():
            parameter.data.zero_()
        assert torch.equal(model(**windows), windows["sequence"][:, -1, :1].expand(4, 2))


def test_the_linear_template_is_a_linear_model() -> None:
    """Nothing but the head: one weight a feature and an offset."""
    network = LinearModel().make({"table": (7,)}, HEADS[0], 100)
    assert network == Network()
    assert plan(network, {"table": (7,)}, HEADS[0]).n_parameters == 8


def test_the_mlp_grows_with_the_rows() -> None:
    """More rows, more weights, less dropout."""
    n_parameters = [
        plan(default_network({"table": (12,)}, HEADS[0], n_rows), {"table": (12,)}, HEADS[0]).n_parameters
        for n_rows in (200, 569, 5_000, 13_000, 35_000)
    ]
    assert n_parameters == sorted(n_parameters)
    assert n_parameters[1] < 569
    assert n_parameters[-1] > 50_000


def test_what_a_person_fixed_stays() -> None:
    """Width, depth and dropout given are taken; 0 leaves the dropout layers out."""
    network = Mlp(width=10, n_hidden=3, dropout=0).make({"table": (4,)}, HEADS[0], 50_000)
    assert [layer.arguments() or layer.kind for layer in network.trunk] == ["10", "SiLU"] * 3


def test_numbers_from_many_rows_are_normalised_and_classes_dropped() -> None:
    """What was measured: LayerNorm helps where numbers are learnt, dropout where classes are."""
    found = [[layer.kind for layer in default_network({"table": (9,)}, head, 13_000).trunk[:3]] for head in HEADS[:3]]
    assert found == [["Linear", "SiLU", "Dropout"], ["Linear", "SiLU", "Dropout"], ["Linear", "LayerNorm", "SiLU"]]


def test_unknown_templates_are_refused_with_the_near_name() -> None:
    """A misspelt template names the one that was meant."""
    with pytest.raises(SpecError, match="Did you mean mlp"):
        templates["mpl"]
