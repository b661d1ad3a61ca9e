"""The engine's events, what it keeps, and how it ends; the oracle is the loop that anyone would write in torch."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.errors import TrainingError
from nnlab.network.head import Head
from nnlab.prep.batch import Batch
from nnlab.training.engine import Engine, TrainData
from nnlab.training.events import Epoch, Step
from nnlab.training.fit import fit
from nnlab.training.randomness import shuffled_rows
from nnlab.training.schedule import learning_rate
from nnlab.training.spec import Scheduler
from tests.training.rows import TableNetwork, data, head, network, resolved, rows


def engine(task: Task = "binary", n_train: int = 37, n_validation: int = 12, **settings: Any) -> Engine:
    training = resolved(task, n_train, **settings)
    return Engine(network(task), data(task, n_train, n_validation), training, head(task))


def epochs_of(engine: Engine) -> list[Epoch]:
    return [event for event in engine.run() if isinstance(event, Epoch)]


def plain_linear(n_outputs: int) -> nn.Module:
    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(4, 8), nn.Linear(8, n_outputs)

        def forward(self, table: Tensor) -> Tensor:
            return self.two(torch.tanh(self.one(table)))

    with torch.random.fork_rng([]):
        torch.manual_seed(3)
        return Plain()


@pytest.mark.parametrize("task", get_args(Task))
def test_the_engine_equals_the_plain_loop_to_the_bit(task: Task) -> None:
    """AdamW at a constant rate, written out with torch's own parts on the same order of rows."""
    training = resolved(task, scheduler="constant", warmup=0.0, weight_decay=0.0)
    table = data(task)
    ours = plain_linear(head(task).n_outputs)
    list(Engine(ours, table, training, head(task)).run())

    theirs = plain_linear(head(task).n_outputs)
    optimizer = torch.optim.AdamW(theirs.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    criterion = {
        "binary": lambda o, t: nn.BCEWithLogitsLoss()(o, t.float().unsqueeze(1)),
        "multiclass": nn.CrossEntropyLoss(),
        "multilabel": nn.BCEWithLogitsLoss(),
        "regression": nn.MSELoss(),
    }[task]
    x, y = table.train.inputs["table"], table.train.target
    assert y is not None
    for epoch in range(4):
        order = shuffled_rows(37, 0, epoch)
        for indices in order.split(8):
            loss = criterion(theirs(x[indices]), y[indices])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(tensor, ours.state_dict()[name]), name


@pytest.mark.parametrize("scheduler", [name for name in get_args(Scheduler) if name != "plateau"])
def test_a_loss_that_stands_still_leaves_the_planned_rates_alone(scheduler: Scheduler) -> None:
    """Only "plateau" looks at the losses; every other rate is the one that was drawn before Start."""
    told = epochs_of(engine(scheduler=scheduler, learning_rate=1e-8, epochs=20, patience=0))
    training, n_steps = resolved(scheduler=scheduler, learning_rate=1e-8, epochs=20), 5 * 20
    planned = [learning_rate(training, 5 * epoch.epoch - 1, n_steps) for epoch in told]
    assert [epoch.learning_rate for epoch in told] == planned


def test_a_loss_that_stands_still_halves_the_rate_of_plateau() -> None:
    """After more than five epochs, again and again."""
    told = epochs_of(engine(scheduler="plateau", learning_rate=1e-8, epochs=20, patience=0, warmup=0.0))
    assert [epoch.learning_rate / 1e-8 for epoch in told] == [1.0] * 7 + [0.5] * 6 + [0.25] * 6 + [0.125]


def test_events_come_in_order_and_count_from_one() -> None:
    """Five steps an epoch, then the epoch; the last epoch says why the run ended."""
    events = list(engine(epochs=2).run())
    assert [type(event) for event in events] == ([Step] * 5 + [Epoch]) * 2
    assert [event.step for event in events] == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 10]
    assert [event.epoch for event in events] == [1] * 6 + [2] * 6
    assert [event.finished for event in events if isinstance(event, Epoch)] == ["", "epochs"]


def test_a_lone_last_row_joins_the_batch_before_it() -> None:
    """33 rows in batches of 8 are three batches of 8 and one of 9, so that BatchNorm never sees a single row."""
    ours = engine(n_train=33)
    assert ours.sizes == [8, 8, 8, 9]
    assert epochs_of(ours)[-1].finished == "epochs"


def test_every_row_is_seen_once_an_epoch() -> None:
    """The batches of an epoch hold each training row exactly once, in another order the next time."""
    ours = engine()
    seen = torch.cat([inputs["table"] for inputs, _ in ours.batches(0)])
    expected = ours.data.train.inputs["table"]
    assert not torch.equal(seen, expected)
    assert torch.equal(seen.sort(0).values, expected.sort(0).values)


