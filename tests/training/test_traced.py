"""Traced steps: the bits of the eager ones for everything that can be trained, and eager where that cannot be had."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.errors import NnlabError, TrainingError
from nnlab.network.build import build
from nnlab.network.layers import Flatten, Layer, Linear, NearestRows, layers
from nnlab.network.network import Network
from nnlab.network.shapes import Ids, Shape
from nnlab.prep.batch import Batch
from nnlab.training import race
from nnlab.training.engine import Engine, TrainData
from nnlab.training.race import Tracing
from nnlab.training.spec import Optimizer, Scheduler
from tests.batteries import battery
from tests.training.rows import data, head, network, resolved, rows
from tests.training.test_state import assert_same, said

SHAPES: tuple[Shape, ...] = ((6,), (4, 8), (2, 8, 8), Ids((6,), n_ids=9))
EAGER = {"LSTM"}  # its kernel cannot be replayed without autograd


def engine(task: Task = "binary", tracing: Tracing = "always", **settings: Any) -> Engine:
    return Engine(network(task), data(task), resolved(task, **settings), head(task), tracing)


def assert_traced_and_eager_agree(made: Any, n_traced: int) -> None:
    """The engines that `made` gives end in the same bits and say the same events, one traced and one eager."""
    eager, traced = made("never"), made("always")
    assert said(list(traced.run())) == said(list(eager.run()))
    assert len(traced.traced) == n_traced, traced.notes
    assert not eager.traced
    assert_same(traced.state(), eager.state())


def network_around(cls: type[Layer]) -> tuple[Network, Shape]:
    """The first small network with this layer in it that runs, and the shape of its input."""
    for shape in SHAPES:
        before = () if isinstance(shape, Ids) or cls is NearestRows else (Linear(out_features=shape[-1]),)
        for after in ((), (Flatten(),)):
            for layer in (cls.parse({}), cls.fitting(shape)):
                found = Network(trunk=(*before, layer, *after))
                try:
                    build(found, {"table": shape}, head("multiclass"))
                except NnlabError:
                    continue
                return found, shape
    raise AssertionError(f"no network around {cls.__name__} runs: give it a shape")


@pytest.mark.parametrize("kind", layers.kinds)
def test_every_layer_gives_the_same_bits_traced(kind: str) -> None:
    """Its forward and backward kernels are called in the same order on the same numbers, buffers and masks included."""
    chosen, shape = network_around(layers[kind])
    generator = torch.Generator().manual_seed(0)
    if isinstance(shape, Ids):
        table = torch.randint(0, shape.n_ids, (16, *shape), generator=generator)
    else:
        table = torch.randn(16, *shape, generator=generator)
    batch = Batch({"table": table}, torch.arange(16) % 3, torch.arange(16))

    def made(tracing: Tracing) -> Engine:
        module = build(chosen, {"table": shape}, head("multiclass"))
        training = resolved("multiclass", 16, epochs=3)
        return Engine(module, TrainData(batch, batch), training, head("multiclass"), tracing)

    assert_traced_and_eager_agree(made, 0 if kind in EAGER else 1)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("binary", {"gradient_clipping": 0.05, "weight_decay": 0.1}),
        ("multiclass", {"label_smoothing": 0.2, "class_weights": "balanced", "momentum": 0.0}),
        ("regression", {"loss": "huber", "weight_decay": 0.0}),
    ],
)
def test_every_optimizer_gives_the_same_bits_traced(optimizer: str, task: Task, settings: dict[str, Any]) -> None:
    """With BatchNorm, dropout, a short last batch, clipping and decay: weights, its memory, counters and events."""
    chosen = {"optimizer": optimizer, "epochs": 3, **settings}
    assert_traced_and_eager_agree(lambda tracing: engine(task, tracing, **chosen), 2)


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("binary", {"label_smoothing": 0.1, "class_weights": "balanced"}),
        ("multiclass", {"gradient_clipping": 1.0}),
        ("binary", {"label_smoothing": 0.3, "smoothing_fades": True, "class_weights": "balanced"}),
        ("multiclass", {"label_smoothing": 0.3, "smoothing_fades": True}),
        ("regression", {"loss": "mae"}),
        ("regression", {"loss": "mse"}),
    ],
)
def test_every_loss_gives_the_same_bits_traced(task: Task, settings: dict[str, Any]) -> None:
    """The losses of every task, with smoothing and class weights where they count."""
    assert_traced_and_eager_agree(lambda tracing: engine(task, tracing, epochs=3, **settings), 2)


@pytest.mark.parametrize("scheduler", get_args(Scheduler))
def test_every_schedule_gives_the_same_bits_traced(scheduler: str) -> None:
    """The rate is handed to each step and not written into the trace."""
    settings = {"scheduler": scheduler, "epochs": 4, "learning_rate": 0.05}
    assert_traced_and_eager_agree(lambda tracing: engine("regression", tracing, **settings), 2)


@pytest.mark.parametrize(("first", "then"), [("always", "never"), ("never", "always")])
def test_a_run_goes_on_in_the_other_way_with_the_same_bits(first: Tracing, then: Tracing) -> None:
    """What a traced step leaves is what an eager one takes up, and the other way round, at any event."""
    settings = {"optimizer": "adamw", "gradient_clipping": 1.0, "epochs": 3}
    whole = engine("binary", "never", **settings)
    expected = list(whole.run())
    for at in range(2, len(expected), battery(5, 1)):
        begun = engine("binary", first, **settings)
        events = begun.run()
        for _ in range(at):
            next(events)
        state = begun.state()
        events.close()
        resumed = engine("binary", then, **settings)
        resumed.restore(*state)
        assert said(list(resumed.run())) == said(expected[at:])
        assert_same(resumed.state(), whole.state())


@pytest.mark.parametrize("task", get_args(Task))
def test_bfloat16_gives_the_same_bits_traced_and_float32_weights(task: Task) -> None:
    """Another result than float32, from a step whose weights, loss and optimizer stay float32."""
    settings = {"precision": "bfloat16", "epochs": 3, "gradient_clipping": 1.0}
    assert_traced_and_eager_agree(lambda tracing: engine(task, tracing, **settings), 2)
    coarse, fine = engine(task, "never", **settings), engine(task, "never", epochs=3, gradient_clipping=1.0)
    told = [list(each.run()) for each in (coarse, fine)]
    first, exact = (events[0].plain()["loss"] for events in told)
    assert {tensor.dtype for tensor in coarse.weights().values()} == {torch.float32, torch.int64}
    assert first == pytest.approx(exact, rel=0.05)
    weight = "body.0.weight"
    assert not torch.equal(coarse.weights()[weight], fine.weights()[weight])
    assert torch.allclose(coarse.weights()[weight], fine.weights()[weight], atol=0.05)


def test_a_layer_that_cannot_compute_in_bfloat16_is_refused_with_a_repair() -> None:
    """In words, and not as a fault of nnlab's own."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.both = nn.Linear(4, 4), nn.Bilinear(4, 4, 1)

        def forward(self, table: Tensor) -> Tensor:
            x = self.inner(table)
            return self.both(x, x)

    ours = Engine(Two(), data("binary"), resolved(precision="bfloat16"), head("binary"))
    with pytest.raises(TrainingError) as caught:
        list(ours.run())
    assert caught.value.repair == {"set": "training.precision", "value": "float32"}


