"""Rows that do not fit are mended or kept empty, and always told; nothing is lost silently."""

from __future__ import annotations

import pytest

from nnlab.data import Reading, read
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

HEAD = "day,time,qty,price\n"
ROWS = "".join(f"{1 + i % 28:02d}/02/2020,{i % 24:02d}:00,{i},{i}.50\n" for i in range(1, 60))


def test_a_short_row_is_filled_up_where_its_cells_fit() -> None:
    """The cells that are there stay in their columns; the others are missing."""
    table = read((HEAD + ROWS + "13/02/2020,05:00,7\n").encode())
    assert table.n_rows == 60
    assert table.frame["qty"].iloc[-1] == 7
    assert table.frame["price"].isna().sum() == 1
    assert [(issue.line, "3 of 4 cells" in issue.why) for issue in table.issues] == [(61, True)]


def test_an_empty_cell_too_many_is_left_out_where_the_rest_then_fits() -> None:
    """Types decide where the surplus delimiter stands."""
    table = read((HEAD + ROWS + "13/02/2020,,05:00,7,8.5\n").encode())
    assert table.frame.iloc[-1][["qty", "price"]].tolist() == [7, 8.5]
    assert table.issues[0].line == 61


def test_a_row_that_cannot_be_placed_is_kept_empty_with_its_text() -> None:
    """Values never slip into other columns; the row's text is in the issue."""
    table = read((HEAD + ROWS + "13/02/2020,05:00,7,8.5,9,10\n").encode())
    assert table.n_rows == 60
    assert table.frame.iloc[-1].isna().all()
    assert "13/02/2020" in table.issues[0].text
    assert table.columns["price"].kind == "numeric"


def test_delimiters_at_the_end_of_rows_are_no_surplus() -> None:
    """Empty cells beyond the header's are nothing."""
    table = read(b"a,b\n1,2\n3,4,\n5,6,,\n")
    assert table.frame.shape == (3, 2)


@pytest.mark.parametrize(
    ("data", "n_rows", "n_issues"),
    [
        (b"a,b,c\n1,2,3\n,,\n4,5,6\n", 2, 1),
        (b"a,b\n1,2\na,b\n3,4\n", 2, 1),
        (b"# c\na,b\n1,2\n# in the middle\n3,4\n", 2, 1),
        (b"a,b\n\n1,2\n\n\n3,4\n", 2, 0),
        (b"v\n1\n\n3\n", 2, 0),
        (b"id,tag\n1,#red\n#2,x\n3,y\n", 3, 0),
        (b"a,b\n1,2\n3,4\n\x1a", 2, 0),
        (b"a,b\n1,2\n3,4\n" + b"\x00" * 99, 2, 0),
        (b"a,b\n1,x\x00y\n3,z\n", 2, 1),
    ],
)
def test_what_is_no_row_is_set_aside(data: bytes, n_rows: int, n_issues: int) -> None:
    """Empty rows, the header again, comments, blank lines, end marks and padding; a `#` in data is data."""
    table = read(data)
    assert (table.n_rows, len(table.issues)) == (n_rows, n_issues)


def test_a_second_table_in_the_file_is_set_aside_and_counted() -> None:
    """A header that goes on differently begins another table."""
    second = HEAD.strip() + ",more\n" + "".join(line + ",x\n" for line in ROWS.splitlines())
    table = read((HEAD + ROWS + second).encode())
    assert table.n_rows == 59
    assert "another table begins here; its 59 rows" in table.issues[0].why


def test_a_file_whose_rows_mostly_do_not_fit_is_refused() -> None:
    """Better no table than one with every third row empty."""
    ragged = "".join(f"{i} 2020-01-0{1 + i % 9} {'some words here and there'[: 5 + i % 20]} 2.5\n" for i in range(60))
    with pytest.raises(DataError, match="as many cells"):
        read(("n day text m\n" + ragged).encode(), reading=Reading(delimiter=" "))


def test_a_row_of_endless_cells_and_an_endless_cell_are_refused() -> None:
    """Both limits are checked while reading."""
    with pytest.raises(LimitError, match="cells at most"):
        read(b"a,b\n1,2\n" + b'"",' * 300 + b"\n", limits=Limits(columns=100))
    with pytest.raises(LimitError, match="characters"):
        read(b'a,b\n1,"' + b"x\n" * 600 + b'"\n2,y\n', limits=Limits(cell_bytes=1000))


@pytest.mark.parametrize("data", [b"a,b,c\n", b"hello"])
def test_no_rows_are_refused_unless_asked_for(data: bytes) -> None:
    """The least number is said; a file to predict on may have none."""
    with pytest.raises(DataError, match="at least 1 row"):
        read(data)
    assert read(data, least_rows=0).n_rows == 0


def test_many_issues_are_summed_up() -> None:
    """The list stays short enough to show; its last line counts the rest."""
    table = read(b"a,b,c\n1,2,3\n" + b"4,5\n6,7,8\n" * 2000)
    assert len(table.issues) <= 500
    assert any("more lines" in issue.why for issue in table.issues)


def test_long_files_agree_with_pandas() -> None:
    """The compiled reader and pandas see the same values; the oracle is pandas' own C parser."""
    import io

    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    n = 5000
    source = pd.DataFrame(
        {
            "x": rng.standard_normal(n).round(5),
            "n": rng.integers(0, 10**9, n),
            "word": rng.choice(["a b", "c,d", 'e"f', "é"], n),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
        }
    )
    source.loc[::7, "x"] = np.nan
    data = source.to_csv(index=False).encode()
    frame = read(data).frame
    expected = pd.read_csv(io.BytesIO(data), parse_dates=["day"])
    np.testing.assert_array_equal(frame["x"].to_numpy(), expected["x"].to_numpy())
    assert frame["n"].tolist() == expected["n"].tolist()
    assert frame["word"].tolist() == expected["word"].tolist()
    assert (frame["day"].to_numpy() == expected["day"].to_numpy()).all()
    assert frame.index.tolist() == list(range(2, n + 2))


def test_the_compiled_and_the_watched_reader_agree() -> None:
    """One blank row sends a file the slow way; the other rows read alike."""
    body = "".join(f'{i},{i / 7:.6f},w{i % 5},"q, {i}"\n' for i in range(3000))
    quick = read(("id,x,w,q\n" + body).encode())
    slow = read(("id,x,w,q\n" + body + ",,,\n").encode())
    assert quick.frame.equals(slow.frame)
    assert quick.columns == slow.columns


def test_one_of_something_is_told_as_one() -> None:
    """Rows, cells and columns are counted in the plural but for one."""
    second = HEAD.strip() + ",more\n" + ROWS.splitlines()[0] + ",x\n"
    issues = read((HEAD + ROWS + second).encode()).issues
    assert issues[0].why == "another table begins here; its 1 row is set aside"
