"""Delimiter, quotes, header, and what stands above and below the table."""

from __future__ import annotations

import csv
import io

import pytest

from nnlab.data import Reading, guess_reading, read
from tests.batteries import battery

ROWS = [["id", "name", "score"], ["1", "Ana", "2.5"], ["2", "Bo", "3.5"], ["3", "Cy", "4.5"]]


def joined(delimiter: str, rows: list[list[str]] = ROWS, end: str = "\n") -> bytes:
    return "".join(delimiter.join(row) + end for row in rows).encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":", " ", "\x1f", "~", "^", "::", "||", "þ", "|~|", ", "])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """Common, rare and long delimiters; a blank after the comma belongs to none of the cells."""
    frame = read(joined(delimiter)).frame
    assert list(frame.columns) == ROWS[0]
    assert list(frame["name"]) == ["Ana", "Bo", "Cy"]
    assert list(frame["score"]) == [2.5, 3.5, 4.5]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(end: str) -> None:
    """LF, CR LF and CR, the last one or not; rows know their line."""
    data = joined(",", end=end)
    for each in (data, data.rstrip()):
        frame = read(each).frame
        assert list(frame.index) == [2, 3, 4]
        assert frame.index.name == "line"


def test_rare_separators_inside_cells_end_no_line() -> None:
    """U+2028, vertical tab, form feed and NEL are text."""
    frame = read("id,name\n1,A\u2028na\n2,B\x0bo\x0c\u0085x\n".encode()).frame
    assert list(frame["name"]) == ["A\u2028na", "B\x0bo\x0c\u0085x"]


def test_text_with_commas_does_not_hide_the_semicolon() -> None:
    """The delimiter is the one that gives equal rows of clean cells."""
    assert guess_reading(b"id;text;n\n1;a, b, c;5\n2;d, e, f;6\n3;g, h, i;7\n").delimiter == ";"


def test_quoted_cells_agree_with_pythons_csv_reader() -> None:
    """Delimiters, doubled quotes and line ends inside quotes are text; Python's csv module is the oracle."""
    rows = [["id", "text"], ["1", 'say "hi", ok'], ["2", "two\nlines\n\nfour"], ["3", "a,b;c\td"], ["4", ""]]
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows(rows)
    frame = read(sink.getvalue().encode()).frame
    expected = [row[1] for row in csv.reader(io.StringIO(sink.getvalue()))][1:]
    assert list(frame["text"].fillna("")) == expected
    assert list(frame.index) == [2, 3, 7, 8]


def test_backslash_escapes_are_seen_only_where_they_are() -> None:
    """A backslash before a quote escapes it; one in a path is itself."""
    assert read(b'id,text,n\n1,"say \\"hi\\", ok",5\n2,"b",6\n').frame["text"].iloc[0] == 'say "hi", ok'
    assert read(b'id,path\n1,"C:\\new\\tab"\n2,"D:\\x"\n').frame["path"].iloc[0] == "C:\\new\\tab"


def test_single_quotes_around_cells_are_seen() -> None:
    """They quote where more cells stand in them than in double quotes; an apostrophe inside a cell is text."""
    data = b"id\tname\ttext\n1\tAnn's\t'a\tb'\n2\t'Bo'\t'c'\n"
    assert list(read(data).frame["text"]) == ["a\tb", "c"]
    assert list(read(data).frame["name"]) == ["Ann's", "Bo"]


def test_a_stray_quote_never_swallows_the_rows_after_it() -> None:
    """All 59 rows are there, and the mended line is told."""
    rows = "".join(f"{i},t{i},{i}\n" for i in range(2, 60))
    table = read(f'id,text,n\n1,"open,5\n{rows}'.encode())
    assert table.n_rows == 59
    assert [issue.line for issue in table.issues] == [2]
    assert table.frame["n"].iloc[0] == 5


def test_quotes_inside_a_quoted_cell_are_kept() -> None:
    """A quote closes a cell only before a delimiter or the end; the words are not torn."""
    table = read(b'id,text,n\n1,"a "big" deal, really",5\n2,"b",6\n3,c,7\n')
    assert table.frame["text"].iloc[0] == 'a "big" deal, really'
    assert [issue.line for issue in table.issues] == [2]


