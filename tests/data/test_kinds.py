"""Kinds, roles and reasons; numbers and dates in the ways that people write them."""

from __future__ import annotations

import datetime
import math

import pandas as pd
import pytest

from nnlab.data import Column, Columns, read, typed
from nnlab.data.kinds import as_kind, guess_columns


def column_of(*cells: str, name: str = "v", other: str = "k") -> tuple[Column, pd.Series]:
    """The column that some cells become, beside a second one, in a file with semicolons."""
    rows = "".join(f'"{cell}";{other}{i}\n' for i, cell in enumerate(cells))
    table = read(f"{name};other\n{rows}".encode())
    return table.columns[name], table.frame[name]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2.5", "-3e2", "+4", ".5", "6."], [1, 2.5, -300, 4, 0.5, 6]),
        (["1,5", "2,75", "10,0"], [1.5, 2.75, 10]),
        (["1.234,5", "12", "-1.000.000,25"], [1234.5, 12, -1000000.25]),
        (["12,34,567", "1,00,000", "99,999"], [1234567, 100000, 99999]),
        (["100,000.00", "50", "9999999.20"], [100000, 50, 9999999.2]),
        (["1\u00a0234,56", "12\u202f345,60", "7,00"], [1234.56, 12345.6, 7]),
        (["1 234", "56", "7 890 123"], [1234, 56, 7890123]),
        (["$12.50", "$1,200.00", "($30.00)", "-$5.25"], [12.5, 1200, -30, -5.25]),
        (["12,50 €", "1.200,00 €", "-30,00 €"], [12.5, 1200, -30]),
        (["22.69%", "14.1 %", "0%"], [22.69, 14.1, 0]),
        (["−1.5", "2.5", "–3.5"], [-1.5, 2.5, -3.5]),
        (["１２．５", "３４", "５"], [12.5, 34, 5]),
        ([" 1", "2 ", " 3.5 "], [1, 2, 3.5]),
        (["0,125", "0,250", "0,5"], [0.125, 0.25, 0.5]),
    ],
)
def test_numbers_are_read_as_they_are_meant(cells: list[str], values: list[float]) -> None:
    """Marks, currencies, brackets and other minus signs, each column in its own style."""
    column, series = column_of(*cells)
    assert (column.kind, series.dtype) == ("numeric", "float64")
    assert series.tolist() == values


@pytest.mark.parametrize(
    "cells",
    [
        ["02134", "00501", "90210"],
        ["9007199254740993", "9007199254740995", "9007199254740997"],
        ["+318855443322", "+552244331122", "+12233445567"],
        ["1", "two", "3.0", "TRUE", "2020-01-01"],
        ["1.2.3", "4.5.6", "7.8.9"],
        ["2021-02-29", "2020-02-29", "0000-00-00"],
        ["13/02/2020", "02/13/2020", "x"],
    ],
)
def test_what_is_no_number_and_no_date_keeps_its_text(cells: list[str]) -> None:
    """Leading zeros, digits beyond 15, telephone numbers, mixtures and impossible dates stay letter by letter."""
    column, series = column_of(*cells)
    assert column.kind in ("categorical", "id", "text")
    assert series.dtype == "str"
    assert series.tolist() == cells


@pytest.mark.parametrize("cell", ["n/a", "NA", "NULL", "None", "", "-", ".", "unknown", "#DIV/0!", "?"])
def test_missing_markers_do_not_spoil_a_column_of_numbers(cell: str) -> None:
    """Each stands for nothing among numbers."""
    column, series = column_of("1.5", cell, "2.5", "3.5")
    assert column.kind == "numeric"
    assert series.isna().tolist() == [False, True, False, False]


def test_weak_markers_are_levels_among_texts() -> None:
    """`unknown` and `-` say something in a column of words; NA and blanks do not."""
    _, series = column_of("red", "unknown", "-", "NA", "", " ")
    assert series.tolist()[:3] == ["red", "unknown", "-"]
    assert series.isna().sum() == 3


def test_one_text_among_many_numbers_counts_as_missing_and_is_told() -> None:
    """Once in 40 000 rows: the column stays numeric, the issue names line and text."""
    rows = "".join(f"{i}.5,{i % 7}\n" for i in range(40_000))
    table = read(f"v,w\n{rows}oops,3\n".encode())
    assert table.columns["v"].kind == "numeric"
    assert math.isnan(table.frame["v"].iloc[-1])
    assert [(issue.line, issue.column, issue.text) for issue in table.issues] == [(40_002, "v", "oops")]
    assert "1 cell is none and counts" in table.columns["v"].reason


