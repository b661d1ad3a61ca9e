"""CSV that a spreadsheet may open: text is kept text, numbers stay numbers; pandas reads back what was meant."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from nnlab.data.csv_out import csv_bytes


def texts(*cells: str | None) -> pd.DataFrame:
    return pd.DataFrame({"text": pd.array(cells, dtype="str")})


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        '=HYPERLINK("x")',
        "-",
        "=-1",
        "\n=1",
        "＝1+1",
        "＠x",
    ],
)
def test_a_formula_is_kept_text(cell: str) -> None:
    """An apostrophe stands before it, as OWASP advises, and the rest is as it was."""
    found = pd.read_csv(io.BytesIO(csv_bytes(texts(cell, "plain"))), dtype=str, lineterminator="\n")
    assert list(found["text"]) == ["'" + cell, "plain"]


@pytest.mark.parametrize("cell", ["-5", "+1.5", "-1e-3", "-.5", "-1,5", "plain", "a=b", "", "'=1", "−5", "－５"])
def test_text_that_is_no_formula_stays_as_it_is(cell: str) -> None:
    """Negative numbers above all."""
    found = pd.read_csv(io.BytesIO(csv_bytes(texts(cell, "x"))), dtype=str, keep_default_na=False)
    assert list(found["text"]) == [cell, "x"]


def test_numbers_and_dates_come_back_equal() -> None:
    """Floats, whole numbers, dates; what is missing stays missing."""
    values = np.random.default_rng(0).normal(size=200) * 10.0 ** np.random.default_rng(1).integers(-12, 12, 200)
    frame = pd.DataFrame(
        {
            "float": values,
            "whole": pd.array([*range(-100, 99), None], dtype="Int64"),
            "when": pd.date_range("2024-01-31", periods=200, freq="7h"),
            "yes": np.arange(200) % 2 == 0,
        }
    )
    found = pd.read_csv(io.BytesIO(csv_bytes(frame)), parse_dates=["when"])
    np.testing.assert_allclose(found["float"], values, rtol=1e-15)
    assert list(found["whole"].dropna()) == list(range(-100, 99))
    assert (found["when"] == frame["when"]).all()
    assert found["yes"].dtype == bool


def test_names_quotes_and_line_ends_survive() -> None:
    """A name that is a formula is kept text as well; cells hold commas, quotes, newlines and returns."""
    frame = pd.DataFrame(
        [["a,b", 'say "x"', "two\nlines", "re\rturn", "Ünïcødé ❄"]], columns=["=x", "a", "b", "c", "-d"]
    )
    found = pd.read_csv(io.BytesIO(csv_bytes(frame)), dtype=str)
    assert list(found.columns) == ["'=x", "a", "b", "c", "'-d"]
    assert list(found.iloc[0]) == list(frame.iloc[0])


def test_the_index_is_left_out_and_the_frame_unchanged() -> None:
    """A frame of no rows is its header; the caller's frame stays as it was."""
    frame = texts("=1")
    assert csv_bytes(frame) == b"text\n'=1\n"
    assert frame["text"][0] == "=1"
    assert csv_bytes(frame.iloc[:0]) == b"text\n"


def test_levels_and_equal_names_are_kept_text_too() -> None:
    """Categories of pandas, and two columns of one name."""
    frame = pd.concat([pd.Series(["=1", "b"], dtype="category", name="x"), pd.Series(["c", "@d"], name="x")], axis=1)
    assert csv_bytes(frame) == b"x,x\n'=1,c\nb,'@d\n"
