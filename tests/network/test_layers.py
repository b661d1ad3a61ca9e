"""One battery over the registry: a new layer gets all of it for free."""

from __future__ import annotations

import inspect
import random
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save
from torch.backends import mkldnn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import nnlab.network.layers as folder
from nnlab.errors import SpecError
from nnlab.network.build import Model, build
from nnlab.network.code import source
from nnlab.network.head import Head
from nnlab.network.layer import WeightedLayer
from nnlab.network.layers import AlphaDropout, Dropout, Layer, Unflatten, layers
from nnlab.network.network import Network
from nnlab.network.plan import plan
from nnlab.network.shapes import Ids, Shape
from tests.batteries import battery
from tests.strategies import random_of

HEAD = Head(task="multiclass", n_outputs=3)
FLATTEN = layers["Flatten"].parse({})
SHAPES: tuple[Shape, ...] = ((12,), (3, 30), (6, 8), (4, 6, 6), Ids((6,), n_ids=20))
EACH_LAYER = pytest.mark.parametrize("cls", list(layers), ids=layers.kinds)


def variants(cls: type[Layer]) -> list[Layer]:
    """The layer as it comes, as a menu inserts it, and with random settings."""
    rng = random.Random(cls.__name__)
    return [cls.parse({}), cls.fitting((12,)), *(random_of(cls, rng) for _ in range(battery(2, 40)))]


@cache
def runnable(cls: type[Layer]) -> list[tuple[Network, Shape]]:
    """A network with the layer for each of its variants, and a shape that it takes."""
    found = []
    for layer in variants(cls):
        for shape in SHAPES:
            network = Network(trunk=(layer, FLATTEN))
            if plan(network, {"table": shape}, HEAD).error is None:
                found.append((network, shape))
    assert found, f"no shape at all suits {cls.__name__}"
    return found


def batch(shape: Shape, n: int = 5) -> torch.Tensor:
    if isinstance(shape, Ids):
        return torch.randint(shape.n_ids, (n, *shape), generator=torch.Generator().manual_seed(1))
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(1))


def printed(network: Network, shape: Shape) -> torch.nn.Module:
    """The model that the printed code makes, in a namespace that holds nothing before."""
    namespace: dict[str, object] = {}
    exec(source(network, {"table": shape}, HEAD), namespace)
    made = namespace["Model"]()  # type: ignore[operator]
    assert isinstance(made, torch.nn.Module)
    return made


@EACH_LAYER
def test_the_printed_code_is_the_model(cls: type[Layer]) -> None:
    """Same names, same shapes, the same first weights under one seed, and the same outputs."""
    for network, shape in runnable(cls):
        model = build(network, {"table": shape}, HEAD, seed=7)
        torch.manual_seed(7)
        other = printed(network, shape)
        ours, theirs = model.state_dict(), other.state_dict()
        assert list(ours) == list(theirs)
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
        rows = batch(shape)
        assert torch.equal(model.eval()(table=rows), other.eval()(rows))


@pytest.mark.filterwarnings("ignore:TF32 acceleration")  # said by turning oneDNN off and on
@EACH_LAYER
def test_shapes_and_costs_are_those_of_the_real_module(cls: type[Layer]) -> None:
    """What the plan says on meta is what torch counts and gives with real tensors."""
    for network, shape in runnable(cls):
        planned = plan(network, {"table": shape}, HEAD)
        model = build(network, {"table": shape}, HEAD).eval()
        row = planned.row("trunk.0")
        assert row is not None
        assert tuple(model.trunk[0](batch(shape)).shape) == (5, *(row.out_shape or ()))
        assert planned.n_parameters == sum(parameter.numel() for parameter in model.parameters())
        # Kernels that are one for a whole recurrent layer or for attention are not counted by torch: not used here.
        with mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            model(table=batch(shape))
        assert planned.n_multiply_adds == counter.get_total_flops() // (2 * 5)


@EACH_LAYER
def test_json_gives_the_layer_back(cls: type[Layer]) -> None:
    """Writing and reading are inverse; a setting that does not exist is refused with its name."""
    for layer in variants(cls):
        network = Network(trunk=(layer,))
        again = Network.from_json(network.to_json())
        assert again == network
        assert hash(again) == hash(network)
    with pytest.raises(SpecError, match="nonsense"):
        layers.parse({"kind": cls.model_fields["kind"].default, "nonsense": 1})


