"""How many processor threads a large network computes with: raced once, at the run's very first start.

The number of threads decides how sums are cut and so the last bits of a run. It is therefore chosen once, by whoever
starts the run, written down with it, and never raced again. Small networks stay with one thread by rule: they gain
nothing from a second, and lose many times their speed where a core is busy.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import torch

from nnlab.training import randomness
from nnlab.training.race import twin
from nnlab.training.step import Step

if TYPE_CHECKING:
    from nnlab.training.engine import Engine

LEAST_OPERATIONS = 1e8  # of a step, below which one thread it is; measured: no gain at 3e7, 1.75 times at 1.7e9
ROUNDS = 5
GAIN = 1.2  # as fast that many times, or it is not worth a second core
FORWARD_AND_BACKWARD = 6  # operations for each multiply-add: two, for the outputs and for both gradients


@dataclass(frozen=True)
class Threads:
    """A number of threads and the sentence that says why."""

    count: int
    reason: str


def is_large(n_multiply_adds: int, batch_size: int) -> bool:
    """Whether steps of a network with so many multiply-adds a row are worth a race."""
    return FORWARD_AND_BACKWARD * n_multiply_adds * batch_size >= LEAST_OPERATIONS


def race_threads(engine: Engine, most: int) -> Threads:
    """One thread, or `most` where steps on a copy of the network are faster by a fifth with them.

    Weights and torch's random state are as before afterwards; threads are left at one.
    """
    if most < 2 or engine.device.type != "cpu":
        return Threads(1, "One thread: this process is granted no second one.")
    random_state = randomness.current_state(engine.device)
    try:
        module, optimizer = twin(engine)
        step = engine.eager_step(module, optimizer)
        ratio = statistics.median(_timed(engine, step, most) / _timed(engine, step, 1) for _ in range(ROUNDS))
    finally:
        torch.set_num_threads(1)
        randomness.set_state(random_state, engine.device)
    told = f"a step with {most} threads took {ratio:.2f} of its time with one"
    return Threads(most, f"{most} threads: {told}.") if ratio * GAIN <= 1 else Threads(1, f"One thread: {told}.")


def _timed(engine: Engine, step: Step, n_threads: int) -> float:
    """Seconds of a step after one that does not count."""
    torch.set_num_threads(n_threads)
    batch = engine.rows(0, engine.sizes[0])
    step.take(*batch, engine.training.learning_rate)
    began = perf_counter()
    step.take(*batch, engine.training.learning_rate)
    return perf_counter() - began
