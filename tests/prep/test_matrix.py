"""Columns in one matrix: groups and blocks change no number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnlab.prep import matrix
from nnlab.prep.fit import fit
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps.base import median
from tests.prep.tables import mixed


@pytest.mark.parametrize(("least", "rows", "numbers"), [(1, 7, 1_000), (64, 1_000, 50), (5, 33, 10_000)])
def test_blocks_change_nothing(least: int, rows: int, numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column by itself, a row at a time, many columns together: what the chains give, in its places."""
    frame, columns = mixed(np.random.default_rng(0), 100)
    fitted = fit(frame, columns, Recipe(), parts(frame, columns, "binary", Split()), "binary")
    monkeypatch.setattr(matrix, "LEAST_NUMBERS", least)
    monkeypatch.setattr(matrix, "BLOCK_ROWS", rows)
    monkeypatch.setattr(matrix, "BLOCK_NUMBERS", numbers)
    found = fitted.apply(frame).inputs["table"]
    for column in fitted.used:
        blocks = column.chain(column.cells(frame[column.name]))
        wanted = torch.cat([block.to(torch.float32) for block in blocks]).T
        slots = fitted.slots_of[column.name]
        assert torch.equal(found[:, slots.start : slots.stop], wanted)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 101, 1_000])
def test_the_median_is_numpys(n: int) -> None:
    """With missing values among them, ties, and none at all."""
    rng = np.random.default_rng(n)
    for values in (rng.standard_normal(n), rng.integers(0, 3, n).astype(float), np.full(n, np.nan)):
        for row in (values, np.where(rng.random(n) < 0.3, np.nan, values)):
            there = row[~np.isnan(row)]
            np.testing.assert_equal(median(row), np.median(there) if len(there) else np.nan)
