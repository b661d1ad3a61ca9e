"""NA among codes is a level to some and nothing to others: it is told, never lost silently."""

from __future__ import annotations

import pytest

from nnlab.data import Reading, read

CODES = ["EU", "NA", "AS", "SA", "AF", "", "OC"]


def file_of(cells: list[str], extra: str = "") -> bytes:
    return ("region,n\n" + "".join(f"{cell},{n / 7:.3f}\n" for n, cell in enumerate(cells * 5)) + extra).encode()


@pytest.mark.parametrize("extra", ["", ",,\n"], ids=["compiled", "watched"])
def test_cells_with_na_among_codes_are_told(extra: str) -> None:
    """They count as missing until a person takes NA out of the markers."""
    table = read(file_of(CODES, extra))
    assert table.frame["region"].isna().sum() == 10
    assert "if NA is one of these codes" in table.columns["region"].reason
    kept = read(file_of(CODES, extra), reading=table.reading.having(missing=("",)))
    assert kept.frame["region"].isna().sum() == 5
    assert set(kept.frame["region"].dropna()) == {"EU", "NA", "AS", "SA", "AF", "OC"}
    assert "missing" not in kept.columns["region"].reason


@pytest.mark.parametrize(
    "cells",
    [["red", "NA", "blue"], ["EU", "", "AS"], ["EU", "NAM", "AS", ""], ["1.5", "NA", "2.5"], ["yes", "NA", "no"]],
)
def test_elsewhere_na_is_nothing_and_nothing_is_said(cells: list[str]) -> None:
    """Words, numbers, yes and no; codes without any NA."""
    assert "NA" not in read(file_of(cells)).columns["region"].reason


def test_rows_to_predict_ask_nothing() -> None:
    """Where the kinds are known, no guess has a doubt."""
    columns = read(file_of(CODES), reading=Reading(missing=("",))).columns
    assert read(file_of(CODES), columns=columns).columns["region"].reason == ""
