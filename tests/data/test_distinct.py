"""The number of different texts is exact, whatever the texts share; Python's set is the oracle."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from nnlab.data import distinct
from tests.batteries import battery


def texts_of(form: str, n: int, rng: random.Random) -> list[str | None]:
    """Texts that are alike in different ways: at the beginning, at the end, in all but the middle, not at all."""
    made = {
        "numbers": lambda: str(rng.randrange(2 * n)),
        "one length": lambda: f"{rng.randrange(2 * n):09d}",
        "same ends": lambda: f"the same beginning {rng.randrange(2 * n)} the very same end of all",
        "hidden": lambda: f"{'x' * 9}{rng.randrange(40):02d}{'x' * 30}{rng.randrange(n):06d}{'x' * 20}",
        "zeros": lambda: "\x00" * rng.randrange(20) + str(rng.randrange(n)),
        "letters": lambda: "".join(rng.choice("aé漢 ") for _ in range(rng.randrange(9))),
    }[form]
    return [None if rng.random() < 0.05 else made() for _ in range(n)]


@pytest.mark.parametrize("form", ["numbers", "one length", "same ends", "hidden", "zeros", "letters"])
def test_the_count_is_exact(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over chunks that begin anywhere, the first texts in order of appearance."""
    monkeypatch.setattr(distinct, "N_FIRST", 200)
    n = battery(3_000, 100_000)
    for seed in range(battery(3, 20)):
        cells = texts_of(form, n, random.Random(seed))
        whole = pa.array(["before", *cells, "after"], pa.large_string())
        text = pa.chunked_array([whole.slice(1, 100), whole.slice(101, n - 100)])
        first, count = distinct.first_and_count(text, 50)
        filled = list(dict.fromkeys(cell for cell in cells if cell is not None))
        assert count == len(filled)
        assert first.to_pylist() == filled[: len(first)]
        assert len(first) >= min(50, count)
