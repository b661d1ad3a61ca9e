"""The dialect: what is counted without cutting is what cutting gives."""

from __future__ import annotations

import random

import pytest

from nnlab.data.dialect import _Trial, _widths, guess_dialect
from nnlab.data.records import Dialect, split

_PIECES = ("a", "1,5", " ", "", '"', '""', "'", "x;y", ";;", ":", "\\", '"a;b"', '"a""b"', "2020-01-01", "ü")


def _lines(seed: int) -> list[str]:
    draw = random.Random(seed)
    lines = [draw.choice(";,").join(draw.choice(_PIECES) for _ in range(draw.randint(1, 6))) for _ in range(8)]
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("delimiter", [";", ",", " ", ":"])
def test_widths_that_are_counted_are_those_of_the_records(delimiter: str) -> None:
    n_counted = 0
    for seed in range(300):
        lines = _lines(seed)
        for dialect in (Dialect(delimiter), Dialect(delimiter, ""), Dialect(delimiter, "'")):
            widths = _widths(lines, dialect)
            n_counted += bool(widths)
            assert not widths or widths == [len(record.cells) for record in split(lines, dialect)]
    assert n_counted > 100


def test_a_trial_beats_a_rival_exactly_where_its_score_is_higher() -> None:
    for seed in range(100):
        trial = _Trial(_lines(seed), Dialect(";"), 1.0)
        for rival in (0.0, 0.5 * trial.score, 0.999 * trial.score, 1.001 * trial.score, 2 * trial.score + 0.1):
            assert trial.beats(rival) == (trial.score > rival)


@pytest.mark.parametrize("compound", ["||", "::", "~|~", "#|#"])
def test_a_delimiter_of_several_marks_is_found(compound: str) -> None:
    assert guess_dialect([compound.join((f"name {n}", str(n), f"{n}.5")) for n in range(20)]).delimiter == compound


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_delimiter_that_stands_twice_is_double_only_where_every_one_is(delimiter: str) -> None:
    doubled = [(2 * delimiter).join((f"n{n}", str(n), f"{n}.5")) for n in range(20)]
    assert guess_dialect(doubled).delimiter == 2 * delimiter
    assert guess_dialect([*doubled[:-1], delimiter.join(("a", "1", "b", "2", "c"))]).delimiter == delimiter