@pytest.mark.parametrize(
    ("data", "names", "first_line"),
    [
        (b"# exported 2024\n# by lab\nid,name\n1,Ana\n2,Bo\n", ["id", "name"], 4),
        (b"Quarterly report\nRegion: North\n\nid,name,score\n1,Ana,2.5\n2,Bo,3.5\n", ["id", "name", "score"], 5),
        (b"Report,,\n,,\nYear,2001,2002\nTimber,5,6\nIron,7,8\n", ["Year", "2001", "2002"], 4),
        (b"time,temp\ns,degC\n0,20.5\n1,20.7\n2,20.9\n", ["time", "temp"], 3),
        (b"a,b\na,b\n1,2\n3,4\n", ["a", "b"], 3),
        (b"country,2019,2020\nNO,1,2\nFR,4,5\n", ["country", "2019", "2020"], 2),
        (b"123,TEST2,text1\n345,TEST2,text2\n", ["column_1", "column_2", "column_3"], 1),
        (b"id,,,score\n1,a,b,2\n2,c,d,3\n", ["id", "column_2", "column_3", "score"], 2),
        (b"x,x,x.1,x_2\n1,2,3,4\n5,6,7,8\n", ["x", "x_3", "x.1", "x_2"], 2),
        (b'id,"Body\nmass",n\n1,2,5\n2,3,6\n', ["id", "Body\nmass", "n"], 3),
    ],
)
def test_header_and_what_stands_around_it(data: bytes, names: list[str], first_line: int) -> None:
    """Comments, titles, units and repeated names above the rows; files without a header; names that must be made."""
    frame = read(data).frame
    assert list(frame.columns) == names
    assert frame.index[0] == first_line


def test_notes_under_the_table_are_set_aside_and_said() -> None:
    """Lines with one cell where rows have three are no rows; the reading counts them."""
    table = read(b"a,b,c\n1,2,3\n4,5,6\n\n(2 rows affected)\n")
    assert table.n_rows == 2
    assert table.reading.footer_lines == 1
    assert "1 line at the end set aside" in table.reading.sentence()


def test_the_sentence_says_what_was_understood() -> None:
    """One line for the page and the command line."""
    assert guess_reading(b"a,b\n1,2\n").sentence() == "UTF-8, comma, header in line 1, nothing set aside"


@pytest.mark.parametrize(
    ("data", "said", "changes"),
    [
        (b"t\nu\na,b\n1,2\n3,4\n", "header in line 3, 2 lines above the table set aside", {}),
        (b"a,b\n1,2\n3,4\n", "header in line 1, nothing set aside", {"skip_lines": 99_999}),
        (b"a,b\n1,2\n3,4\n", "no header, 2 lines above the table set aside", {"header_line": None, "skip_lines": 2}),
        (b"a,b\n1,2\n,\n3,4\n", "header in line 1, 1 row set aside", {}),
        (b"a,b\n1,2\n3,4,5\n6,7\n8,9\n", "header in line 1, 1 row left empty", {}),
        (b"#\na,b\n1,2\n,\n3,4,5\n,\n6,7\n8,9\n", "1 line above the table, 2 rows set aside, 1 row left empty", {}),
    ],
)
def test_the_sentence_counts_what_did_not_become_a_row(data: bytes, said: str, changes: dict[str, object]) -> None:
    """Lines above a header by its own line, whatever else is set; rows that were set aside or could not be placed."""
    table = read(data)
    if changes:
        table = read(data, reading=table.reading.having(**changes))
    assert table.sentence().endswith(said)


def test_rows_beyond_the_listed_issues_are_counted_too() -> None:
    """Of six hundred empty rows five hundred issues are told, and all six hundred said."""
    table = read(b"a,b\n1,2\n3,4\n" + b",\n" * 600 + b"5,6\n")
    assert len(table.issues) == 500
    assert "600 rows set aside" in table.sentence()


def test_a_delimiter_that_cuts_nothing_is_warned_of() -> None:
    """Only where another one would cut: a table that is one column by itself is none of it."""
    data = b"a;b;c\n1;2;3\n4;5;6\n"
    issue = read(data, reading=Reading(delimiter="\t")).issues[0]
    assert (issue.weight, issue.line) == ("warning", 0)
    assert "semicolon it would have 3 columns" in issue.why
    assert not read(data).issues
    assert not read(b"word\none\ntwo\nthree\n", reading=Reading(delimiter="\t")).issues


