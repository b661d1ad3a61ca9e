"""The picture of first weights: numpy's histogram, and nothing hidden where all are equal."""

from __future__ import annotations

import numpy as np

from nnlab.plots.weights import weights_figure, weights_numbers


def test_weights_are_counted_and_offsets_stand_in_the_table() -> None:
    """The histogram holds parameters of two axes and more; each parameter has a row of its own."""
    weight = np.random.default_rng(0).normal(0, 0.1, (30, 20)).astype(np.float32)
    numbers = weights_numbers({"weight": weight, "bias": np.zeros(30, np.float32)})
    assert sum(numbers.counts) == 600
    assert numbers.counts == tuple(np.histogram(weight.astype(float), bins=len(numbers.counts))[0])
    assert [row["parameter"] for row in numbers.table()] == ["weight", "bias"]
    assert numbers.table()[0]["shape"] == "30 × 20"
    assert abs(numbers.table()[0]["deviation"] - weight.astype(float).std()) < 1e-9
    assert numbers.alt().startswith("600 first weights from \u2212")


def test_equal_weights_are_one_bar() -> None:
    """A normalisation starts at 1, a layer may start at 0: neither is an empty picture."""
    numbers = weights_numbers({"weight": np.ones(64, np.float32)})
    assert numbers.counts == (64,)
    assert numbers.alt() == "64 first weights, all 1."
    assert list(weights_figure(numbers, "dark").data[0].y) == [64]
