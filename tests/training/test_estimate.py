"""The cost that is said before Start, and that saying it costs nothing."""

from __future__ import annotations

import pytest
import torch

from nnlab.training.engine import Engine
from nnlab.training.estimate import estimate
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


def test_the_estimate_is_near_the_run() -> None:
    """The seconds foretold are of the order of those the run's own clock counts."""
    module, table, training = TableNetwork(4, 1, width=256), data("binary", 400), resolved("binary", 400, epochs=3)
    foretold = estimate(module, table, training, head("binary")).seconds
    engine = Engine(module, table, training, head("binary"))
    list(engine.run())
    assert engine.seconds / 10 < foretold < engine.seconds * 10
