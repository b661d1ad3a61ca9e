"""Numbers read at once are those of the closer look: whatever stands far down in a file, the table is the same."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from nnlab.data import compiled, direct, read
from nnlab.data.direct import Clear, read_numbers

N_ROWS = 8_000
FAR = 6_123  # a row that no piece that is looked at holds


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The places of the columns that were read at once; small files count as large."""
    found: list[int] = []

    def spied(*given: object) -> dict[int, object]:
        numbers = read_numbers(*given)  # type: ignore[arg-type]
        found.extend(numbers)
        return numbers

    monkeypatch.setattr(direct, "LEAST_BYTES", 50_000)
    monkeypatch.setattr(direct, "PIECE", 1_000)
    monkeypatch.setattr(compiled, "read_numbers", spied)
    return found


def body(cell: str = "", mark: str = ".") -> bytes:
    """A file of two columns of decimals and one of words, with one odd cell far down."""
    random = np.random.default_rng(0)
    values = [f"{value:.3f}".replace(".", mark) for value in random.normal(0, 30, N_ROWS)]
    values[FAR] = cell or values[FAR]
    rows = (f"{value};0{mark}{n % 97:02};w{n % 7}" for n, value in enumerate(values))
    return ("a;b;c\n" + "\n".join(rows) + "\n").encode()


@pytest.mark.parametrize("mark", [".", ","])
def test_they_are_what_pandas_reads(mark: str, taken: list[int]) -> None:
    """Bit for bit, with missing cells."""
    data = body("NA", mark)
    table = read(data, name="x.csv")
    assert taken == [0, 1]
    theirs = pd.read_csv(io.BytesIO(data), sep=";", decimal=mark)
    for name in "ab":
        assert np.array_equal(table.frame[name].to_numpy(), theirs[name].to_numpy(), equal_nan=True)
    assert table.columns["a"].reason == ("Numbers (decimal comma)." if mark == "," else "Numbers.")


@pytest.mark.parametrize(
    "cell", ["-", "+4.5", "007", "NAN", "inf", "1e400", "1e20", " 2.5 ", "1,234.5", "many", '"3.5"', "0x1p3", "1_000.5"]
)
def test_an_odd_cell_far_down_is_read_as_by_the_closer_look(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markers, signs, codes, infinities, blanks, text: values, kinds, reasons and issues alike."""
    data = body(cell)
    ours = read(data, name="x.csv")
    monkeypatch.setattr(compiled, "clear_columns", lambda rows, plan: Clear((), ""))
    closer = read(data, name="x.csv")
    assert ours.frame.equals(closer.frame)
    assert ours.columns == closer.columns
    assert ours.issues == closer.issues


@pytest.mark.parametrize("values", [["5"] * N_ROWS, ["1.5"] * N_ROWS, [f"{n}.0" for n in range(N_ROWS)]])
def test_whole_and_constant_columns_are_left_to_the_closer_look(
    values: list[str], monkeypatch: pytest.MonkeyPatch, taken: list[int]
) -> None:
    """They may be codes, identifiers or nothing to learn from."""
    data = ("a;b\n" + "\n".join(f"{value};{n % 89}.25 and words" for n, value in enumerate(values)) + "\n").encode()
    ours = read(data, name="x.csv")
    assert not taken
    monkeypatch.setattr(compiled, "clear_columns", lambda rows, plan: Clear((), ""))
    assert ours.columns == read(data, name="x.csv").columns
