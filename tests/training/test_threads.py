"""Threads: small networks have one by rule, large ones what a race on copies shows."""

from __future__ import annotations

import itertools

import pytest
import torch

from nnlab.training import threads
from nnlab.training.engine import Engine
from nnlab.training.threads import is_large, race_threads
from tests.training.rows import data, head, network, resolved


def engine() -> Engine:
    return Engine(network("binary"), data("binary"), resolved(), head("binary"))


@pytest.mark.parametrize(
    ("sizes", "batch_size", "expected"),
    [((10, 16, 1), 256, False), ((32, 128, 128, 10), 256, False), ((100, 1024, 1024, 10), 256, True)],
)
def test_only_large_steps_are_raced(sizes: tuple[int, ...], batch_size: int, expected: bool) -> None:
    """The middle network gained nothing from a second thread where the wide one took 0.57 of its time."""
    n_multiply_adds = sum(n_in * n_out for n_in, n_out in itertools.pairwise(sizes))
    assert is_large(n_multiply_adds, batch_size) == expected


@pytest.mark.parametrize(("ratio", "count"), [(0.57, 3), (0.9, 1), (5.9, 1)])
def test_more_threads_are_taken_where_they_pay(ratio: float, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a fifth at least; the sentence says what was measured."""
    monkeypatch.setattr(threads, "_timed", lambda engine, step, n_threads: ratio if n_threads == 3 else 1.0)
    found = race_threads(engine(), 3)
    assert found.count == count
    assert f"{ratio:.2f}" in found.reason


def test_a_race_leaves_the_run_as_it_was() -> None:
    """Real steps on copies: weights, what the optimizer remembers and random numbers are those of a run without it."""
    raced, plain = engine(), engine()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    race_threads(raced, 2)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == 1
    assert raced.optimizer.state == {}
    for each in (raced, plain):
        list(each.run())
    for name, tensor in plain.weights().items():
        assert torch.equal(tensor, raced.weights()[name]), name


def test_without_a_second_core_nothing_is_raced(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the sentence says so."""
    monkeypatch.setattr(threads, "_timed", lambda *_: pytest.fail("it was raced"))
    assert race_threads(engine(), 1).count == 1
