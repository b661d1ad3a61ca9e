"""Files as their owners publish them are read as a careful person reads them: encoding, header, kinds, missing.

`excerpts/` holds what may be shipped; the others are written here in the form of well-known files.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd

from nnlab.data import Table, read, sample_bytes

SAMPLES = Path(__file__).parents[2] / "samples"
N = 120


def kinds(table: Table) -> dict[str, str]:
    return {column.name: column.kind for column in table.columns.columns}


def lines(header: str, rows: list[str], end: str = "\n") -> str:
    return end.join([*([header] if header else []), *rows]) + end


def test_a_monthly_series() -> None:
    """Months without a day are dates, in quotes and with CR LF; every month follows the one before."""
    table = read(SAMPLES / "airline_passengers.csv")
    assert kinds(table) == {"Month": "datetime", "Passengers": "numeric"}
    assert table.frame["Month"].tolist() == pd.date_range("1949-01-01", periods=144, freq="MS").tolist()
    assert table.frame["Passengers"].iloc[[0, -1]].tolist() == [112, 432]


def test_business_days_with_dots_in_names() -> None:
    """Weekends are gaps, not damage; a column of two words beside prices stays a category."""
    days = pd.bdate_range("2015-02-17", periods=N)
    rows = [
        f"{day:%Y-%m-%d},{127 + n / 7:.6f},{63_152_400 + n},{'Up' if n % 3 else 'Down'}" for n, day in enumerate(days)
    ]
    table = read(lines("Date,AAPL.Close,AAPL.Volume,direction", rows).encode())
    assert list(kinds(table).values()) == ["datetime", "numeric", "numeric", "categorical"]
    assert table.frame["Date"].tolist() == days.tolist()


def test_a_census_with_a_blank_before_every_value() -> None:
    """Names and cells are stripped, a question mark is missing, a code for education stays a number."""
    jobs = [" State-gov", " Private", " ?", " Self-emp-inc"]
    rows = [f" Male,{jobs[n % 4]}, Bachelors,{9 + n % 5}, {'<=50K' if n % 3 else '>50K'}" for n in range(N)]
    table = read(lines(" sex, workclass, education,education-num, income", rows).encode())
    assert list(kinds(table)) == ["sex", "workclass", "education", "education-num", "income"]
    assert set(table.frame["workclass"].dropna()) == {"State-gov", "Private", "Self-emp-inc"}
    assert table.frame["workclass"].isna().sum() == N // 4
    assert set(table.frame["income"]) == {"<=50K", ">50K"}


def test_customers_with_blank_charges() -> None:
    """A blank cell among numbers is missing and nothing else; an id names the row; 0 and 1 are yes and no."""
    rows = [
        f"{7590 + n}-VHV{chr(65 + n % 26)},{'Female' if n % 2 else 'Male'},{n % 2},{'Yes' if n % 3 else 'No'},"
        f"{('No internet service', 'Yes', 'No')[n % 3]},{' ' if n % 11 == 0 else f'{29.85 * n:.2f}'}"
        for n in range(1, N)
    ]
    table = read(lines("customerID,gender,SeniorCitizen,Partner,TechSupport,TotalCharges", rows).encode())
    assert list(kinds(table).values()) == ["id", "categorical", "boolean", "boolean", "categorical", "numeric"]
    assert table.columns["customerID"].role == "ignore"
    assert table.frame["TotalCharges"].isna().sum() == 10
    assert table.issues == ()


def test_a_bank_where_unknown_is_an_answer() -> None:
    """`unknown` stays a level, −1 a number, and the name of a month a category; semicolons and CR LF."""
    rows = [
        f'{30 + n % 40};"{("admin.", "unknown", "services")[n % 3]}";{n * 37 % 900 - 200};'
        f'"{("may", "jun", "jul")[n % 3]}";{-1 if n % 4 else n};"{"yes" if n % 8 == 0 else "no"}"'
        for n in range(N)
    ]
    table = read(lines('"age";"job";"balance";"month";"pdays";"y"', rows, "\r\n").encode())
    assert list(kinds(table).values()) == ["numeric", "categorical", "numeric", "categorical", "numeric", "boolean"]
    assert set(table.frame["job"]) == {"admin.", "unknown", "services"}
    assert table.frame["pdays"].min() == -1


def test_news_without_a_header() -> None:
    """The first line is a row; whole numbers of few values say that they may be codes; two columns are text."""
    text = "markets fears union talks pension second team launch date wins grant study company says after"
    words = text.split()
    rows = [
        f'"{1 + n * 7 % 4}","{words[n % 15].title()} {" ".join(words[n % 7 : n % 7 + 6])} {n}",'
        f'"Reuters - {words[n * 3 % 15]} \\$1.5 #36;{n} {" ".join(words[n % 5 : n % 5 + 8])}"'
        for n in range(N)
    ]
    table = read(lines("", rows).encode())
    assert table.reading.header_line is None
    assert (table.n_rows, list(kinds(table).values())) == (N, ["numeric", "text", "text"])
    assert "4 different whole ones, which may be codes" in table.columns["column_1"].reason


def test_messages_that_are_not_utf_8_beside_unnamed_columns() -> None:
    """Pounds and curly quotes of Windows; three columns without a name, nearly empty."""
    rows = [
        f'{"ham" if n % 6 else "spam"},"Win £{n * 50} now… call {"‘free’" if n % 2 else "us"} {n} before noon, ok?",,,'
        for n in range(N)
    ]
    rows[40] = 'ham,"It is said that he\'s late"," but I doubt it"," really",'
    table = read(lines("v1,v2,,,", rows, "\r\n").encode("cp1252"))
    assert (table.reading.encoding, table.reading.header_line) == ("cp1252", 1)
    assert list(kinds(table).items())[:3] == [("v1", "categorical"), ("v2", "text"), ("column_3", "categorical")]
    assert list(kinds(table)) == ["v1", "v2", "column_3", "column_4", "column_5"]
    assert table.frame["v2"].iloc[1] == "Win £50 now… call ‘free’ 1 before noon, ok?"
    assert kinds(table)["column_5"] == "constant"


def test_pixels_with_an_index_that_has_no_name() -> None:
    """The first column counts the rows; a border that is always black is left out; pixels are numbers."""
    rows = [f"{n},0,{n * 7 % 256},{n * 31 % 256},{4 if n % 2 else 9}" for n in range(N)]
    table = read(lines(",x0,x1,x2,target", rows).encode())
    assert list(kinds(table).values()) == ["id", "constant", "numeric", "numeric", "numeric"]


def test_wine_with_semicolons_and_quoted_names() -> None:
    """Names with blanks, numbers with and without a point, a grade that may be a code."""
    rows = [f"{7 + n % 10 / 10:g};0.{20 + n % 30};{n % 15};{3 + n % 6}" for n in range(N)]
    table = read(lines('"fixed acidity";"citric acid";"free sulfur dioxide";"quality"', rows).encode())
    assert list(kinds(table).values()) == ["numeric"] * 4
    assert "6 different whole ones" in table.columns["quality"].reason


def test_passengers_penguins_and_what_is_missing() -> None:
    """As the owners' pages count them: ages, cabins and ports; two birds without measures, eleven without a sex."""
    titanic, penguins = read(sample_bytes("titanic")), read(sample_bytes("penguins"))
    assert titanic.frame[["Age", "Cabin", "Embarked"]].isna().sum().tolist() == [177, 687, 2]
    assert [kinds(titanic)[name] for name in ("PassengerId", "Pclass", "Name", "Fare")] == [
        "id", "categorical", "text", "numeric",
    ]  # fmt: skip
    assert penguins.frame.isna().sum().tolist()[2:] == [2, 2, 2, 2, 11]


def test_exports_of_shops_and_sensors() -> None:
    """Several forms of time in one file, codes beside amounts, answers in German."""
    start = datetime.datetime(2023, 3, 1, tzinfo=datetime.UTC)
    rows = []
    for n in range(N):
        now = start + datetime.timedelta(hours=13 * n)
        rows.append(
            f"{now.timestamp():.0f};{now:%d.%m.%Y %H:%M};{now:%Y%m%d};{10115 + n * 97};{n * 3.7:.2f} €;"
            f"{'ja' if n % 3 else 'nein'}"
        )
    table = read(lines("ts;Zeit;Date;PLZ;Umsatz;Kunde", rows).encode())
    assert list(kinds(table).values()) == ["datetime", "datetime", "datetime", "id", "numeric", "boolean"]
    assert table.frame["ts"].iloc[-1] == (start + datetime.timedelta(hours=13 * (N - 1))).replace(tzinfo=None)
    assert table.frame["Date"].iloc[0] == pd.Timestamp(2023, 3, 1)
