"""Columns that are cut as numbers at once come out as they would have from their text, whatever stands further down."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from nnlab.data import Table, compiled, read
from nnlab.data.cutting import all_cut
from nnlab.data.packing import unpacked
from nnlab.limits import limits
from tests.batteries import battery

N_ROWS = 400
ODD = (
    "", "NA", "?", "-", "n/a", " NA", "  ", "abc", "nan", "NAN", "-nan", "inf", "-Infinity", "1e400", "1e5", "1E-3",
    "007", "+4,5", "+491234567890", " 5", "5 ", "5,", ".5", ",5", "1.234,5", "1,234.5", "1 234,5",
    "12345678901234567890", "123456789,5", "3 %", "(5)", "−3", "0x1F", "1_0", "٣", "$4", '"4,5"', '""', "true",
    "2020-01-01", "a", "b",
)  # fmt: skip


def file_of(cells: list[str]) -> bytes:
    """Three columns under the header `a;b;c`: the cells, whole numbers, words."""
    rows = (f"{cell};{n};word {n % 7}" for n, cell in enumerate(cells))
    return ("a;b;c\n" + "\n".join(rows) + "\n").encode()


def both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Table, Table]:
    """The table with numbers cut at once, and as text."""
    monkeypatch.setattr(compiled, "LEAST_ROWS", 60)
    at_once = read(data, "t.csv")
    monkeypatch.setattr(compiled, "LEAST_ROWS", 1_000_000)
    return at_once, read(data, "t.csv")


def assert_same(one: Table, other: Table) -> None:
    assert one.columns == other.columns
    assert one.issues == other.issues
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)


def n_at_once(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(compiled, "LEAST_ROWS", 60)
    return len(all_cut(unpacked(data, 10**9), "t.csv", None, limits(), may_type=True).text.numbers)


@pytest.mark.parametrize("mark", [".", ","])
def test_plain_decimals_are_cut_at_once(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing cells and exponents among them as well; whole numbers and words are not."""
    rng = random.Random(1)
    cells = [rng.choice(["", "NA", f"{rng.uniform(-99, 99):.2f}", f"{rng.random():.4f}"]) for _ in range(N_ROWS)]
    cells[300] = "1.5e3"
    data = file_of([cell.replace(".", mark) for cell in cells])
    assert n_at_once(data, monkeypatch) == 1
    assert_same(*both_ways(data, monkeypatch))


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_cell_far_below_changes_nothing(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs another cut, or is a number after all."""
    rng = random.Random(2)
    cells = [f"{rng.uniform(-99, 99):.2f}".replace(".", ",") for _ in range(N_ROWS)]
    cells[333] = odd
    assert_same(*both_ways(file_of(cells), monkeypatch))


def test_columns_of_many_forms_come_out_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rows of one form, the others of another: whole ones, one value, thousands, codes, moments."""
    forms = (
        lambda rng: f"{rng.uniform(-9, 9):.2f}", lambda rng: f"{rng.randrange(9)}.0", lambda rng: "0.5",
        lambda rng: f"{rng.randrange(1, 999)}.{rng.randrange(1000):03d}", lambda rng: str(rng.randrange(2)),
        lambda rng: f"{1_600_000_000 + rng.randrange(9**8)}.5", lambda rng: f"+{rng.randrange(10**9, 10**10)}",
        lambda rng: f"0{rng.randrange(99)}", lambda rng: rng.choice(["NA", "", "1.25"]),
        lambda rng: rng.choice(ODD[:18]),
    )  # fmt: skip
    rng = random.Random(3)
    for _ in range(battery(40, 400)):
        first, rest = rng.choice(forms), rng.choice(forms)
        n_first = rng.choice([50, 55, 200])
        cells = [(first if n < n_first else rest)(rng) for n in range(N_ROWS)]
        mark = rng.choice(".,")
        assert_same(*both_ways(file_of([cell.replace(".", mark) for cell in cells]), monkeypatch))


@pytest.mark.parametrize("line", ["a;b;c", ";;", "1,5;2", "1,5;2;3;4", '1,5;2;"x\ny"', "NA;NA;NA", '1,5;2;"x'])
def test_lines_that_are_no_rows_are_found_beside_numbers(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The header again, empty rows, rows of another width, cells over two lines."""
    cells = [f"{n},{n % 97:02d}" for n in range(N_ROWS)]
    lines = file_of(cells).decode().split("\n")
    lines.insert(300, line)
    assert_same(*both_ways("\n".join(lines).encode(), monkeypatch))


def test_a_mark_that_the_first_rows_do_not_show_costs_no_second_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found in a piece of the file: the rows are cut once, the column comes as text."""
    cells = ["-" if n % 60 == 59 else f"{n}.{n % 97:02d}" for n in range(50_000)]
    data = file_of(cells)
    sizes: list[int] = []
    cut = compiled._cut
    monkeypatch.setattr(compiled, "_cut", lambda body, *rest: (sizes.append(len(body)), cut(body, *rest))[1])
    assert len(data) > 2 * compiled._HEAD
    assert n_at_once(data, monkeypatch) == 0
    assert sum(size > compiled._HEAD for size in sizes) == 1