def test_infinities_and_numbers_too_large_are_told_and_missing() -> None:
    """inf and 1e400 cannot be learnt from; 1e308 can be held."""
    column, series = column_of("1", "inf", "1e400", "-inf", "1e308")
    table = read(b"v,w\n1,2\ninf,3\n1e400,4\n1e308,5\n")
    assert column.kind == "numeric"
    assert series.isna().sum() == 3
    assert [issue.line for issue in table.issues] == [3, 4]
    assert table.frame["v"].iloc[-1] == 1e308


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2020-01-31", "2021-12-01"], (2020, 1, 31)),
        (["13/02/2020", "01/03/2020", "31/12/2020"], (2020, 2, 13)),
        (["01/03/2020", "02/13/2020"], (2020, 1, 3)),
        (["09.07.2013", "10.07.2013"], (2013, 7, 9)),
        (["2020-01-31T10:11:12Z", "2020-02-01T00:00:00Z"], (2020, 1, 31)),
        (["01-01-2000 12:12:00 AM", "12-13-2004 03:16:00 PM"], (2000, 1, 1)),
        (["7 Mar 2020", "14 Apr 2021"], (2020, 3, 7)),
    ],
)
def test_dates_are_read_in_the_order_that_the_whole_column_proves(
    cells: list[str], first: tuple[int, int, int]
) -> None:
    """ISO, day first, month first, with times; Python's datetime is the oracle."""
    column, series = column_of(*cells)
    assert column.kind == "datetime"
    assert series.dt.date.iloc[0] == datetime.date(*first)


def test_the_last_row_alone_may_prove_the_order() -> None:
    """30 000 ambiguous dates, then 25/12."""
    rows = "".join(f"{i},{1 + i % 9:02d}/{1 + i % 7:02d}/2020\n" for i in range(30_000))
    table = read(f"id,d\n{rows}30000,25/12/2020\n".encode())
    assert table.frame["d"].iloc[1] == pd.Timestamp(2020, 2, 2)
    assert table.frame["d"].iloc[8] == pd.Timestamp(2020, 2, 9)
    assert "other way round" not in table.columns["d"].reason


def test_dates_that_prove_no_order_say_so() -> None:
    """The reason tells that day and month could be swapped."""
    assert "other way round" in column_of("01/02/2020", "03/04/2020")[0].reason


@pytest.mark.parametrize(
    ("name", "cells", "kind", "role"),
    [
        ("survived", ["0", "1", "1"], "boolean", "feature"),
        ("ok", ["yes", "No", "maybe"], "categorical", "feature"),
        ("ok", ["yes", "no", "yes"], "boolean", "feature"),
        ("ok", ["TRUE", "FALSE", "TRUE"], "boolean", "feature"),
        ("pclass", ["1", "3", "2"], "categorical", "feature"),
        ("siblings", ["1", "3", "2"], "numeric", "feature"),
        ("x1", ["1", "2", "3"], "numeric", "feature"),
        ("PassengerId", ["1", "2", "3"], "id", "ignore"),
        ("user_id", ["17", "3", "99"], "id", "ignore"),
        ("same", ["5", "5", "5"], "constant", "ignore"),
        ("same", ["a", "a", "a"], "constant", "ignore"),
        ("empty", ["", "NA", ""], "constant", "ignore"),
        ("colour", ["red", "green", "red"], "categorical", "feature"),
        ("code", [f"K{i:03d}-X" for i in range(50)], "id", "ignore"),
        ("cabin", [f"C{i // 2}" for i in range(60)], "categorical", "feature"),
        ("cabin", [f"C{i * 3 // 4}" for i in range(60)], "categorical", "ignore"),
        ("note", [f"this is the long note number {i}" for i in range(50)], "text", "feature"),
    ],
)
def test_kind_and_role_follow_from_the_cells(name: str, cells: list[str], kind: str, role: str) -> None:
    """Each guess comes with a reason of a sentence."""
    column, _ = column_of(*cells, name=name)
    assert (column.kind, column.role) == (kind, role)
    assert column.reason.endswith(".")
    assert column.reason[0].isupper() or column.reason[0].isdigit()


def test_twenty_thousand_levels_are_left_out() -> None:
    """Too many to learn from, however many rows there are."""
    rows = "".join(f"level {i % 20_000},{i}\n" for i in range(60_000))
    column = read(f"cat,n\n{rows}".encode()).columns["cat"]
    assert (column.kind, column.role) == ("categorical", "ignore")


def test_a_column_without_a_name_that_counts_the_rows_is_an_id() -> None:
    """What pandas writes as its index is no feature."""
    assert read(b",x\n0,1.5\n1,2.5\n2,2.7\n").columns["column_1"].kind == "id"


def test_a_chosen_kind_converts_and_counts_what_is_lost() -> None:
    """Text to numbers and dates and back; cells that cannot be are missing."""
    text = pd.Series(["1", "x", None, "2.5"], dtype="str", name="v")
    numbers, n_lost = as_kind(text, "numeric")
    assert n_lost == 1
    assert numbers.tolist()[::3] == [1, 2.5]
    words, n_lost = as_kind(pd.Series([1.0, float("nan"), 2.5], name="v"), "categorical")
    assert n_lost == 0
    assert words.tolist()[::2] == ["1", "2.5"]
    days, n_lost = as_kind(pd.Series(["2020-01-01", "never"], dtype="str", name="d"), "datetime")
    assert n_lost == 1
    assert days.iloc[0] == pd.Timestamp(2020, 1, 1)
    assert as_kind(days, "text")[0].iloc[0] == "2020-01-01"


