"""Several members side by side: each as it would train alone, together one state, traced and eager in the same bits."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.errors import TrainingError
from nnlab.network.build import build
from nnlab.network.modules import Members
from nnlab.network.network import Network
from nnlab.training.engine import Engine, TrainData
from nnlab.training.members import MembersEngine, MembersEpoch, make_engine, member_seeds
from nnlab.training.race import Tracing
from nnlab.training.spec import Optimizer, Training
from nnlab.training.stacked import AtOnce, InTurn
from tests.training.rows import data, head, network, resolved, rows
from tests.training.test_state import assert_same, said

K = 3


class Recurrent(nn.Module):
    """An LSTM over the halves of a row: what vmap only takes apart."""

    def __init__(self, n_outputs: int) -> None:
        super().__init__()
        self.inner = nn.LSTM(2, 6, batch_first=True)
        self.out = nn.Linear(6, n_outputs)

    def forward(self, table: Tensor) -> Tensor:
        return self.out(self.inner(table.reshape(-1, 2, 2))[0][:, -1])


def plain(task: Task, seed: int, is_recurrent: bool = False) -> nn.Module:
    """Without dropout, whose masks differ between members alone and together."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        if is_recurrent:
            return Recurrent(head(task).n_outputs)
        made = network(task)
        made.body = nn.Sequential(
            nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, head(task).n_outputs)
        )
        return made


def engine(task: Task = "binary", tracing: Tracing = "auto", folds: Tensor | None = None, **settings: Any) -> Engine:
    training = resolved(task, members=K, **settings)
    given = data(task) if folds is None else TrainData(rows(task, 37), rows(task, 0), folds=folds)
    return make_engine([network(task, seed=k) for k in range(K)], given, training, head(task), tracing)


