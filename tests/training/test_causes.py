"""How a run ends that cannot go on: values that are no finite numbers, and memory."""

from __future__ import annotations

import math
import pickle
import re
import resource
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import Tensor, nn

from nnlab.errors import TrainingError
from nnlab.network.modules.attention import SelfAttention
from nnlab.network.modules.recurrent import Recurrent
from nnlab.prep.batch import Batch
from nnlab.training.causes import first_unusable_layer, is_out_of_memory
from nnlab.training.engine import Engine, TrainData
from nnlab.training.events import Epoch
from nnlab.training.members import make_engine
from tests.training.rows import data, head, network, resolved, rows


def regression(train: Batch, **settings: object) -> Engine:
    table = TrainData(train, rows("regression", 12, seed=1), ("age", "fare", "height", "width"))
    return Engine(network("regression"), table, resolved("regression", **settings), head("regression"))


def error_of(engine: Engine) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        list(engine.run())
    return pickle.loads(pickle.dumps(caught.value))


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e30])
def test_an_impossible_value_in_a_feature_is_named(value: float) -> None:
    """The error names the feature as the table calls it and the step; nothing was updated with it."""
    train = rows("regression", 37)
    train.inputs["table"][20, 2] = value
    ours = regression(train)
    error = error_of(ours)
    assert "feature height" in error.where
    assert re.match(r"epoch 1, step [1-5], ", error.where)
    assert "height" in error.do
    assert torch.isfinite(ours.weights()["body.0.weight"]).all()


def test_an_impossible_value_in_a_validation_row_is_named() -> None:
    """Training itself went well, so only judging the epoch can find it."""
    validation = rows("regression", 12, seed=1)
    validation.inputs["table"][3, 1] = math.inf
    ours = Engine(
        network("regression"),
        TrainData(rows("regression", 37), validation, ("age", "fare", "height", "width")),
        resolved("regression"),
        head("regression"),
    )
    error = error_of(ours)
    assert error.where == "validation rows, epoch 1, step 5, feature fare"
    assert ours.best_weights is not None


def test_an_impossible_target_is_named() -> None:
    """An infinite target is the table's fault, not the rate's."""
    train = rows("regression", 37)
    assert train.target is not None
    train.target[5, 0] = math.inf
    assert ", target" in error_of(regression(train)).where


def test_a_rate_too_high_is_guessed_with_a_smaller_one_as_the_repair() -> None:
    """The learning rate of FAULTS' own example; the step is one of the first."""
    error = error_of(regression(rows("regression", 37), learning_rate=1e9, optimizer="sgd", warmup=0.0))
    assert "learning rate" in error.do
    assert error.repair == {"set": "training.learning_rate", "value": 3e-3}
    assert error.step <= 10  # type: ignore[attr-defined]


def test_the_best_epoch_survives_a_diverging_run() -> None:
    """A rate that is fine at first and explodes later leaves the best weights of the epochs before."""
    ours = regression(rows("regression", 37), learning_rate=0.01, scheduler="constant", epochs=50)
    events = ours.run()
    while not (isinstance(event := next(events), Epoch) and event.epoch == 3):
        pass
    ours.training = ours.training.having(learning_rate=1e9)
    with pytest.raises(TrainingError) as caught:
        list(events)
    assert re.match(r"epoch 4, step 1[6-9]|epoch 4, step 20", caught.value.where)
    best = ours.best_weights
    assert best is not None
    assert 1 <= ours.best_epoch <= 3
    assert all(torch.isfinite(tensor).all() for tensor in best.values() if tensor.is_floating_point())


def test_a_first_epoch_that_ends_in_nothing_leaves_no_best() -> None:
    """There are no weights to offer when the first ones already broke."""
    ours = regression(rows("regression", 37))
    with torch.no_grad():
        ours.module.get_parameter("body.0.weight").fill_(math.nan)
    assert "body.0.weight" in error_of(ours).where
    assert ours.best_weights is None


def test_a_parameter_that_breaks_in_the_last_step_is_found_at_the_end_of_the_epoch() -> None:
    """All losses were finite, yet the weights are not: the epoch is no best epoch."""
    ours = regression(rows("regression", 37), epochs=1)
    events = ours.run()
    for _ in range(5):
        next(events)
    with torch.no_grad():
        ours.module.get_parameter("body.4.weight")[0, 0] = math.inf
    with pytest.raises(TrainingError, match=r"body\.4\.weight"):
        next(events)
    assert ours.best_epoch == 0


def test_the_consumer_can_ask_at_any_step_whether_all_is_finite() -> None:
    """Where the loss is not read in the step, the step that broke is still the one that is named."""
    ours = regression(rows("regression", 37))
    events = ours.run()
    for _ in range(4):
        next(events)
    ours.check_finite()
    ours.losses[1] = torch.tensor(math.nan)
    with pytest.raises(TrainingError, match="step 2"):
        ours.check_finite()


