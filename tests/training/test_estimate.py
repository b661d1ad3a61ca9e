"""The cost that is said before Start, and that saying it costs nothing."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from statistics import median

import pytest
import torch

from nnlab.training.engine import Engine
from nnlab.training.estimate import estimate
from tests.batteries import battery
from tests.training.rows import TableNetwork, data, head, network, resolved


def test_looking_changes_neither_weights_nor_random_numbers() -> None:
    """The steps are taken on a copy; the run that follows is the one that would have been."""
    module = network("binary")
    before, random_state = {k: v.clone() for k, v in module.state_dict().items()}, torch.get_rng_state()
    estimate(module, data("binary"), resolved(), head("binary"))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)


@pytest.mark.parametrize(("n_train", "batch", "epochs"), [(37, 8, 4), (2, 2, 1), (3, 3, 2)])
def test_the_time_is_that_of_all_epochs(n_train: int, batch: int, epochs: int) -> None:
    """Also for the shortest runs: seconds are positive and add up."""
    cost = estimate(
        network("binary"),
        data("binary", n_train),
        resolved("binary", n_train, batch_size=batch, epochs=epochs),
        head("binary"),
    )
    assert cost.seconds_per_epoch > 0
    assert cost.seconds == pytest.approx(cost.seconds_per_epoch * epochs)
    assert cost.n_parameters == sum(p.numel() for p in network("binary").parameters())


def test_the_memory_holds_weights_gradients_optimizer_and_rows() -> None:
    """A wide layer: four bytes each for weight, gradient, best weight and AdamW's two, and little else."""
    module = TableNetwork(4, 1, width=20_000)
    n = sum(p.numel() for p in module.parameters())
    found = estimate(module, data("binary"), resolved(epochs=1), head("binary")).memory_bytes
    kept = 8 * 20_000 * 4  # one activation of a batch
    assert 5 * 4 * n < found < 5 * 4 * n + 8 * kept


class HeldUp(TableNetwork):
    """Each forward pass is held up for 20 ms, as by others on the processor; a traced step has no more of it."""

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        """Waits, and answers."""
        time.sleep(0.02)
        return super().forward(table)


def test_a_busy_moment_of_the_machine_is_not_foretold_for_the_whole_run() -> None:
    """Eager steps that wait a second in all are followed by the tracing, as in the run; its steps are foretold."""
    training = resolved("binary", 400, batch_size=8, epochs=40, patience=0)  # 2 000 steps: 40 s if each were held up
    assert estimate(HeldUp(4, 1, width=8), data("binary", 400), training, head("binary")).seconds < 10


def test_others_in_this_process_do_not_end_the_timing_early() -> None:
    """As in a classroom whose pages are drawn by one server: what their threads take is not what the steps took."""
    is_over = threading.Event()

    def busy() -> None:
        while not is_over.is_set():
            hashlib.sha256(bytes(1_000_000)).digest()  # lets go of the interpreter's lock, as torch does

    others = [threading.Thread(target=busy) for _ in range(4)]
    for other in others:
        other.start()
    training = resolved("binary", 400, batch_size=8, epochs=40, patience=0)
    try:
        found = estimate(HeldUp(4, 1, width=8), data("binary", 400), training, head("binary"))
    finally:
        is_over.set()
        for other in others:
            other.join()
    assert found.seconds < 10


@pytest.mark.parametrize(("width", "n_train", "batch"), [(8, 400, 16), (64, 800, 32), (1024, 400, 32)])
def test_the_estimate_is_near_the_run(width: int, n_train: int, batch: int, measured: Callable[[str], None]) -> None:
    """Also of small networks, whose steps are traced in a run of this length: seconds foretold and seconds taken."""
    table = data("binary", n_train)
    training = resolved("binary", n_train, batch_size=batch, epochs=battery(40, 200), patience=0)
    fresh = [TableNetwork(4, 1, width=width) for _ in range(3)]  # the middle one: beside others a step timed is held up
    foretold = median(estimate(module, table, training, head("binary")).seconds for module in fresh)
    engine = Engine(TableNetwork(4, 1, width=width), table, training, head("binary"))
    began = time.process_time()  # what others take of the processor meanwhile nobody can foretell
    list(engine.run())
    ratio = foretold / (time.process_time() - began)
    measured(f"width {width}, batch {batch}: foretold {ratio:.2f} of the seconds taken")
    assert 1 / 2.5 < ratio < 2.5  # 1.5 on a quiet machine