@pytest.mark.parametrize(
    ("task", "optimizer", "is_recurrent"),
    [
        ("binary", "adamw", False),
        ("multiclass", "rmsprop", False),
        ("regression", "sgd", False),
        ("binary", "adam", True),
    ],
)
def test_every_member_ends_as_it_would_alone(task: Task, optimizer: Optimizer, is_recurrent: bool) -> None:
    """Its own seed orders its rows, its own norm clips it, its own best epoch is kept; at once or in turn."""
    training = resolved(task, optimizer=optimizer, gradient_clipping=0.5, members=K)
    many = make_engine([plain(task, k, is_recurrent) for k in range(K)], data(task), training, head(task))
    assert isinstance(many, MembersEngine)
    assert many.flat_kind is (InTurn if is_recurrent else AtOnce)
    list(many.run())
    assert many.best is not None
    for k, seed in enumerate(member_seeds(training.seed, K)):
        alone = Engine(plain(task, k, is_recurrent), data(task), training.having(seed=seed, members=1), head(task))
        list(alone.run())
        assert many.best_epochs[k] == alone.best_epoch
        assert alone.best is not None
        for name, tensor in alone.best.items():
            torch.testing.assert_close(many.best[name][k], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_traced_members_give_the_bits_of_eager_ones(task: Task) -> None:
    """With dropout, BatchNorm and clipping; the random state and what the optimizer remembers included."""
    eager, traced = engine(task, "never", gradient_clipping=0.5), engine(task, "always", gradient_clipping=0.5)
    assert said(list(traced.run())) == said(list(eager.run()))
    assert len(traced.traced) == 2, traced.notes
    assert_same(traced.state(), eager.state())


@pytest.mark.parametrize("folds", [None, torch.arange(37) % K])
def test_a_state_goes_on_to_the_same_bits(folds: Tensor | None) -> None:
    """From the middle of an epoch, with the best epochs and the answers of the best kept."""
    whole = engine(folds=folds, scheduler="plateau")
    events = said(list(whole.run()))
    part = engine(folds=folds, scheduler="plateau")
    walk = part.run()
    n_before = 8
    for _ in range(n_before):
        next(walk)
    walk.close()
    later = engine(folds=folds, scheduler="plateau")
    later.restore(*part.state())
    assert events[n_before:] == said(list(later.run()))
    assert_same(later.state(), whole.state())


def test_large_steps_go_in_turn_and_traced_they_keep_their_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """One member is written down and replayed for all, each with its own weights, buffers and dropout."""
    monkeypatch.setattr("nnlab.training.stacked.MOST_AT_ONCE", 100)
    eager, traced = engine("binary", "never", gradient_clipping=0.5), engine("binary", "always", gradient_clipping=0.5)
    assert traced.flat_kind is InTurn
    assert said(list(traced.run())) == said(list(eager.run()))
    assert len(traced.traced) == 2, traced.notes
    assert_same(traced.state(), eager.state())


def test_folds_hold_rows_out_of_one_member_each() -> None:
    """A member's order of rows never shows its fold, and it is judged on that alone: scores over all rows once."""
    folds = torch.arange(37) % K
    made = engine(folds=folds)
    assert isinstance(made, MembersEngine)
    assert made.n_train == 24  # of 37 rows the largest fold holds 13
    made.data.train.inputs["table"][:, 0] = torch.arange(37)
    made._inputs["table"][:, 0] = torch.arange(37)
    seen: list[set[int]] = [set() for _ in range(K)]
    for epoch in range(3):
        made.epoch = epoch
        for inputs, _ in made.batches(0):
            for k in range(K):
                seen[k] |= {int(value) for value in inputs["table"][k, :, 0]}
    for k in range(K):
        assert seen[k] == {row for row in range(37) if row % K != k}
        assert len(made.judged_rows[k][1]) == int((folds == k).sum())


def test_the_epochs_tell_of_all_members_and_how_far_they_lie_apart() -> None:
    """The mean loss lies between the lowest and the highest; the best value is that of every member's best epoch."""
    made = engine("regression", epochs=5)
    epochs = [event for event in made.run() if isinstance(event, MembersEpoch)]
    assert len(epochs) == 5
    for event in epochs:
        assert event.validation_loss is not None
        assert event.loss_low < event.validation_loss < event.loss_high
    assert isinstance(made, MembersEngine)
    assert epochs[-1].best_epochs == " ".join(map(str, made.best_epochs))
    answering = Members([network("regression") for _ in range(K)], "regression")
    assert made.best is not None
    answering.load_state_dict(made.stored(made.best))
    answering.eval()
    validation = rows("regression", 12, seed=1)
    assert validation.target is not None
    with torch.no_grad():
        outputs = answering(**validation.inputs)
    missed = (outputs - validation.target).square().sum(0)
    r2 = 1 - missed / (validation.target - validation.target.mean(0)).square().sum(0)
    assert epochs[-1].best_value == pytest.approx(float(r2.mean()), abs=1e-5)


def test_patience_ends_when_no_member_has_any_left() -> None:
    """And a member that ran out of it keeps the best epoch it had, as alone."""
    made = engine(patience=2, epochs=30, learning_rate=0.1)
    assert isinstance(made, MembersEngine)
    last = [event for event in made.run() if isinstance(event, MembersEpoch)][-1]
    assert last.finished == "patience"
    assert min(made.without_gain) >= 2
    assert max(made.best_epochs) == last.epoch - 2


def test_the_members_answer_with_their_mean_probability() -> None:
    """Log-odds of the mean for yes or no, scores whose softmax is the mean for classes, also far out."""
    outputs = 30 * torch.randn(4, 50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(Members([], "multiclass").averaged(outputs).softmax(-1), outputs.softmax(-1).mean(0))
    torch.testing.assert_close(Members([], "binary").averaged(outputs).sigmoid(), outputs.sigmoid().mean(0))
    torch.testing.assert_close(Members([], "regression").averaged(outputs), outputs.mean(0))


def test_a_loss_that_is_no_number_names_the_member() -> None:
    """The one that diverged, and what it was."""
    modules = [network("regression", seed=k) for k in range(K)]
    with torch.no_grad():
        modules[1].body[4].weight.fill_(1e30)
    made = make_engine(modules, data("regression"), resolved("regression", members=K), head("regression"))
    with pytest.raises(TrainingError, match="member 2"):
        list(made.run())


@pytest.mark.parametrize(("members", "folds", "wanted"), [(4, 3, 4), (1, 1, 0), (1, 5, 0)])
def test_folds_that_are_not_the_members_are_refused(members: int, folds: int, wanted: int) -> None:
    """In a sentence, with the number that works."""
    with pytest.raises(TrainingError, match="as many folds as members") as caught:
        Training(members=members, folds=folds).resolved(100, "binary")
    assert caught.value.repair == {"set": "training.folds", "value": wanted}


def test_each_member_has_a_temperature_of_its_own_in_its_weights() -> None:
    """Chosen on the rows that it is judged on, also where these are its fold; smoothing fades for all alike."""
    made = engine("multiclass", folds=torch.arange(37) % K, temperature_scaling=False, smoothing_fades=True)
    list(made.run())
    modules = [build(Network(trunk=()), {"table": (4,)}, head("multiclass"), seed=k) for k in range(K)]
    given = TrainData(rows("multiclass", 37), rows("multiclass", 0), folds=torch.arange(37) % K)
    training = resolved("multiclass", members=K, folds=K, temperature_scaling=True, label_smoothing=0.2, epochs=6)
    scaled = make_engine(modules, given, training, head("multiclass"))
    assert isinstance(scaled, MembersEngine)
    list(scaled.run())
    assert len(set(scaled.temperatures)) > 1
    outputs, losses = scaled.best_outputs, []
    for own, (_, target, _) in zip(outputs, scaled.judged_rows, strict=True):
        losses.append(float(nn.functional.cross_entropy(own, target)))
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(scaled.best_losses), rtol=1e-4, atol=1e-5)
