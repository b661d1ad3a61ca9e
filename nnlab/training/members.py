"""Several members trained side by side: one network several times, each with its own weights, order of rows and best
epoch.

Their parameters lie stacked along a first axis in a module that is otherwise a copy of the network: so there is one
optimizer, one fused update and one state, and every kernel works on all members at once. Where `vmap` cannot do that,
or is known to be slow, members take their part of the step in turn; a rule decides, never the clock. Axes: `K` members,
`B` rows of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nnlab.errors import StorageError
from nnlab.network.head import Head
from nnlab.network.modules import Members
from nnlab.score.live import live_value
from nnlab.training import causes, randomness
from nnlab.training.engine import (
    GATHERED_ROWS,
    Engine,
    Measured,
    TrainData,
    rows_known,
)
from nnlab.training.events import Epoch
from nnlab.training.memory import JUDGED_ROWS
from nnlab.training.named import named_tensors, put
from nnlab.training.race import Tracing
from nnlab.training.spec import Training
from nnlab.training.stacked import StackedStep, flat_kind, stacked, views
from nnlab.training.temperature import scale_head

Rows = tuple[dict[str, Tensor], Tensor, Tensor]  # inputs, target, target in the form that is compared


def member_seeds(seed: int, n_members: int) -> tuple[int, ...]:
    """The seed of each member: the first has the run's own, so it begins as a run of one network does."""
    others = (randomness.stream_seed(seed, "member", k) % 2**31 for k in range(1, n_members))
    return (seed, *others)


@dataclass(frozen=True)
class MembersEpoch(Epoch):
    """An epoch of several members: losses and metrics are of all together, and these say how far members lie apart.

    `best_value` is the metric of the model as it would be kept now, every member at its own best epoch, and `best_low`
    and `best_high` those of the members alone.
    """

    loss_low: float = math.nan
    loss_high: float = math.nan
    metric_low: float = math.nan
    metric_high: float = math.nan
    best_value: float | None = None
    best_low: float = math.nan
    best_high: float = math.nan
    best_epochs: str = ""  # of each member, "12 9 17"


