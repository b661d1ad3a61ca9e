"""Which way a run takes its steps: traced where that gives the same bits as the eager step and takes less time.

The clock may decide here, because it decides nothing else: both ways give the same weights, so a run can change from
one to the other at any step, and go on after a resume in the other one. What cannot be traced, differs or is no faster
stays eager, and a note for the run's log says which.
"""

from __future__ import annotations

import copy
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from nnlab.training import randomness
from nnlab.training.optimizers import make_optimizer
from nnlab.training.step import Step
from nnlab.training.traced import Trace, TracedStep, trace

if TYPE_CHECKING:
    from nnlab.training.engine import Engine

Tracing = Literal["auto", "never", "always"]  # "always" asks for no gain, and still for the same bits
LOOK_AT = 40  # steps of a session after which its eager step is timed well enough
COMPARED_STEPS = 3
ROUNDS = 6
FIRST_TRACE_S, TRACE_S, TRACED_MODULE_S = 0.5, 0.05, 0.01  # the first of a process fills torch's tables
LIKELY_GAIN = 0.3  # of the eager step's time
LEAST_GAIN = 0.03
MOST_PARAMETERS = 5_000_000  # beyond, time goes to arithmetic; comparing holds nine copies of them for a moment
_traced_before = False


@dataclass(frozen=True)
class Choice:
    """The steps of each length of batch that are not to be eager, and what to say of it in the run's log."""

    steps: dict[int, Step]
    notes: tuple[str, ...]


def choose_steps(engine: Engine, eager_s: float) -> Choice:
    """The traced steps of an engine that has taken some eager ones of `eager_s` seconds each.

    Weights, buffers, what the optimizer remembers and torch's random state are as before afterwards.
    """
    n_parameters = sum(parameter.numel() for parameter in engine.module.parameters())
    if engine.device.type != "cpu" or engine.tracing == "never" or n_parameters > MOST_PARAMETERS:
        return Choice({}, ())
    chosen: dict[int, Step] = {}
    notes = []
    for n_rows in sorted(set(engine.sizes), reverse=True):
        n_left = engine.sizes.count(n_rows) * (engine.n_epochs - engine.epoch)
        if engine.tracing == "auto" and n_left * eager_s * LIKELY_GAIN < _likely_cost_s(engine.module):
            continue
        step, note = _traced_step(engine, n_rows)
        notes.append(f"Batches of {n_rows}: {note}")
        if step is not None:
            chosen[n_rows] = step
    return Choice(chosen, tuple(notes))


def _likely_cost_s(module: nn.Module) -> float:
    own_s = TRACE_S + TRACED_MODULE_S * sum(1 for _ in module.modules())
    return own_s if _traced_before else FIRST_TRACE_S + own_s


def _traced_step(engine: Engine, n_rows: int) -> tuple[Step | None, str]:
    global _traced_before
    random_state = randomness.current_state(engine.device)
    try:
        batches = _batches(engine, n_rows)
        # On a copy: what a module counts on its own must not count this.
        found = trace(copy.deepcopy(engine.module), engine.criterion, engine.training, *batches[0], engine.flat_kind)
        _traced_before = True
        race = _Race(engine, found, batches)
        unequal = race.first_difference(random_state)
        if unequal:
            return None, f"the step stays eager, traced it gave another {unequal}."
        ratio = race.ratio()
    except Exception as error:  # whatever torch cannot trace it says in its own many ways; the eager step takes all
        return None, f"the step stays eager, it cannot be traced ({type(error).__name__}: {str(error)[:200]})."
    finally:
        randomness.set_state(random_state, engine.device)
    if engine.tracing == "auto" and ratio > 1 - LEAST_GAIN:
        return None, f"the step stays eager, traced it took {ratio:.2f} of its time."
    step = TracedStep(found, engine.module, engine.optimizer)
    return step, f"the step is traced, the same bits in {ratio:.2f} of the eager step's time."


def _batches(engine: Engine, n_rows: int) -> list[tuple[dict[str, Tensor], Tensor]]:
    """Training rows in batches of that length; the same rows more than once where there are few."""
    most = engine.n_train - n_rows
    firsts = [position * n_rows % (most + 1) for position in range(COMPARED_STEPS)]
    return [engine.rows(first, first + n_rows) for first in firsts]


class _Race:
    """The eager and the traced step on copies of the network, step by step on the same batches."""

    def __init__(self, engine: Engine, found: Trace, batches: list[tuple[dict[str, Tensor], Tensor]]) -> None:
        self.engine, self.batches = engine, batches
        self.rate = engine.training.learning_rate
        self.sides = [twin(engine), twin(engine)]
        (module, optimizer), (other, other_optimizer) = self.sides
        self.eager = engine.eager_step(module, optimizer)
        self.traced = TracedStep(found, other, other_optimizer)

    def first_difference(self, random_state: randomness.RandomState) -> str:
        """What differs first after some steps of both from one random state, "" where no bit does."""
        told = []
        for step in (self.eager, self.traced):
            randomness.set_state(random_state, self.engine.device)
            losses = [step.take(*batch, self.rate) for batch in self.batches]
            told.append((losses, randomness.current_state(self.engine.device)))
        (losses, state), (other_losses, other_state) = told
        if not all(map(_same, losses, other_losses)):
            return "loss"
        if not all(_same(state[family], other_state[family]) for family in state):
            return "random state"
        tensors, others = (_remembered(*side) for side in self.sides)
        return next((name for name, tensor in tensors.items() if not _same(tensor, others[name])), "")

    def ratio(self) -> float:
        """The median of the traced step's time over the eager one's."""
        return statistics.median(self._timed(self.traced) / self._timed(self.eager) for _ in range(ROUNDS))

    def _timed(self, step: Step) -> float:
        began = perf_counter()
        step.take(*self.batches[0], self.rate)
        return perf_counter() - began


def twin(engine: Engine) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A copy of the engine's network with an optimizer of its own that remembers the same."""
    module = copy.deepcopy(engine.module)
    optimizer = make_optimizer(engine.training, module)
    optimizer.load_state_dict(copy.deepcopy(engine.optimizer.state_dict()))
    return module, optimizer


def _remembered(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Parameters, buffers and the optimizer's state by name."""
    named = dict(module.named_parameters())
    states = {
        f"{key} of {name}": value
        for name, parameter in named.items()
        for key, value in optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }
    return {**named, **dict(module.named_buffers()), **states}


def _same(one: Tensor, other: Tensor) -> bool:
    """Equal in every bit, "not a number" and the sign of zero included."""
    if one.shape != other.shape:
        return False
    one, other = (tensor.detach().contiguous().reshape(-1).view(torch.uint8) for tensor in (one, other))
    return torch.equal(one, other)
