"""Training on a GPU, where there is one: the processor's answers within float32, and what ends a run said in words.

Other tests see no GPU, for equal bits are promised on the processor: `NNLAB_TEST_CUDA=1` before `scripts/test
tests/training/test_cuda.py` lets these see it.
"""

from __future__ import annotations

import copy
from typing import Any, get_args

import pytest
import torch
from torch import nn

from nnlab import machine
from nnlab.data.columns import Task
from nnlab.errors import TrainingError
from nnlab.network.build import build
from nnlab.network.layers import layers
from nnlab.network.shapes import Ids
from nnlab.prep.batch import Batch
from nnlab.training.engine import Engine, TrainData
from nnlab.training.members import make_engine
from nnlab.training.spec import Optimizer, Scheduler
from tests.training.rows import TableNetwork, data, head, network, resolved, rows
from tests.training.test_state import assert_same, said
from tests.training.test_traced import network_around

DEVICE = "cuda"
if not torch.cuda.is_available():
    pytest.skip("no GPU that torch can use", allow_module_level=True)


def engine(task: Task = "binary", module: nn.Module | None = None, **settings: Any) -> Engine:
    training = resolved(task, **{"device": DEVICE, **settings})
    return Engine(module or network(task), data(task), training, head(task))


def calm(task: Task) -> TableNetwork:
    """Without dropout, whose masks differ from device to device."""
    made = network(task)
    made.body[3] = nn.Identity()
    return made


def assert_close(one: nn.Module, other: nn.Module) -> None:
    for name, tensor in one.state_dict().items():
        torch.testing.assert_close(tensor.cpu(), other.state_dict()[name].cpu(), rtol=1e-3, atol=1e-4, msg=name)


def test_a_run_takes_the_gpu_by_itself() -> None:
    """Where nothing is said; the network and every row lie there."""
    made = Engine(network("binary"), data("binary"), resolved(device="auto"), head("binary"))
    assert made.choice.device == machine.devices()[0]
    assert {part.device.type for part in (*made.module.parameters(), *made.rows_on_device())} == {DEVICE}


@pytest.mark.parametrize("kind", layers.kinds)
def test_every_layer_answers_as_on_the_processor_and_trains(kind: str) -> None:
    """Its answers before training, and finite losses of two epochs."""
    chosen, shape = network_around(layers[kind])
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(16, *shape, generator=generator)
    if isinstance(shape, Ids):
        table = torch.randint(0, shape.n_ids, (16, *shape), generator=generator)
    batch = Batch({"table": table}, torch.arange(16) % 3, torch.arange(16))
    module = build(chosen, {"table": shape}, head("multiclass")).eval()
    expected = module(table=table).detach()
    answers = copy.deepcopy(module).to(DEVICE)(table=table.to(DEVICE)).detach().cpu()
    torch.testing.assert_close(answers, expected, rtol=1e-2, atol=1e-3)  # convolutions may round to TF32
    training = resolved("multiclass", 16, epochs=2, device=DEVICE)
    events = list(Engine(module, TrainData(batch, batch), training, head("multiclass")).run())
    assert all(torch.isfinite(torch.as_tensor(event.loss)) for event in events if hasattr(event, "loss"))


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize("task", get_args(Task))
def test_every_optimizer_and_loss_ends_where_the_processor_ends(optimizer: str, task: Task) -> None:
    settings = {"optimizer": optimizer, "epochs": 2, "learning_rate": 1e-3}
    ours, theirs = engine(task, calm(task), **settings), engine(task, calm(task), **settings, device="cpu")
    list(ours.run()), list(theirs.run())
    assert_close(ours.module, theirs.module)


@pytest.mark.parametrize("scheduler", get_args(Scheduler))
def test_every_schedule_ends_where_the_processor_ends(scheduler: str) -> None:
    settings = {"scheduler": scheduler, "epochs": 4, "learning_rate": 1e-3}
    ours = engine("regression", calm("regression"), **settings)
    theirs = engine("regression", calm("regression"), **settings, device="cpu")
    list(ours.run()), list(theirs.run())
    assert_close(ours.module, theirs.module)


@pytest.mark.parametrize("members", [1, 3])
def test_a_run_resumed_from_its_state_ends_as_the_whole_one(members: int) -> None:
    """With dropout and BatchNorm: the state holds the device's own random generator."""

    def made() -> Engine:
        training = resolved(device=DEVICE, members=members, gradient_clipping=1.0)
        return make_engine(
            [network("binary", seed=k) for k in range(members)], data("binary"), training, head("binary")
        )

    whole = made()
    expected = list(whole.run())
    for at in (3, len(expected) // 2):
        begun = made()
        events = begun.run()
        for _ in range(at):
            next(events)
        state = begun.state()
        events.close()
        resumed = made()
        resumed.restore(*state)
        assert said(list(resumed.run())) == said(expected[at:])
        assert_same(resumed.state(), whole.state())


@pytest.mark.parametrize("task", get_args(Task))
def test_bfloat16_trains_and_keeps_float32_weights(task: Task) -> None:
    made = engine(task, precision="bfloat16")
    *_, last = made.run()
    assert last.validation_loss is not None
    assert {parameter.dtype for parameter in made.module.parameters()} == {torch.float32}


def test_running_out_of_its_memory_is_said_with_what_to_shrink() -> None:
    """The rows fit, a batch of all of them through a wide layer does not."""
    wide = TableNetwork(4, 1, width=400_000)
    given = TrainData(rows("binary", 20_000), rows("binary", 12, seed=1))
    training = resolved(n_train=20_000, batch_size=20_000, device=DEVICE)
    torch.cuda.set_per_process_memory_fraction(0.01)
    try:
        with pytest.raises(TrainingError, match="must fit into memory") as caught:
            list(Engine(wide, given, training, head("binary")).run())
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
    assert caught.value.repair == {"set": "training.batch_size", "value": 10_000}