def test_the_order_of_rows_follows_from_seed_and_epoch() -> None:
    """The same seed and epoch give the same permutation, any other another one."""
    order = shuffled_rows(100, 0, 0)
    assert torch.equal(order, shuffled_rows(100, 0, 0))
    assert torch.equal(order.sort().values, torch.arange(100))
    assert not torch.equal(order, shuffled_rows(100, 0, 1))
    assert not torch.equal(order, shuffled_rows(100, 1, 0))


def test_epochs_gathered_in_blocks_are_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows are copied at once is about memory and does not change a bit."""
    whole = [inputs["table"] for inputs, _ in engine().batches(0)]
    monkeypatch.setattr("nnlab.training.engine.GATHERED_ROWS", 16)
    blocks = [inputs["table"] for inputs, _ in engine().batches(0)]
    assert len(whole) == len(blocks)
    assert all(torch.equal(one, other) for one, other in zip(whole, blocks, strict=True))


def test_validation_in_blocks_gives_the_same_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks bound the memory of validation; loss and metric are of all its rows."""
    whole = engine().measure()
    monkeypatch.setattr("nnlab.training.memory.JUDGED_ROWS", 5)
    blocks = engine().measure()
    assert (blocks.loss, blocks.metric) == pytest.approx((whole.loss, whole.metric), rel=1e-6)


def test_the_best_epoch_is_that_of_the_least_validation_loss() -> None:
    """The weights kept are those of that epoch, not of the last: their loss is the least that was reported."""
    ours = engine(learning_rate=0.05, epochs=12, scheduler="constant")
    epochs = epochs_of(ours)
    losses = [epoch.validation_loss for epoch in epochs]
    assert None not in losses
    assert ours.best_epoch == losses.index(min(losses)) + 1  # type: ignore[type-var]
    assert [epoch.is_best for epoch in epochs] == [loss == min(losses[: i + 1]) for i, loss in enumerate(losses)]  # type: ignore[type-var]
    best = ours.best_weights
    assert best is not None
    ours.module.load_state_dict(best)
    assert ours.measure().loss == min(losses)  # type: ignore[type-var]


def test_patience_ends_a_run_that_no_longer_gains() -> None:
    """The run ends after exactly `patience` epochs without a better loss and says so."""
    epochs = epochs_of(engine(learning_rate=0.5, epochs=60, patience=3))
    assert epochs[-1].finished == "patience"
    assert [epoch.is_best for epoch in epochs[-4:]] == [True, False, False, False]


@pytest.mark.parametrize("n_rows", [2, 3, 9])
@pytest.mark.parametrize("task", get_args(Task))
def test_without_validation_rows_the_training_loss_chooses(task: Task, n_rows: int) -> None:
    """Two to nine rows train with all of them; there is no validation loss, and best goes by the training rows."""
    table = TrainData(rows(task, n_rows), rows(task, 0))
    training = resolved(task, n_rows, batch_size=None, epochs=5)
    ours = Engine(network(task), table, training, head(task))
    epochs = epochs_of(ours)
    assert {epoch.validation_loss for epoch in epochs} == {None}
    assert {epoch.measured_on for epoch in epochs} == {"train"}
    assert ours.best_epoch >= 1


def test_closing_the_generator_stops_within_a_step_and_keeps_the_best() -> None:
    """Stop is closing: no further step is taken, the best epoch so far can be had."""
    ours = engine()
    events = ours.run()
    for _ in range(8):
        next(events)
    events.close()
    assert ours.step == 7
    assert ours.best_weights is not None
    assert ours.best_epoch == 1


def test_before_the_first_epoch_ends_the_current_weights_are_the_best_there_are() -> None:
    """A run that is stopped in its first epoch still leaves a model."""
    ours = engine()
    events = ours.run()
    next(events)
    events.close()
    best = ours.best_weights
    assert best is not None
    assert torch.equal(best["body.0.weight"], ours.module.state_dict()["body.0.weight"])


def test_a_run_leaves_the_random_generators_of_the_process_as_they_were() -> None:
    """Seeds of whoever calls the engine are theirs again once the generator is closed."""
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    list(engine().run())
    assert torch.equal(torch.rand(3), expected)


def test_two_runs_of_one_seed_are_equal_and_of_two_seeds_are_not() -> None:
    """Dropout and order follow from the seed alone, whatever the process drew before."""
    first, second, third = engine(), engine(), engine(seed=1)
    torch.rand(5)
    for each in (first, second, third):
        list(each.run())
    weight = "body.0.weight"
    assert torch.equal(first.weights()[weight], second.weights()[weight])
    assert not torch.equal(first.weights()[weight], third.weights()[weight])


def test_the_train_loss_is_the_mean_over_rows_of_the_steps() -> None:
    """A short last batch counts by its rows."""
    events = list(engine(epochs=1).run())
    losses = [event.loss.item() for event in events if isinstance(event, Step)]
    epoch = events[-1]
    assert isinstance(epoch, Epoch)
    expected = sum(loss * size for loss, size in zip(losses, [8, 8, 8, 8, 5], strict=True)) / 37
    assert epoch.train_loss == pytest.approx(expected, rel=1e-6)


