"""Tables written in twelve dialects and six encodings come back equal; the oracle is the table that was written."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nnlab.data import Table, guess_reading, read
from nnlab.data.encoding import guess_encoding
from tests.batteries import battery
from tests.data.written_tables import DIALECTS, WORDS, Written, number_of, written_tables

PHASES = [Phase.explicit, Phase.generate]  # a failing table is small enough to be read as it is
# A handful of rows with line breaks and commas inside their cells is cut equally well by single quotes and none;
# one escaped mark among them shows no escape.
SHOWN = [name for name in DIALECTS if name not in ("comma, single quotes", "comma, backslash")]
QUIET = [HealthCheck.too_slow, HealthCheck.large_base_example]


def check_equal(table: Table, written: Written) -> None:
    """Every name, every cell and nothing else; text letter by letter, numbers as floats, missing as NaN."""
    assert list(table.frame.columns) == written.names, table.reading.sentence()
    assert table.n_rows == len(written.columns[0]), table.reading.sentence()
    assert table.issues == ()
    for place, cells in enumerate(written.columns):
        found = table.frame.iloc[:, place]
        expected = [math.nan if cell is None else as_kept(cell, found) for cell in cells]
        assert pd.Series(found.tolist(), dtype=object).equals(pd.Series(expected, dtype=object)), (
            table.columns.columns[place],
            table.reading.sentence(),
        )


def as_kept(cell: str, found: pd.Series) -> str | float:
    return number_of(cell) if found.dtype == "float64" else cell


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("encoding", WORDS)
def test_a_table_comes_back_equal_and_nothing_is_said_about_it(encoding: str, dialect: str) -> None:
    """Encoding, delimiter, quotes, escapes, decimal mark, header and kinds are all guessed."""

    @settings(
        max_examples=battery(2, 60),
        derandomize=True,
        database=None,
        deadline=None,
        phases=PHASES,
        suppress_health_check=QUIET,
    )
    @given(written_tables(dialect, encoding))
    def holds(written: Written) -> None:
        check_equal(read(written.data), written)

    holds()


@pytest.mark.parametrize("encoding", WORDS)
def test_a_small_table_comes_back_equal_where_its_encoding_is_told(encoding: str) -> None:
    """A few cells show no encoding: a person says it, and all else is guessed."""

    @settings(
        max_examples=battery(4, 500),
        derandomize=True,
        database=None,
        deadline=None,
        phases=PHASES,
        suppress_health_check=QUIET,
    )
    @given(st.sampled_from(SHOWN).flatmap(lambda dialect: written_tables(dialect, encoding, (4, 9))))
    def holds(written: Written) -> None:
        check_equal(read(written.data, reading=guess_reading(written.data, encoding=encoding)), written)

    holds()


@pytest.mark.parametrize("delimiter", [",", ";", "\x1f", "^"])
@pytest.mark.parametrize(
    ("encoding", "cells"),
    [
        ("gb18030", ['我们"工作"很好', "老师，学生", '天气 "很好"', "时间问题"]),
        ("shift_jis", ["今日は'天気'です", "東京と大阪", '"ありがとう"', "日本語の先生"]),
    ],
)
def test_quotes_and_odd_delimiters_do_not_hide_a_script(encoding: str, cells: list[str], delimiter: str) -> None:
    """Where nothing else is said about an East Asian encoding, the one whose everyday characters come out is taken."""
    rows = [f"{cell.replace(delimiter, '')}{delimiter}{n}" for n, cell in enumerate(cells * 5)]
    assert guess_encoding("\n".join(rows).encode(encoding)) in (encoding, "cp932")
