"""The engine: a generator of events that trains any module on data that lies on its device.

An epoch is gathered in shuffled order, in large blocks, and walked in slices; the optimizer is one fused kernel; losses
stay on the device. Pausing is not asking for the next event, stopping is closing the generator, and `state()` between
two events is exact: on the processor a run restored from it ends with the same bits as one that was never stopped.

While a run is active, torch's default random generators are the run's own (dropout draws from them); they are given
back when the generator is closed. So one process trains one run at a time.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from nnlab import machine
from nnlab.errors import TrainingError
from nnlab.network.head import Head
from nnlab.score.live import live_metric, live_value
from nnlab.training import causes, randomness
from nnlab.training.events import Epoch, Finished, Step
from nnlab.training.losses import Criterion
from nnlab.training.memory import rows_judged_at_once, take_smaller_parts
from nnlab.training.named import named_tensors, put
from nnlab.training.nearest import ROW, Candidates, nearest_of
from nnlab.training.optimizers import make_optimizer
from nnlab.training.race import LOOK_AT, Tracing, choose_steps
from nnlab.training.schedule import Plateau, learning_rate
from nnlab.training.spec import Training, batch_sizes
from nnlab.training.step import EagerStep, PartedStep
from nnlab.training.step import Step as GradientStep
from nnlab.training.temperature import best_temperature, scale_head, scales_outputs
from nnlab.training.traced import Flat, FlatKind

if TYPE_CHECKING:
    from nnlab.prep.batch import Batch

GATHERED_ROWS = 65_536  # rows copied in shuffled order at once: larger blocks measured no faster and take memory


@dataclass(frozen=True)
class TrainData:
    """The rows to learn from and the rows that choose the best epoch (may be none), each with its target."""

    train: Batch
    validation: Batch
    feature_names: tuple[str, ...] = ()  # of the table input, for messages
    folds: Tensor | None = None  # (N,) of the rows to learn from: which member holds each out, -1 none


@dataclass(frozen=True)
class Measured:
    """Loss and live metric of rows, dropout off."""

    loss: float
    metric: float


class Engine:
    """Trains `module`, in place, on the rows of `data` as a resolved `Training` says."""

    flat_kind: FlatKind = Flat  # the step as it is traced

    def __init__(
        self, module: nn.Module, data: TrainData, training: Training, head: Head, tracing: Tracing = "auto"
    ) -> None:
        assert training.batch_size is not None, "the engine takes a resolved Training"
        assert training.epochs is not None, "the engine takes a resolved Training"
        self.choice = machine.choose(training.device)
        self.device = torch.device(self.choice.device.name)
        self.module, self.data, self.training, self.head = module, data, training, head
        self.n_train = self._n_learnt(data)
        self.sizes = batch_sizes(self.n_train, training.batch_size)
        self.n_epochs = training.epochs
        self.n_steps = len(self.sizes) * self.n_epochs
        causes.refuse_single_rows(module, self.sizes)
        self.scales = scales_outputs(training, head, module)
        self.temperature = 1.0  # of the last outputs that were judged; the best weights have theirs in them
        self.step, self.epoch, self.step_in_epoch = 0, 0, 0  # all counted as done
        with causes.memory_said_in_words(training, self.n_train, "moving the network and the rows to the device"):
            self._prepare(module, data, training, head)
        self.finished: Finished = ""
        self.seconds = 0.0
        self.best_epoch, self.best_loss, self.n_epochs_without_gain = 0, math.inf, 0
        self.best: dict[str, Tensor] | None = None
        self.losses: list[Tensor] = []
        self.epoch_seconds = 0.0
        self.plateau = Plateau()
        self.random = randomness.first_state(training.seed, self.device)
        self.is_running = False
        self.tracing = tracing
        self.notes: list[str] = []  # for the run's log; whoever writes them empties the list
        self.cautions: list[str] = []  # for the person, likewise
        self.n_parts = 1  # that a batch is taken in, where it does not fit into memory at once
        self.forget_steps()

    def forget_steps(self) -> None:
        """Goes back to eager steps: what the optimizer remembers lies elsewhere now."""
        self.eager = self.eager_step(self.module, self.optimizer)
        self.traced: dict[int, GradientStep] = {}  # by length of batch
        self._n_eager, self._eager_s = 0, 0.0

    def eager_step(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> GradientStep:
        """A step through modules and autograd on this module, which is the engine's or a copy of it."""
        if self.n_parts > 1:
            return PartedStep(module, self.criterion, optimizer, self.training, self.n_parts)
        return EagerStep(module, self.criterion, optimizer, self.training)

    def run(self) -> Generator[Step | Epoch, None, None]:
        """The events from here to the end. Asking for the next one takes one more step; closing ends within it.

        Raises `TrainingError` when loss or parameters stop being finite numbers, or memory runs out; the best weights
        so far stay in `best_weights`.
        """
        assert not self.is_running, "this engine is running already"
        outside = randomness.current_state(self.device)
        randomness.set_state(self.random, self.device)
        self.is_running = True
        try:
            while not self.finished:
                yield from self._steps()
                yield self._end_of_epoch()
        finally:
            self.random = randomness.current_state(self.device)
            randomness.set_state(outside, self.device)
            self.is_running = False

    @property
    def best_weights(self) -> dict[str, Tensor] | None:
        """A copy of parameters and buffers of the best epoch; before the first epoch ends, the current ones.

        None when there are none worth keeping: the first epoch already ended in values that are not finite.
        """
        if self.best is not None:
            return {name: tensor.clone() for name, tensor in self.best.items()}
        return self.weights() if causes.unusable_parameter_name(self.module) is None else None

    def weights(self) -> dict[str, Tensor]:
        """A copy of the parameters and buffers as they are now."""
        return {name: tensor.detach().clone() for name, tensor in named_tensors(self.module)}

    def stored(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """Weights by the names of the module's state_dict, which are those of the printed code; tied ones repeat."""
        named = dict(self.module.state_dict())
        by_memory = {tensor.data_ptr(): name for name, tensor in named.items() if name in weights}
        found = {
            name: weights[name if name in weights else by_memory[tensor.data_ptr()]] for name, tensor in named.items()
        }
        return found if self.candidates is None else {**found, **self._remembered(weights)}

    def _remembered(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The rows that a network with these weights remembers, and how much they count."""
        assert self.candidates is not None, "asked only where there are candidates"
        kept = self.weights()
        put(self.module, weights)
        inputs, _, compared = self._judged
        judged = (inputs, compared) if self.measured_on == "validation" else None
        found = self.candidates.remembered(self.module, None, judged, self.criterion)  # type: ignore[arg-type]
        put(self.module, kept)
        return found

    def rows_on_device(self) -> Iterator[Tensor]:
        """Every tensor of rows that the run holds on its device, each once."""
        judged_inputs, judged_target, _ = self._judged
        held = [*self._inputs.values(), self._target, *judged_inputs.values(), judged_target]
        yield from {id(tensor): tensor for tensor in held}.values()

    def check_finite(self) -> None:
        """Raises `TrainingError` when a loss of this epoch or a parameter is not finite; ask before saving."""
        if self.losses:
            is_bad = ~torch.isfinite(torch.stack(self.losses))
            if bool(is_bad.any()):
                raise self._diverged(int(is_bad.int().argmax()))
        name = causes.unusable_parameter_name(self.module)
        if name is not None:
            names = self.data.feature_names
            raise causes.unusable_parameter(self.training, self._at(self.step), name, self._inputs, names)

    def measure(self) -> Measured:
        """Loss and metric now of the validation rows, or of the training rows where there are none."""
        inputs, target, compared = self._judged
        n_rows = len(target)
        self.module.eval()
        n_block = rows_judged_at_once(self)
        with causes.memory_said_in_words(self.training, min(n_rows, n_block), "validation"), torch.inference_mode():
            blocks = [
                self.module(**{name: values[first : first + n_block] for name, values in inputs.items()})
                for first in range(0, n_rows, n_block)
            ]
            outputs = torch.cat(blocks) if len(blocks) > 1 else blocks[0]
            self.temperature = self._temperature_of(outputs, compared)
            loss = float(self.criterion.judging(outputs / self.temperature, compared))
            return Measured(loss, live_value(self.head.task, outputs, target))

    def _temperature_of(self, outputs: Tensor, compared: Tensor) -> float:
        if not self.scales or self.measured_on != "validation":
            return 1.0
        return best_temperature(outputs, compared, self.criterion.judging)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything the rest of the run depends on: tensors by name (copies) and JSON-ready plain values."""
        from nnlab.training.state import taken

        return taken(self)

    def restore(self, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
        """Goes back to a state; raises `StorageError` when it is of another run or incomplete, changing nothing."""
        from nnlab.training.state import put_back

        put_back(self, tensors, plain)

    def _n_learnt(self, data: TrainData) -> int:
        """How many rows an epoch shows."""
        return _n_known(data.train)

    def _prepare(self, module: nn.Module, data: TrainData, training: Training, head: Head) -> None:
        module.to(self.device)
        self.optimizer = make_optimizer(training, module)
        self._inputs, target = self._on_device(data.train)
        self.criterion = Criterion(training, head, target)
        self._target = self.criterion.prepared(target)
        has_validation = _n_known(data.validation) > 0
        self.measured_on: Literal["validation", "train"] = "validation" if has_validation else "train"
        inputs, judged = self._on_device(data.validation) if has_validation else (self._inputs, target)
        self._judged = inputs, judged, self.criterion.prepared(judged)
        near = nearest_of(module)
        self.candidates = None if near is None else Candidates(self._inputs, self._target, head, near.n_candidates)
        if self.candidates is not None:
            rows = torch.arange(len(self._target), device=self.device)
            self._inputs = {**self._inputs, ROW: rows}  # a row tells itself from the candidates

    def _on_device(self, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
        """Inputs and targets of the rows whose target is known."""
        target = batch.target
        assert target is not None, "rows to train on carry their target"
        is_known = rows_known(batch)
        if bool(is_known.all()):  # the usual case, without a copy
            return {name: values.to(self.device) for name, values in batch.inputs.items()}, target.to(self.device)
        known = {name: values[is_known].to(self.device) for name, values in batch.inputs.items()}
        return known, target[is_known].to(self.device)

    def _steps(self) -> Iterator[Step]:
        """The steps of this epoch that are still to do."""
        try:
            yield from self._rest_of_epoch()
            return
        except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
            if not causes.is_out_of_memory(error):
                raise
        take_smaller_parts(self)  # outside of the handler, whose error holds on to what the step had taken
        yield from self._steps()

    def _rest_of_epoch(self) -> Iterator[Step]:
        clock = perf_counter()
        is_cpu = self.device.type == "cpu"
        epoch = self.epoch + 1
        for inputs, target in self.batches(self.step_in_epoch):
            if self._n_eager <= LOOK_AT and self.n_parts == 1:
                self._look_at_steps()
            step = self.traced.get(self.sizes[self.step_in_epoch], self.eager)
            inputs, target = self.compared(inputs, target)
            loss = step.take(inputs, target, self._rate(self.step))
            # On a graphics processor reading it would have to wait, so there a bad loss is found at the end of the
            # epoch or when the consumer asks.
            if is_cpu and not math.isfinite(loss.item()):
                raise self._cause_at(self.step + 1, inputs, target)
            self.losses.append(loss)
            self.step += 1
            self.step_in_epoch += 1
            taken_s = perf_counter() - clock
            self.epoch_seconds += taken_s
            self._eager_s += taken_s
            yield Step(self.step, epoch, loss)
            clock = perf_counter()

    def _look_at_steps(self) -> None:
        """Once enough eager steps were taken in this session, sees whether they had better be traced."""
        if self._n_eager == (1 if self.tracing == "always" else LOOK_AT):
            chosen = choose_steps(self, self._eager_s / self._n_eager)
            self.traced, self._n_eager = chosen.steps, LOOK_AT
            self.notes += chosen.notes
        self._n_eager += 1

    def _rate(self, step: int) -> float:
        return learning_rate(self.training, step, self.n_steps, self.plateau.factor)

    def rows(self, first: int, end: int) -> tuple[dict[str, Tensor], Tensor]:
        """Training rows in the order of the table, with their targets as a step compares them now."""
        inputs = {name: values[first:end] for name, values in self._inputs.items()}
        return self.compared(inputs, self._target[first:end])

    def compared(self, inputs: dict[str, Tensor], target: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """The rows as the next step takes them: what changes from step to step is handed in with them."""
        if self.candidates is not None:
            inputs = self.candidates.beside(inputs, self.step, *self._pools())
        return inputs, self.criterion.softened(target, self.step / self.n_steps)

    def _pools(self) -> tuple[Sequence[int], Sequence[Tensor] | None]:
        """Seeds that candidates are drawn by, and from which rows; all where none are said."""
        return (self.training.seed,), None

    def batches(self, first: int) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
        """The batches of this epoch from the given one on: views into blocks of rows in shuffled order."""
        order = randomness.shuffled_rows(self.n_train, self.training.seed, self.epoch).to(self.device)
        per_block = max(1, GATHERED_ROWS // self.sizes[0])
        start = sum(self.sizes[:first])
        for block in range(first, len(self.sizes), per_block):
            sizes = self.sizes[block : block + per_block]
            rows = order[start : start + sum(sizes)]
            start += len(rows)
            gathered = {name: torch.split(values[rows], sizes) for name, values in self._inputs.items()}
            targets = torch.split(self._target[rows], sizes)
            for index, target in enumerate(targets):
                yield {name: parts[index] for name, parts in gathered.items()}, target

    def _end_of_epoch(self) -> Epoch:
        clock = perf_counter()
        self.check_finite()
        losses = torch.stack(self.losses).cpu().double()
        train_loss = float(losses @ torch.tensor(self.sizes, dtype=torch.float64)) / self.n_train
        steps_seconds, rate = self.epoch_seconds, self._rate(self.step - 1)
        measured = self.measure()
        if not math.isfinite(measured.loss):
            self._refuse_unusable_validation()
        is_best = self._keep_if_best(measured.loss)
        self.plateau.see(measured.loss)
        self.epoch += 1
        self.step_in_epoch, self.losses, self.epoch_seconds = 0, [], 0.0
        self.finished = self._reason_to_end()
        seconds = steps_seconds + perf_counter() - clock
        self.seconds += seconds
        return Epoch(
            epoch=self.epoch,
            step=self.step,
            train_loss=train_loss,
            validation_loss=measured.loss if self.measured_on == "validation" else None,
            metric=live_metric(self.head.task),
            metric_value=None if math.isnan(measured.metric) else measured.metric,
            measured_on=self.measured_on,
            learning_rate=rate,
            is_best=is_best,
            seconds=seconds,
            rows_per_s=self.n_train / max(steps_seconds, 1e-9),
            finished=self.finished,
        )

    def _refuse_unusable_validation(self) -> None:
        error = causes.unusable_rows(self._at(self.step), self._judged[0], self.data.feature_names)
        if error is not None:
            raise error.within("validation rows")

    def _keep_if_best(self, loss: float) -> bool:
        if not loss < self.best_loss:  # so that "not a number" is never the best
            self.n_epochs_without_gain += 1
            return False
        self.best_loss, self.best_epoch, self.n_epochs_without_gain = loss, self.epoch + 1, 0
        if self.best is None:
            self.best = self.weights()
        else:
            for name, tensor in named_tensors(self.module):
                self.best[name].copy_(tensor.detach())
        scale_head(self.best, self.temperature)
        return True

    def _reason_to_end(self) -> Finished:
        if self.epoch >= self.n_epochs:
            return "epochs"
        patience = self.training.patience
        return "patience" if patience and self.n_epochs_without_gain >= patience else ""

    def _diverged(self, index: int) -> TrainingError:
        """The error for a step of this epoch (from 0) whose loss was not finite; finds its batch again."""
        inputs, target = next(self.batches(index))
        return self._cause_at(self.step - self.step_in_epoch + index + 1, inputs, target)

    def _at(self, step: int) -> causes.At:
        return causes.At(step, len(self.sizes))

    def _cause_at(self, step: int, inputs: dict[str, Tensor], target: Tensor) -> TrainingError:
        self.module.train()
        return causes.diverged(self.module, self.training, self._at(step), inputs, target, self.data.feature_names)


def rows_known(batch: Batch) -> Tensor:
    """Which rows (N,) have a target: prep writes -1 for a class that training rows do not hold, NaN for no number."""
    target = batch.target
    assert target is not None, "rows to train on carry their target"
    return ~torch.isnan(target).any(1) if target.is_floating_point() else target >= 0


def _n_known(batch: Batch) -> int:
    return 0 if batch.target is None else int(rows_known(batch).sum())