class MembersEngine(Engine):
    """Trains the networks that are given, all at once; what it gives out and keeps is as an `Engine`'s.

    `best` holds every member's own best epoch. The loss of a step is the members' mean, that of an epoch the mean over
    the rows that each was judged on; the metric is that of the mean answer. Of a run with folds it is that of the
    answers out of fold: every row is answered by the member that has not learnt from it.
    """

    def __init__(
        self, modules: Sequence[nn.Module], data: TrainData, training: Training, head: Head, tracing: Tracing = "auto"
    ) -> None:
        self.n_members = len(modules)
        self.seeds = member_seeds(training.seed, self.n_members)
        self.best_epochs = [0] * self.n_members
        self.best_losses = [math.inf] * self.n_members
        self.without_gain = [0] * self.n_members
        self.best_outputs: list[Tensor] = []
        self.best_values: list[float] = [math.nan] * self.n_members
        self.best_value = math.nan
        super().__init__(stacked(modules), data, training, head, tracing)

    def _prepare(self, module: nn.Module, data: TrainData, training: Training, head: Head) -> None:
        super()._prepare(module, data, training, head)
        self.members = views(module)
        self._rows_of: list[Tensor] | None = None  # the training rows of each member, where each has its own
        self.judged_rows: list[Rows] = [self._judged] * self.n_members
        if data.folds is not None:
            self._hold_out(data.folds[rows_known(data.train)])
        self.answering = Members([], head.task)
        inputs, target = self.rows(0, min(2, self.n_train))
        self.flat_kind = flat_kind(module, self.criterion, training, inputs, target)

    def _n_learnt(self, data: TrainData) -> int:
        """As many as the member with the fewest has; of the others another few are left out in every epoch."""
        if data.folds is None:
            return super()._n_learnt(data)
        fold_N = data.folds[rows_known(data.train)]
        return min(int((fold_N != k).sum()) for k in range(self.n_members))

    def _hold_out(self, fold_N: Tensor) -> None:
        """Lets each member learn from the rows that are not in its fold, and judges it on those that are."""
        self.measured_on = "validation"
        self._rows_of = [torch.nonzero(fold_N != k).flatten() for k in range(self.n_members)]
        inputs, target, compared = self._judged
        own = (torch.nonzero(fold_N == k).flatten().to(self.device) for k in range(self.n_members))
        self.judged_rows = [
            ({name: values[rows] for name, values in inputs.items()}, target[rows], compared[rows]) for rows in own
        ]

    def eager_step(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> StackedStep:
        """A step through modules and autograd on all members of such a module."""
        return StackedStep(self.flat_kind, module, self.criterion, optimizer, self.training)

    def rows(self, first: int, end: int) -> tuple[dict[str, Tensor], Tensor]:
        """The same training rows for every member: (K, B, ...) each."""
        chosen = torch.arange(first, end, device=self.device).expand(self.n_members, -1)
        return self.compared({name: values[chosen] for name, values in self._inputs.items()}, self._target[chosen])

    def batches(self, first: int) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
        """The batches of this epoch from the given one on, (K, B, ...): every member's rows in an order of its own."""
        order = torch.stack([self._order_of(k) for k in range(self.n_members)]).to(self.device)
        per_block = max(1, GATHERED_ROWS // (self.sizes[0] * self.n_members))
        start, end = sum(self.sizes[:first]), first
        while end < len(self.sizes):
            size = self.sizes[end]
            n_batches = _n_alike(self.sizes[end : end + per_block])
            rows = order[:, start : start + n_batches * size].reshape(self.n_members, n_batches, size)
            rows = rows.transpose(0, 1)  # batch by batch, so that each lies in one piece of memory
            start, end = start + n_batches * size, end + n_batches
            gathered = {name: values[rows] for name, values in self._inputs.items()}
            targets = self._target[rows]
            for index in range(n_batches):
                yield {name: values[index] for name, values in gathered.items()}, targets[index]

    def measure(self) -> Measured:
        """Loss and metric now; a member is judged on the rows that it does not learn from where there are such."""
        outputs, losses = self._judged_now()
        self._outputs, self._losses, self._values = outputs, losses, self._each_value(outputs)
        return Measured(self._mean_loss(losses), self._value_of(outputs))

    def stored(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The weights by the names of a `Members` module's state, each member's own."""
        named = super().stored(weights)
        remembered = self._each_remembered(weights) if self.candidates is not None else [{}] * self.n_members
        return {
            f"members.{k}.{name}": remembered[k].get(name, tensor[k]).contiguous()
            for k in range(self.n_members)
            for name, tensor in named.items()
        }

    def _remembered(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        return {}  # of all at once there is none: each has its own

    def _each_remembered(self, weights: dict[str, Tensor]) -> list[dict[str, Tensor]]:
        """The rows that every member remembers, of those that it has learnt from."""
        assert self.candidates is not None, "asked only where there are candidates"
        found = []
        with self.holding(weights):
            for k, (inputs, _, compared) in enumerate(self.judged_rows):
                judged = (inputs, compared) if self.measured_on == "validation" else None
                pool = self._rows_of[k] if self._rows_of is not None else None
                found.append(self.candidates.remembered(self.members[k], pool, judged, self.criterion))  # type: ignore[arg-type]
        return found

    def _pools(self) -> tuple[Sequence[int], Sequence[Tensor] | None]:
        return self.seeds, self._rows_of

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """As an engine's, with what is counted for each member."""
        tensors, plain = super().state()
        losses = [loss if math.isfinite(loss) else None for loss in self.best_losses]
        counted = {"best_epochs": [*self.best_epochs], "best_losses": losses, "without_gain": [*self.without_gain]}
        return tensors, {**plain, "members": counted}

    def restore(self, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
        """As an engine's; raises `StorageError` where the counters of the members are not there."""
        told = plain.get("members", {})
        names = ("best_epochs", "best_losses", "without_gain")
        if any(len(told.get(name, ())) != self.n_members for name in names):
            came = f"none for {self.n_members} members"
            raise StorageError("a checkpoint holds every counter", where="checkpoint", came=came, do="Start again.")
        super().restore(tensors, plain)
        self.best_epochs, self.without_gain = list(told["best_epochs"]), list(told["without_gain"])
        self.best_losses = [math.inf if loss is None else loss for loss in told["best_losses"]]
        self.best_outputs = self._outputs_of_best()
        if self.best_outputs:
            self.best_values, self.best_value = self._each_value(self.best_outputs), self._value_of(self.best_outputs)

    def _order_of(self, k: int) -> Tensor:
        if self._rows_of is None:
            return randomness.shuffled_rows(self.n_train, self.seeds[k], self.epoch)
        own = self._rows_of[k]
        return own[randomness.shuffled_rows(len(own), self.seeds[k], self.epoch)[: self.n_train]]

    def _judged_now(self) -> tuple[list[Tensor], list[float]]:
        outputs, losses = [], []
        self.temperatures: list[float] = []
        words = causes.memory_said_in_words(self.training, min(len(self._judged[1]), JUDGED_ROWS), "validation")
        with words, torch.inference_mode():
            for member, (inputs, target, compared) in zip(self.members, self.judged_rows, strict=True):
                outputs.append(self._outputs_on(member, inputs, len(target)))
                self.temperatures.append(self._temperature_of(outputs[-1], compared))
                losses.append(float(self.criterion.judging(outputs[-1] / self.temperatures[-1], compared)))
        return outputs, losses

    def _outputs_on(self, member: nn.Module, inputs: dict[str, Tensor], n_rows: int) -> Tensor:
        member.eval()
        blocks = [
            member(**{name: values[first : first + JUDGED_ROWS] for name, values in inputs.items()})
            for first in range(0, n_rows, JUDGED_ROWS)
        ]
        return torch.cat(blocks) if len(blocks) > 1 else blocks[0]

    def _mean_loss(self, losses: Sequence[float]) -> float:
        n_rows = [len(target) for _, target, _ in self.judged_rows]
        return sum(loss * n for loss, n in zip(losses, n_rows, strict=True)) / sum(n_rows)

    def _value_of(self, outputs: list[Tensor]) -> float:
        """The metric of the mean answer, or of all answers out of fold."""
        if self._rows_of is None:
            return live_value(self.head.task, self.answering.averaged(torch.stack(outputs)), self._judged[1])
        return live_value(self.head.task, torch.cat(outputs), torch.cat([target for _, target, _ in self.judged_rows]))

    def _each_value(self, outputs: list[Tensor]) -> list[float]:
        """The metric of each member alone."""
        pairs = zip(outputs, self.judged_rows, strict=True)
        return [live_value(self.head.task, own, target) for own, (_, target, _) in pairs]

    def _end_of_epoch(self) -> Epoch:
        event = super()._end_of_epoch()
        return MembersEpoch(
            **vars(event),
            loss_low=min(self._losses),
            loss_high=max(self._losses),
            metric_low=min(self._values),
            metric_high=max(self._values),
            best_value=None if math.isnan(self.best_value) else self.best_value,
            best_low=min(self.best_values),
            best_high=max(self.best_values),
            best_epochs=" ".join(str(epoch) for epoch in self.best_epochs),
        )

    def _keep_if_best(self, loss: float) -> bool:
        """Keeps every member that is better than ever; one that has run out of patience has ended, and stays."""
        patience = self.training.patience
        gained = []
        for k, own in enumerate(self._losses):
            if patience and self.without_gain[k] >= patience:
                continue
            if own < self.best_losses[k]:  # so that "not a number" is never the best
                self.best_losses[k], self.best_epochs[k], self.without_gain[k] = own, self.epoch + 1, 0
                gained.append(k)
            else:
                self.without_gain[k] += 1
        self.n_epochs_without_gain = min(self.without_gain)
        if not gained:
            return False
        self.best_epoch, self.best_loss = self.epoch + 1, self._mean_loss(self.best_losses)
        self._keep(gained)
        return True

    def _keep(self, gained: list[int]) -> None:
        if self.best is None:
            self.best, self.best_outputs = self.weights(), list(self._outputs)
            gained = list(range(self.n_members))
        for name, tensor in named_tensors(self.module):
            for k in gained:
                self.best[name][k].copy_(tensor[k].detach())
        for k in gained:
            self.best_outputs[k], self.best_values[k] = self._outputs[k], self._values[k]
            scale_head({name: tensor[k] for name, tensor in self.best.items()}, self.temperatures[k])
        if self.scales:
            self.best_outputs = self._outputs_of_best()  # so that they have the bits that they have after a resume
            self.best_values = self._each_value(self.best_outputs)
        self.best_value = self._value_of(self.best_outputs)

    @contextmanager
    def holding(self, weights: dict[str, Tensor]) -> Iterator[Members]:
        """The members as one model with other weights; its own come back afterwards."""
        kept = self.weights()
        put(self.module, weights)
        try:
            yield Members(self.members, self.head.task)
        finally:
            put(self.module, kept)

    def _outputs_of_best(self) -> list[Tensor]:
        """What the best members answer on the rows they are judged on, worked out again after a resume."""
        if self.best is None:
            return []
        with self.holding(self.best):
            return self._judged_now()[0]

    def _cause_at(self, step: int, inputs: dict[str, Tensor], target: Tensor) -> Any:
        """The cause in the first member whose loss is no number."""
        k = next((k for k in range(self.n_members) if not self._is_finite(k, inputs, target)), 0)
        self.members[k].train()
        own = {name: values[k] for name, values in inputs.items()}
        names = self.data.feature_names
        error = causes.diverged(self.members[k], self.training, self._at(step), own, target[k], names)
        return error.within(f"member {k + 1}")

    def _is_finite(self, k: int, inputs: dict[str, Tensor], target: Tensor) -> bool:
        self.members[k].eval()
        with torch.no_grad():
            outputs = self.members[k](**{name: values[k] for name, values in inputs.items()})
            return bool(torch.isfinite(self.criterion.training(outputs, target[k])))


def _n_alike(sizes: Sequence[int]) -> int:
    """How many of the sizes, from the first on, are equal."""
    return next((place for place, size in enumerate(sizes) if size != sizes[0]), len(sizes))


def make_engine(
    modules: Sequence[nn.Module], data: TrainData, training: Training, head: Head, tracing: Tracing = "auto"
) -> Engine:
    """The engine that trains one network, or several side by side."""
    if len(modules) == 1:
        return Engine(modules[0], data, training, head, tracing)
    return MembersEngine(modules, data, training, head, tracing)
