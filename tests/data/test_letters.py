"""Columns of text looked at a run of bytes at a time: numpy and Python's own strings are the oracle."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from nnlab.data import letters

CELLS = ["1,5", None, "", "-", "é", " x", "x ", "n/a", "2,25", "-", "\u3000"]


def chunk_of(cells: list[str | None]) -> pa.Array:
    """The cells between two others, so that the chunk does not begin where its run of bytes does."""
    return pa.array(["0,0", *cells, "9.9"], pa.large_string()).slice(1, len(cells))


def test_points_and_commas_change_places() -> None:
    """In every cell, and no other letter changes; missing cells stay missing."""
    cells = [*CELLS, "".join(map(chr, range(1, 128))), "1.234,5"]
    wanted = [cell and cell.translate(str.maketrans(",.", ".,")) for cell in cells]
    assert letters.swapped_marks(chunk_of(cells)).to_pylist() == wanted


def test_marks_become_missing_and_nothing_else() -> None:
    """Whole cells only; an empty one, if it is a mark, as well."""
    marks = pa.array(["-", "n/a"], pa.large_string())
    assert letters.without(chunk_of(CELLS), marks).to_pylist() == [
        None if cell in ("-", "n/a") else cell for cell in CELLS
    ]
    assert letters.without(chunk_of([]), marks).to_pylist() == []
    assert letters.without(chunk_of(["--", "a", "1"]), marks).to_pylist() == ["--", "a", "1"]


@pytest.mark.parametrize("cell", ["", None, " x", "x ", "é", "xé", "\x7f", "\x1fx"])
def test_ends_are_plain_only_where_nothing_could_be_stripped(cell: str | None) -> None:
    """One cell that is empty, missing or ends in anything but an ASCII sign is enough."""
    assert letters.ends_are_plain(chunk_of(["a b", "x", "~!"]))
    assert not letters.ends_are_plain(chunk_of(["a b", cell, "~!"]))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_every_place_of_a_letter_is_found(share: float) -> None:
    """Rare and frequent ones, in runs whose length is no multiple of eight."""
    rng = random.Random(0)
    run = np.array([34 if rng.random() < share else rng.randint(35, 99) for _ in range(1003)], np.uint8)
    assert letters.places_of(run, 34).tolist() == [at for at, letter in enumerate(run.tolist()) if letter == 34]