def test_lines_that_are_known_to_be_skipped_hold_no_header() -> None:
    """The header is looked for below them."""
    assert guess_reading(b"a,b\n1,2\nx,y\n3,4\n5,6\n7,8\n", skip_lines=2).header_line == 3


def test_header_and_delimiter_can_be_overruled() -> None:
    """A reading given by a person is followed to the letter."""
    data = b"2019,2020\n1,2\n3,4\n"
    assert read(data, reading=Reading(header_line=None)).n_rows == 3
    assert list(read(data, reading=Reading(header_line=2)).frame.columns) == ["1", "2"]
    assert read(data, reading=Reading(delimiter=";")).n_columns == 1


def test_a_long_header_cut_by_no_row_is_quick_and_whole() -> None:
    """Ten thousand columns keep their names and values."""
    names = [f"c{i}" for i in range(2000)]
    data = ",".join(names) + "\n" + (",".join(str(i) for i in range(2000)) + "\n") * 12
    frame = read(data.encode()).frame
    assert list(frame.columns) == names
    assert frame.shape == (12, 2000)


@pytest.mark.timeout(60)
def test_a_name_said_thousands_of_times_is_counted_on() -> None:
    """Equal names get their number each, in time that grows with the columns and not with their square."""
    n = battery(500, 20_000)
    frame = read("\n".join(",".join([cell] * n) for cell in ("x", "1", "2")).encode()).frame
    assert list(frame.columns) == ["x", *(f"x_{place}" for place in range(2, n + 1))]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;,,,", "\ufeffsep=;"])
def test_the_line_of_a_spreadsheet_tells_the_delimiter(first: str) -> None:
    """Also where commas would cut the rows as regularly; the line itself is no row and no name."""
    table = read(f"{first}\nname;a,b\nx;1,2\ny;3,4\nz;5,6\n".encode())
    assert list(table.frame.columns) == ["name", "a,b"]
    assert table.frame["a,b"].tolist() == [1.2, 3.4, 5.6]
    assert table.reading.header_line == 2


def test_a_line_that_tells_a_delimiter_which_is_not_there_is_not_believed() -> None:
    """The rows themselves say more."""
    table = read(b"sep=|\na;b\n1;x\n2;y\n3;z\n")
    assert (table.reading.delimiter, table.n_columns, table.n_rows) == (";", 2, 3)


@pytest.mark.parametrize(
    ("head", "names", "n_below"),
    [
        ("group 1,group 1,group 2,group 2\na,b,c,d", ["a", "b", "c", "d"], 0),
        ("Temp,,Wind,\nmin,max,speed,dir", ["min", "max", "speed", "dir"], 0),
        ("Temperature,Humidity,Wind,Site\nmean,mean,max,name", ["Temperature", "Humidity", "Wind", "Site"], 1),
        ("name,v,w,x\n,m,s,kg", ["name", "v", "w", "x"], 1),
    ],
)
def test_of_several_lines_of_a_header_the_one_that_names_each_column_is_taken(
    head: str, names: list[str], n_below: int
) -> None:
    """Groups above the names stay above; what is written under them is set aside and told."""
    table = read(f"{head}\n1.5,2,3,N\n4.5,5,6,S\n7.5,8,9,W\n2.5,2,1,E\n".encode())
    assert list(table.frame.columns) == names
    assert table.n_rows == 4
    assert table.reading.below_header == n_below
    assert [column.kind for column in table.columns.columns][1:3] == ["numeric", "numeric"]


def test_one_odd_cell_does_not_make_a_row_a_second_header() -> None:
    """Text where a number belongs, in the first row: the row stays, its cell is told."""
    for first in ("Ada;missing;12", "Ada;twelve;red"):
        rows = "".join(f"name_{i};{i};{'red' if first.endswith('red') else i}\n" for i in range(300))
        table = read(f"name;value;other\n{first}\n{rows}".encode(), name="x.csv")
        assert table.reading.below_header == 0
        assert table.n_rows == 301
