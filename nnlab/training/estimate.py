"""What a run will cost, before Start: parameters, memory, and time from a few real steps on a copy of the network."""

from __future__ import annotations

import contextlib
import copy
import statistics
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import NamedTuple

from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from nnlab.network.head import Head
from nnlab.training.causes import memory_said_in_words
from nnlab.training.engine import GATHERED_ROWS, Engine, TrainData
from nnlab.training.events import Epoch
from nnlab.training.members import make_engine
from nnlab.training.named import named_tensors
from nnlab.training.race import LOOK_AT
from nnlab.training.randomness import current_state, set_state
from nnlab.training.spec import Training
from nnlab.training.stacked import views

UNTIMED_STEPS = 2  # the first steps allocate memory and choose kernels
TIMED_STEPS = 12
TIMED_SECONDS = 0.5  # of the processor in this thread: the timing of eager steps ends after it (at least one step)
LONGEST_SECONDS = 2.0  # by the clock, where other processes keep the processor busy


@dataclass(frozen=True)
class Estimate:
    """The cost of a run: bytes at its largest, seconds of one epoch with its validation, seconds of all epochs
    and of tracing the step once.

    Bytes are parameters, gradients, optimizer, the best weights kept, the rows on the device, and what one batch
    leaves for the backward pass; torch itself (about 250 MB) is not among them.
    """

    n_parameters: int
    memory_bytes: int
    seconds_per_epoch: float
    seconds: float


def estimate(module: nn.Module, data: TrainData, training: Training, head: Head) -> Estimate:
    """The cost of training this module; its weights and torch's random state are as before afterwards.

    `training` is resolved. Raises `TrainingError` where the run itself would: a batch that does not fit into memory,
    a loss that is not finite in the first steps.
    """
    engine = make_engine([copy.deepcopy(module) for _ in range(training.members)], data, training, head)
    kept = _kept_for_backward(engine)
    timed = _timed(engine)
    epoch_seconds = timed.step * len(engine.sizes) + timed.end
    weights = sum(_bytes(tensor) for _, tensor in named_tensors(engine.module))
    memory = 3 * weights + _optimizer_bytes(engine) + _data_bytes(engine) + kept  # weights, gradients, best weights
    n_parameters = sum(parameter.numel() for parameter in engine.module.parameters())
    return Estimate(n_parameters, memory, epoch_seconds, epoch_seconds * engine.n_epochs + timed.once)


class _Timed(NamedTuple):
    """Seconds of a gradient step, of the end of an epoch, and of what is done once for the whole run."""

    step: float
    end: float
    once: float


def _timed(engine: Engine) -> _Timed:
    """Median times as most of the run will take them.

    A run long enough is traced after its first `LOOK_AT` steps, and so is this copy of it, where these go by in time.
    Whether they do is asked of the processor's time: a busy moment of the machine would else end the timing before
    the tracing, and foretell ten times too much.
    """
    eager: list[float] = []
    traced: list[float] = []
    ends: list[float] = []
    before = once = 0.0
    began, began_cpu = perf_counter(), thread_time()
    with contextlib.closing(engine.run()) as events:
        for event in events:
            if isinstance(event, Epoch):
                ends.append(event.seconds - before)
                before = 0.0
                continue
            taken, before = engine.epoch_seconds - before, engine.epoch_seconds
            if event.step == LOOK_AT + 1:
                once = taken
            elif event.step > LOOK_AT:
                traced.append(taken)
            elif event.step > UNTIMED_STEPS or engine.n_steps <= UNTIMED_STEPS:
                eager.append(taken)
            if event.step <= UNTIMED_STEPS:
                began, began_cpu = perf_counter(), thread_time()
            taken_enough = thread_time() - began_cpu > TIMED_SECONDS or perf_counter() - began > LONGEST_SECONDS
            is_slow = bool(eager) and taken_enough and event.step <= LOOK_AT
            if len(traced) >= TIMED_STEPS or is_slow:
                break
    step = statistics.median(traced or eager)
    return _Timed(step, statistics.median(ends) if ends else _timed_measure(engine), max(0.0, once - step))


def _timed_measure(engine: Engine) -> float:
    started = perf_counter()
    engine.measure()
    return perf_counter() - started


def _kept_for_backward(engine: Engine) -> int:
    """Bytes of what one batch leaves for the backward pass, each storage once, without the parameters."""
    ours = {tensor.untyped_storage().data_ptr() for _, tensor in named_tensors(engine.module)}
    sizes: dict[int, int] = {}

    def packed(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in ours:
            sizes[storage.data_ptr()] = _bytes(tensor)
        return tensor

    random_state = current_state(engine.device)
    inputs, target = engine.compared(*next(engine.batches(0)))
    module = engine.module
    if engine.training.members > 1:  # one of them, and as much for each of the others
        module = views(module)[0]
        inputs, target = {name: values[0] for name, values in inputs.items()}, target[0]
    ours |= {tensor.untyped_storage().data_ptr() for _, tensor in named_tensors(module)}
    module.train()
    words = "a forward pass"
    with memory_said_in_words(engine.training, len(target), words), saved_tensors_hooks(packed, lambda tensor: tensor):
        engine.criterion.training(module(**inputs), target)
    set_state(random_state, engine.device)
    return sum(sizes.values()) * engine.training.members


def _optimizer_bytes(engine: Engine) -> int:
    states = engine.optimizer.state.values()
    return sum(_bytes(value) for state in states for value in state.values() if isinstance(value, Tensor))


def _data_bytes(engine: Engine) -> int:
    """The rows on the device, and the block that is gathered in shuffled order."""
    rows = sum(_bytes(values) for values in engine.rows_on_device())
    train = sum(_bytes(values) for values in engine.data.train.inputs.values())
    return rows + int(train * min(1.0, GATHERED_ROWS / engine.n_train))


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
