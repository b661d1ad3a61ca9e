"""Digits that are moments; the oracle is Python's own datetime, and pandas for the days of spreadsheets."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from nnlab.data import read
from nnlab.data.kinds import as_kind

DAYS = [datetime.datetime(2019, 11, 3, tzinfo=datetime.UTC) + datetime.timedelta(days=17 * n) for n in range(30)]
NAIVE = [day.replace(tzinfo=None) for day in DAYS]


def table_of(name: str, cells: list[object]) -> pd.DataFrame:
    return read("".join([f"{name};n\n", *(f"{cell};{place}.5\n" for place, cell in enumerate(cells))]).encode())


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("timestamp", [int(day.timestamp()) for day in DAYS]),
        ("created_at", [f"{day.timestamp():.0f}000" for day in DAYS]),
        ("Order Date", [(day.date() - datetime.date(1899, 12, 30)).days for day in DAYS]),
        ("date", [f"{day:%Y%m%d}" for day in DAYS]),
        ("updateTime", [f"{day.timestamp():.1f}" for day in DAYS]),
    ],
)
def test_digits_under_a_name_that_speaks_of_time_are_dates(name: str, cells: list[object]) -> None:
    """Seconds and milliseconds since 1970, days as spreadsheets count them, YYYYMMDD; missing stays missing."""
    table = table_of(name, [*cells, "NA"])
    column = table.columns[name]
    assert (column.kind, column.reason[:13]) == ("datetime", "Dates written")
    assert table.frame[name].tolist()[:-1] == NAIVE
    assert table.frame[name].isna().tolist()[-1]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("views", [int(day.timestamp()) for day in DAYS]),
        ("time", [10_000 + 7 * place for place in range(30)]),
        ("time", [f"{43_000 + place}" for place in range(30)]),
        ("population", [f"{43_000 + place}" for place in range(30)]),
        ("date", [f"{43_000 + place}" for place in range(9)]),
        ("year", [1990 + place for place in range(30)]),
        ("date", [20201300 + place for place in range(30)]),
    ],
)
def test_other_digits_stay_numbers(name: str, cells: list[object]) -> None:
    """Without such a name, out of the range, in a few rows only, or no day of the calendar."""
    assert table_of(name, cells).columns[name].kind == "numeric"


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["1577836800", "1577840400"], "2020-01-01"),
        (["43831", "43832", "oops"], "2020-01-01"),
        (["20200131"], "2020-01-31"),
        (["2020", "2021"], "2020-01-01"),
    ],
)
def test_a_person_may_say_that_digits_are_dates(cells: list[str], first: str) -> None:
    """Whatever the name is, and in one row alone; a cell that is none counts as missing."""
    dates, n_lost = as_kind(pd.Series(cells, dtype="str", name="x"), "datetime")
    assert str(dates.iloc[0].date()) == first
    assert n_lost == cells.count("oops")
    numbers = pd.Series([float(cell) for cell in cells if cell != "oops"], name="x")
    assert as_kind(numbers, "datetime")[0].tolist() == dates.dropna().tolist()


@pytest.mark.parametrize(
    ("form", "words"), [("%Y-%m", "YYYY-MM"), ("%m/%Y", "MM/YYYY"), ("%b %Y", "Mon YYYY"), ("%d.%m.%y", "DD.MM.YY")]
)
def test_months_and_short_years_are_dates(form: str, words: str) -> None:
    """A month is its first day."""
    table = table_of("m", [day.strftime(form) for day in DAYS])
    assert table.columns["m"].reason == f"Dates written {words}."
    assert table.frame["m"].tolist() == [datetime.datetime.strptime(day.strftime(form), form) for day in DAYS]


def test_seasons_and_versions_are_no_dates() -> None:
    """1998-99 is no month, and 1.2.10 beside 1.0.2 no day."""
    assert table_of("season", [f"{1990 + n}-{91 + n}" for n in range(9)]).columns["season"].kind == "categorical"
    assert table_of("version", [f"{n // 4}.{n % 4}.{n:02d}" for n in range(30)]).columns["version"].kind != "datetime"


def test_times_of_a_zone_are_turned_into_utc_and_told() -> None:
    """Several offsets in one column meet in one clock."""
    table = table_of("t", [f"2020-01-{1 + n:02d}T10:00:00+0{n % 2 + 1}:00" for n in range(20)])
    assert "turned into UTC" in table.columns["t"].reason
    assert [stamp.hour for stamp in table.frame["t"]] == [9, 8] * 10


def test_digits_can_be_kept_numbers_and_words_that_end_in_date_are_none() -> None:
    """A person overrules it by the reading; a candidate is no date."""
    rows = "".join(f"{20230101 + n % 28},{30000 + n},k{n}\n" for n in range(40))
    table = read(f"order_date,candidate,key\n{rows}".encode(), name="x.csv")
    assert [column.kind for column in table.columns.columns][:2] == ["datetime", "numeric"]
    again = read(f"order_date,candidate,key\n{rows}".encode(), reading=table.reading.having(digits="numbers"))
    assert again.columns["order_date"].kind == "numeric"
    assert again.frame["order_date"].iloc[0] == 20230101