class Overflowing(nn.Module):
    """A network whose second layer makes numbers too large for float32."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 1)
        self.norm, self.drop = nn.BatchNorm1d(4), nn.Dropout(0.5)
        with torch.no_grad():
            self.first.weight.fill_(1e20)
            self.second.weight.fill_(1e20)

    def forward(self, table: Tensor) -> Tensor:
        return self.third(self.second(self.first(self.drop(self.norm(table)))))


def test_the_first_layer_that_overflows_is_named_and_nothing_is_changed_by_looking() -> None:
    """The later layers are not finite either; buffers and random numbers are as before."""
    module = Overflowing()
    statistics, random_state = module.norm.running_mean.clone(), torch.get_rng_state()
    assert first_unusable_layer(module, {"table": torch.randn(8, 4)}) == "second"
    assert torch.equal(module.norm.running_mean, statistics)
    torch.set_rng_state(random_state)
    ours = Engine(Overflowing(), data("binary"), resolved("binary"), head("binary"))
    assert "layer second" in error_of(ours).where


class Sequence(nn.Module):
    """A layer over steps whose weights broke, and an innocent one behind it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.drop = layer, nn.Dropout(0.5)
        with torch.no_grad():
            next(layer.parameters()).fill_(math.nan)

    def forward(self, sequence: Tensor) -> Tensor:
        return self.drop(self.layer(sequence))


@pytest.mark.parametrize("layer", [Recurrent("LSTM", 4, 6, out="all"), SelfAttention(4, 2, batch_first=True)])
def test_a_layer_that_gives_more_than_a_tensor_is_named_and_not_the_next_one(layer: nn.Module) -> None:
    """Recurrent layers give their last state too; attention computes past the module inside it."""
    named = first_unusable_layer(Sequence(layer), {"sequence": torch.randn(3, 5, 4)})
    assert named is not None
    assert named.startswith("layer")


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    ],
)
def test_running_out_of_memory_is_told_from_other_errors(error: Exception, is_memory: bool) -> None:
    """On each device torch says it in its own way."""
    assert is_out_of_memory(error) == is_memory


class Huge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 1)

    def forward(self, table: Tensor) -> Tensor:
        return self.head(table) + torch.empty(1 << 58)[0]


@pytest.mark.parametrize("batch", [8, 1])
def test_where_a_single_row_does_not_fit_the_layer_is_named(batch: int) -> None:
    """Whatever the batch, for it was taken in ever smaller parts before: smaller layers are what helps."""
    error = error_of(Engine(Huge(), data("binary"), resolved(batch_size=batch), head("binary")))
    assert error.repair is None
    assert "narrower" in error.do
    assert error.came.startswith("layer head, which asked for 1152921504606846976 bytes, with 1")


def test_members_that_do_not_fit_say_what_to_shrink() -> None:
    """Half the batch is offered: members are not taken apart."""
    training = resolved(batch_size=8, members=2)
    error = error_of(make_engine([Huge(), Huge()], data("binary"), training, head("binary")))
    assert error.repair == {"set": "training.batch_size", "value": 4}
    assert "narrower" in error.do


def test_errors_of_the_network_itself_are_not_dressed_up() -> None:
    """A shape error in a module is nnlab's own fault and stays what it is."""

    class Wrong(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(7, 1)

        def forward(self, table: Tensor) -> Tensor:
            return self.head(table)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        list(Engine(Wrong(), data("binary"), resolved(), head("binary")).run())


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="this system has no limit of address space")
@pytest.mark.parametrize(("times", "expected"), [(20_000_000, "finished"), (400_000_000, "layer one")])
def test_a_real_memory_limit_is_met_by_smaller_parts_or_in_words(times: int, expected: str) -> None:
    """A child under RLIMIT_AS: where a part of a batch fits it goes on, where one row does not the layer is named."""
    code = f"""
        import resource, torch
        from torch import nn
        from nnlab.errors import TrainingError
        from nnlab.training.engine import Engine
        from tests.training.rows import data, head, resolved

        class Wide(nn.Module):
            def __init__(self):
                super().__init__()
                self.one, self.two = nn.Linear(4, 10), nn.Linear(10, 1)

            def forward(self, table):
                wide = self.one(table).repeat(1, {times})
                return self.two(wide[:, :10])

        torch.set_num_threads(1)
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        engine = Engine(Wide(), data("binary", 4, 1), resolved(n_train=4, batch_size=4, epochs=1), head("binary"))
        try:
            list(engine.run())
            print("finished", engine.n_parts > 1, len(engine.cautions) > 0)
        except TrainingError as error:
            print(error.came)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(expected), done.stdout + done.stderr
    assert "False" not in done.stdout