def test_a_frame_follows_the_kinds_that_were_chosen() -> None:
    """`typed` gives each column the dtype of its kind, and leaves a frame that has them as it is."""
    table = read(b"pclass,n\n1,5\n2,6\n3,7\n")
    changed = table.columns.changed("pclass", kind="numeric").changed("n", kind="categorical")
    frame = typed(table.frame, changed)
    assert [str(dtype) for dtype in frame.dtypes] == ["float64", "str"]
    assert frame["n"].tolist() == ["5", "6", "7"]
    assert typed(table.frame, table.columns).equals(table.frame)


def test_rows_to_predict_take_the_kinds_of_the_table() -> None:
    """One row guesses nothing: the file's own text goes straight to the kind that is known."""
    columns = Columns(columns=(Column(name="zip", kind="categorical"), Column(name="n", kind="numeric")))
    frame = read(b"zip,n\n1.0,7\n", columns=columns).frame
    assert frame["zip"].tolist() == ["1.0"]
    assert frame["n"].dtype == "float64"


def test_columns_can_be_guessed_from_a_frame_of_text() -> None:
    """The same guesses as from a file."""
    frame = pd.DataFrame({"a": ["1", "2"], "b": ["x", "y"]}, dtype="str")
    assert [column.kind for column in guess_columns(frame).columns] == ["numeric", "categorical"]


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Y", "N"),
        ("ja", "nein"),
        ("Oui", "Non"),
        ("VRAI", "FAUX"),
        ("sí", "no"),
        ("да", "нет"),
        ("是", "否"),
        (" T ", "f"),
    ],
)
def test_yes_and_no_in_many_languages(yes: str, no: str) -> None:
    """In any case, with blanks around; the text stays as it is in the file."""
    column, series = column_of(yes, no, no, yes)
    assert column.kind == "boolean"
    assert series.tolist() == [yes.strip(), no.strip(), no.strip(), yes.strip()]


@pytest.mark.parametrize(
    "line",
    [
        "今天天气很好我们一起去学校学习{}",
        "今日は天気がよいので学校へ行きました{}",
        "วันนี้อากาศดีมากเราไปโรงเรียน{}",
        "five plain words of text {}",
    ],
)
def test_sentences_without_blanks_are_text(line: str) -> None:
    """Chinese, Japanese and Thai put no blanks between words: neither names nor categories."""
    assert column_of(*(line.format(chr(0x5B57 + place) * 2) for place in range(30)))[0].kind == "text"
    assert column_of(*(f"{'王李张'[place % 3]}伟" for place in range(30)))[0].kind == "categorical"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("zip", ["10115", "80331", "20095"]),
        ("Postal Code", ["1010", "9020", "4020"]),
        ("product_code", ["1e5", "2044", "3081"]),
        ("partNo", ["12", "3E7", "15"]),
    ],
)
def test_digits_that_only_name_something_keep_their_text(name: str, cells: list[str]) -> None:
    """Postal codes, and codes of which some look like a number with an exponent."""
    column, series = column_of(*cells, *cells, name=name)
    assert "codes" in column.reason.lower()
    assert series.tolist() == cells * 2


class TestMarks:
    """What "12,345" is depends on what else the file shows."""

    @pytest.mark.parametrize(
        ("text", "expected", "word"),
        [
            (b"a;b\n0,5;12,345\n1,25;67,891\n3,5;11,111\n", 12.345, "comma"),  # another column shows its decimal comma
            (b"a;b\n1;12,345\n2;67,891\n3;11,111\n", 12.345, "comma"),  # spreadsheets write ; beside a decimal comma
            (b"a|b\n1.5|12,345\n2.25|67,891\n3.5|11,111\n", 12345, "thousands"),
            (b'a,b\n1,"12,345"\n2,"67,891"\n3,"11,111"\n', 12345, "thousands"),
            (b"a;b\n0,5;12.345\n1,25;67.891\n3,5;11.111\n", 12345, "thousands"),
            (b"a,b\n1,12.345\n2,67.891\n3,11.111\n", 12.345, "point was taken"),
        ],
    )
    def test_the_mark_is_that_of_the_file(self, text: bytes, expected: float, word: str) -> None:
        """A column that could be read either way follows the others, and says what was taken."""
        table = read(text, name="x.csv")
        assert table.frame["b"].iloc[0] == expected
        assert word in table.columns["b"].reason

    def test_one_cell_far_down_settles_a_column(self) -> None:
        """Beyond the sample that is looked at first: 0,125 cannot have thousands."""
        rows = [f"{i % 89 + 10},{i % 900 + 100}" for i in range(3_000)]
        rows[2_222] = "0,125"
        table = read("\n".join(["b|c", *(f"{row}|x" for row in rows)]).encode(), name="x.csv")
        assert table.columns["b"].kind == "numeric"
        assert table.frame["b"].iloc[0] == 10.1
        assert not table.issues