@EACH_LAYER
def test_gradients_reach_the_first_weight(cls: type[Layer]) -> None:
    """A Linear before the layer learns: the gradient passes through."""
    for network, shape in runnable(cls):
        if network.remembers_rows:
            continue  # it stands first, and learns from candidates: tests/training/test_nearest.py
        before = () if isinstance(shape, Ids) else (layers["Linear"].parse({"out_features": shape[-1]}),)
        model = build(network.having(trunk=(*before, *network.trunk)), {"table": shape}, HEAD)
        model.eval()(table=batch(shape, 40)).square().sum().backward()
        gradients = [parameter.grad for parameter in model.parameters()]
        assert all(gradient is not None and bool(gradient.isfinite().all()) for gradient in gradients)


@EACH_LAYER
def test_one_step_trains_and_the_state_survives_saving(cls: type[Layer]) -> None:
    """One step of SGD in training mode changes the head; safetensors give every number back."""
    for network, shape in runnable(cls):
        model = build(network, {"table": shape}, HEAD).train()
        torch.manual_seed(0)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        first = model.head.bias.detach().clone()
        torch.nn.functional.cross_entropy(model(table=batch(shape)), torch.tensor([0, 1, 2, 0, 1])).backward()
        optimizer.step()
        assert not torch.equal(first, model.head.bias)
        again = build(network, {"table": shape}, HEAD, seed=99)
        again.load_state_dict(load(save(model.state_dict())))
        rows = batch(shape)
        assert torch.equal(again.eval()(table=rows), model.eval()(table=rows))


@EACH_LAYER
def test_a_layer_says_what_it_is_and_why(cls: type[Layer]) -> None:
    """Menus and the manual find every part; every field has a description and the reason for its default."""
    assert cls.summary.endswith(".")
    assert cls.use_when.endswith(".")
    assert cls.source
    assert cls.__name__ == cls.model_fields["kind"].default
    for name, field in cls.model_fields.items():
        if name != "kind":
            extra = field.json_schema_extra
            assert field.description, f"{cls.__name__}.{name} has no description"
            assert isinstance(extra, dict)
            assert extra.get("why"), f"{cls.__name__}.{name} has no why"


@EACH_LAYER
def test_names_and_arguments_are_those_of_torch(cls: type[Layer]) -> None:
    """A layer called as one of torch.nn's has its argument names."""
    theirs = getattr(torch.nn, cls.__name__, None)
    if theirs is not None and issubclass(theirs, torch.nn.RNNBase):
        theirs = torch.nn.RNNBase  # its heirs take whatever comes, and hand it on
    if theirs is not None:
        ours = {"kind", "out", "init", "init_std", "rate_factor"} if issubclass(cls, WeightedLayer) else {"kind"}
        assert set(cls.model_fields) - ours <= set(inspect.signature(theirs).parameters)


def test_every_file_holds_one_layer_and_is_in_the_registry() -> None:
    """No file of the folder is forgotten by its __init__."""
    files = {path.stem for path in Path(folder.__file__).parent.glob("*.py")} - {"__init__"}
    assert {cls.__module__.rpartition(".")[2] for cls in layers} == files
    assert len(layers) == len(files)
    assert {cls.__name__ for cls in layers} <= set(folder.__all__)


def test_dropout_drops_the_share_it_says() -> None:
    """In training a share p of the numbers is 0; in use nothing is changed."""
    model = build(Network(trunk=(Dropout(p=0.3),)), {"table": (1000,)}, HEAD)
    torch.manual_seed(0)
    rows = torch.ones(50, 1000)
    assert (model.trunk.train()(rows) == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert torch.equal(model.trunk.eval()(rows), rows)
    assert AlphaDropout().p == 0.1


@pytest.mark.parametrize("sizes", [(1, 0), (-1, -1), (3,), (1, 2, 3, 4, 5), (1, -2)])
def test_sizes_that_make_no_block_are_refused(sizes: tuple[int, ...]) -> None:
    """Unflatten takes sizes of 1 or more, at most one of them −1."""
    with pytest.raises(SpecError):
        Unflatten.parse({"unflattened_size": sizes})


def test_a_built_model_is_one_module() -> None:
    """Any engine takes it: parameters, state and modes are those of nn.Module."""
    assert issubclass(Model, torch.nn.Module)