def test_a_parameter_that_nothing_uses_and_a_frozen_one_stay_as_they_are() -> None:
    """Neither has a gradient, so no optimizer may touch it, decay included."""

    def made(tracing: Tracing) -> Engine:
        module = network("binary")
        module.register_parameter("unused", nn.Parameter(torch.ones(3, 3)))
        module.body[0].weight.requires_grad_(False)
        return Engine(module, data("binary"), resolved(epochs=2), head("binary"), tracing)

    assert_traced_and_eager_agree(made, 2)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_layers_at_a_pace_of_their_own_give_the_same_bits_traced(optimizer: str) -> None:
    """Each group takes its own multiple of the step's rate."""

    def made(tracing: Tracing) -> Engine:
        module = network("binary")
        module.body[0].rate_factor = 6.0
        training = resolved(optimizer=optimizer, epochs=3)
        return Engine(module, data("binary"), training, head("binary"), tracing)

    assert_traced_and_eager_agree(made, 2)


class Counting(nn.Module):
    """Does something else every time, by a count that no tensor knows of."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.n = network("binary"), 0

    def forward(self, table: Tensor) -> Tensor:
        self.n += 1
        return self.inner(table) * (1 + self.n % 2)


class Branching(Counting):
    """Takes another way where the values say so."""

    def forward(self, table: Tensor) -> Tensor:
        return self.inner(table) if table.sum().item() > 0 else self.inner(-table)


@pytest.mark.parametrize(("module", "said_why"), [(Counting, "another loss"), (Branching, "it cannot be traced")])
def test_what_a_trace_would_freeze_stays_eager_and_says_so(module: type[nn.Module], said_why: str) -> None:
    """The comparison or torch itself finds it; the run is that of eager steps."""

    def made(tracing: Tracing) -> Engine:
        return Engine(module(), data("binary"), resolved(epochs=2), head("binary"), tracing)

    assert_traced_and_eager_agree(made, 0)
    traced = made("always")
    list(traced.run())
    assert all(said_why in note for note in traced.notes)
    assert len(traced.notes) == 2


@pytest.mark.parametrize(("ratio", "n_traced"), [(0.5, 2), (0.99, 0)])
def test_a_long_run_is_traced_where_that_is_faster(
    ratio: float, n_traced: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race decides; its clock changes no bit."""
    monkeypatch.setattr(race._Race, "ratio", lambda self: ratio)
    monkeypatch.setattr(race, "_likely_cost_s", lambda module: 0.0)
    ours, eager = engine("binary", "auto", epochs=12), engine("binary", "never", epochs=12)
    assert said(list(ours.run())) == said(list(eager.run()))
    assert len(ours.traced) == n_traced
    assert f"{ratio:.2f} of" in ours.notes[0]
    assert_same(ours.state(), eager.state())


@pytest.mark.parametrize("n_epochs", [2, 12])
def test_a_short_run_is_not_held_up_by_tracing(n_epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one of a few steps nor one whose rest takes less time than tracing does."""
    monkeypatch.setattr(race, "trace", lambda *_: pytest.fail("it was traced"))
    monkeypatch.setattr(race, "_likely_cost_s", lambda module: 1e6)
    ours = engine("binary", "auto", epochs=n_epochs)
    list(ours.run())
    assert ours.notes == []


def test_a_loss_that_is_no_number_ends_a_traced_run_as_an_eager_one() -> None:
    """The same error at the same step, and the bad step has changed no parameter."""
    ends = []
    for tracing in ("never", "always"):
        train = rows("regression", 37)
        assert train.target is not None
        train.inputs["table"][20, 1] = 3e38
        ours = Engine(
            network("regression"), TrainData(train, train), resolved("regression"), head("regression"), tracing
        )
        with pytest.raises(TrainingError) as caught:
            list(ours.run())
        ends.append((str(caught.value), ours.step, ours.weights()))
    (said_eager, step, weights), (said_traced, traced_step, traced_weights) = ends
    assert (said_traced, traced_step) == (said_eager, step)
    for name, tensor in weights.items():
        assert torch.equal(tensor.nan_to_num(7.0), traced_weights[name].nan_to_num(7.0)), name