def test_events_are_plain_data() -> None:
    """What the run folder writes as JSON lines holds no tensor and no value that JSON cannot say."""
    import json

    events = list(engine(epochs=1).run())
    lines = [json.loads(json.dumps(event.plain(), allow_nan=False)) for event in events]
    assert lines[0] == {"event": "step", "step": 1, "epoch": 1, "loss": events[0].plain()["loss"]}
    assert lines[-1]["event"] == "epoch"
    assert lines[-1]["metric"] == "roc_auc"


def test_a_metric_without_meaning_is_none() -> None:
    """ROC AUC of validation rows of one class is neither 0 nor 1."""
    validation = rows("binary", 5, seed=1)
    one_class = Batch(validation.inputs, torch.zeros(5, dtype=torch.int64), validation.lines)
    ours = Engine(network("binary"), TrainData(rows("binary", 37), one_class), resolved(epochs=1), head("binary"))
    assert epochs_of(ours)[0].metric_value is None


def test_time_spent_by_the_consumer_is_not_the_runs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause does not count: with a clock that only moves while the run is paused, an epoch takes no time."""
    now = [0.0]
    monkeypatch.setattr("nnlab.training.engine.perf_counter", lambda: now[0])
    for event in engine(epochs=1).run():
        now[0] += 60.0
        if isinstance(event, Epoch):
            assert event.seconds == 0.0


def test_a_batch_of_one_row_and_batch_norm_are_refused_with_a_repair() -> None:
    """The layer is named and the smallest batch that works is offered."""
    with pytest.raises(TrainingError) as caught:
        engine(batch_size=1)
    assert caught.value.where == "layer body.1"
    assert caught.value.repair == {"set": "training.batch_size", "value": 2}


def test_a_network_without_parameters_is_refused() -> None:
    """There is nothing to train in it."""

    class Nothing(nn.Module):
        def forward(self, table: Tensor) -> Tensor:
            return table[:, :1]

    with pytest.raises(TrainingError, match="needs parameters"):
        Engine(Nothing(), data("binary"), resolved(), head("binary"))


def test_frozen_parameters_stay_as_they_are() -> None:
    """A parameter that asks for no gradient is not trained, and the rest is."""
    ours = engine()
    frozen = ours.module.body[0].weight  # type: ignore[index, union-attr]
    free = network("binary")
    free.body[0].weight.requires_grad_(False)
    before = free.body[0].weight.clone()
    list(Engine(free, data("binary"), resolved(), head("binary")).run())
    assert torch.equal(free.body[0].weight, before)
    assert frozen.requires_grad


def test_fit_leaves_the_best_epoch_in_the_module() -> None:
    """One call trains an unresolved Training to the end; the module then gives the best epoch's answers."""
    from nnlab.training.spec import Training

    module = network("binary")
    seen: list[Step | Epoch] = []
    epochs = fit(module, data("binary"), Training(epochs=3, batch_size=8), head("binary"), seen.append)
    assert len(epochs) == 3
    assert len(seen) == 18
    assert not module.training
    best = min(epoch.validation_loss or math.inf for epoch in epochs)
    target = data("binary").validation.target
    assert target is not None
    outputs = module(**data("binary").validation.inputs)
    assert nn.BCEWithLogitsLoss()(outputs[:, 0], target.float()).item() == pytest.approx(best, rel=1e-6)


def test_several_inputs_are_fed_by_name() -> None:
    """A network of two branches gets each input under its own name, in step with the others."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = TableNetwork(4, 1), nn.Linear(2, 1)

        def forward(self, table: Tensor, extra: Tensor) -> Tensor:
            return self.left(table) + self.right(extra)

    def widened(batch: Any) -> Batch:
        return Batch({**batch.inputs, "extra": batch.inputs["table"][:, :2] * 2}, batch.target, batch.lines)

    table = data("binary")
    both = TrainData(widened(table.train), widened(table.validation))
    ours = Engine(Two(), both, resolved(epochs=2), Head(task="binary", n_outputs=1))
    for inputs, _ in ours.batches(0):
        assert torch.equal(inputs["extra"], inputs["table"][:, :2] * 2)
    assert epochs_of(ours)[-1].finished == "epochs"


@pytest.mark.parametrize("task", get_args(Task))
def test_validation_rows_without_a_known_target_do_not_count(task: Task) -> None:
    """A class that training never saw is -1, a missing number NaN: such rows are left out of loss and metric."""
    table = data(task)
    known = rows(task, 12, seed=1)
    assert known.target is not None
    unknown = torch.full_like(known.target[:3], math.nan if known.target.is_floating_point() else -1)
    more = Batch(
        {"table": torch.cat([known.inputs["table"], torch.ones(3, 4)])},
        torch.cat([known.target, unknown]),
        torch.arange(15),
    )
    training = resolved(task)
    alone = Engine(network(task), table, training, head(task)).measure()
    assert Engine(network(task), TrainData(table.train, more), training, head(task)).measure() == alone
