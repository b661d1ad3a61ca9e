"""The quick way to numbers gives what the regular expressions give, cell by cell; Python's `float` is the oracle."""

from __future__ import annotations

import math
import random
import re

import pyarrow as pa
import pytest

from nnlab.data import numbers
from nnlab.data.numbers import PLAIN, Style, parse_numbers
from nnlab.data.reading import MISSING, MISSING_AMONG_VALUES
from tests.batteries import battery

ODD = [
    "nan", "NAN", "nan(1)", "-nan", "+nan", "inf", "-Infinity", "infin", "1e", "1e5", "1,e5", ",5", "5,", "+1,5", "+-1",
    "--1", " 1,5", "1,5 ", "1.5", "1,2,3", "1.234,5", "0x10", "1_0", "１", "", "-", ".", "n.a.", "unknown", "1e400",
    "#DIV/0!",
]  # fmt: skip
NOTHING = MISSING + MISSING_AMONG_VALUES


def wanted(cell: str | None, style: Style) -> float | None:
    """The number in a cell; None for what is neither a number nor one of the marks."""
    plain = (cell or "").strip()
    if re.match(style.pattern, plain, re.ASCII):
        value = float(plain.replace(",", "."))
        return math.nan if math.isinf(value) else value
    return math.nan if cell is None or plain in NOTHING else None


@pytest.mark.parametrize("style", [PLAIN, Style(",")])
@pytest.mark.parametrize("seed", range(battery(40, 600)))
def test_a_column_with_odd_cells_reads_as_its_pattern_says(style: Style, seed: int) -> None:
    """A few odd cells among numbers, in several chunks: each value, and each cell that is no number."""
    rng = random.Random(seed)
    odd = rng.sample(ODD, rng.randint(0, 2)) + [None, "-"][: rng.randint(0, 2)]
    if style == PLAIN and any(cell and "nan" in cell.lower() for cell in odd):
        return  # arrow's own parser takes NaN in any spelling, which is no number either
    cells = [*(f"{rng.uniform(-999, 999):.3f}".replace(".", style.decimal) for _ in range(30)), *odd]
    rng.shuffle(cells)
    text = pa.chunked_array([pa.array(part, pa.large_string()) for part in (cells[:9], cells[9:])])
    found = parse_numbers(text, style, NOTHING)
    values = [wanted(cell, style) for cell in cells]
    assert found.failed.tolist() == [place for place, value in enumerate(values) if value is None]
    assert str(found.values.tolist()) == str([math.nan if value is None else value for value in values])
    assert len(found.too_large) == sum(cell in ("inf", "-Infinity", "1e400") for cell in cells)


def test_plain_decimal_commas_need_no_regular_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks among them neither; a point does, for it would separate thousands."""
    asked: list[str] = []
    bare = numbers._bare_array
    monkeypatch.setattr(numbers, "_bare_array", lambda text, style: asked.append("bare") or bare(text, style))
    text = pa.chunked_array([pa.array(["1,5", "-", None, "n.a.", "-2,25"], pa.large_string())])
    assert str(parse_numbers(text, Style(","), NOTHING).values.tolist()) == "[1.5, nan, nan, nan, -2.25]"
    assert asked == []
    text = pa.chunked_array([pa.array(["1,5", "1.500"], pa.large_string())])
    assert parse_numbers(text, Style(","), NOTHING).failed.tolist() == [1]
    assert asked == ["bare"]


def test_a_mark_that_is_a_number_stays_one() -> None:
    """Who names -999 among the marks of values still gets it where the column's style reads it as a number."""
    text = pa.chunked_array([pa.array(["1,5", "-999", "-"], pa.large_string())])
    assert parse_numbers(text, Style(","), ("-999", "-")).values.tolist()[:2] == [1.5, -999.0]
