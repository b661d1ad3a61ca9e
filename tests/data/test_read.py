"""Any table that a csv writer can write comes back; any damage is a table with issues or an `NnlabError`."""

from __future__ import annotations

import csv
import io
import random

import pytest

from nnlab.data import Reading, read, sample_bytes
from nnlab.errors import DataError, NnlabError, SpecError
from tests.batteries import battery

LETTERS = "abcd,;|\t\"' \n#:\\éß漢.-_/"
DAMAGE = [
    b'"', b",", b"\n", b"\r", b"\x00", b"'", b";", b"\\", b"\xff", b"#", b"\t", b"\x1a", b"inf", b"1e999", b"9" * 30,
    b"2020-13-45", b"\xef\xbb\xbf", b" " * 50, b"PK\x03\x04", b"\x1f\x8b",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(battery(25, 400)))
def test_what_a_csv_writer_wrote_is_read_back_cell_by_cell(seed: int) -> None:
    """Random text in random dialects, written by Python's csv module; nothing may shift, vanish or change."""
    rng = random.Random(seed)
    width, height, delimiter = rng.randint(2, 6), rng.randint(2, 40), rng.choice(",;\t|")
    names = [f"name{place}" for place in range(width)]
    rows = [[*(_cell(rng) for _ in range(width - 1)), str(rng.randint(0, 999) / 4)] for _ in range(height)]
    sink = io.StringIO()
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(sink, delimiter=delimiter, quoting=quoting, lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerows([names, *rows])
    frame = read(sink.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))).frame
    assert list(frame.columns) == names
    assert frame.iloc[:, :-1].values.tolist() == [row[:-1] for row in rows]
    assert frame.iloc[:, -1].tolist() == [float(row[-1]) for row in rows]


def _cell(rng: random.Random) -> str:
    """Text that begins and ends with a letter: blanks at its ends would be stripped."""
    return "k" + "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, 9))).strip() + rng.choice("xyz")


@pytest.mark.parametrize("seed", range(battery(60, 1500)))
def test_damage_ends_in_a_table_or_in_a_sentence(seed: int) -> None:
    """Bytes put in, taken out and turned in a real table: never the error of a library."""
    rng = random.Random(seed)
    data = bytearray(sample_bytes(rng.choice(["penguins", "titanic", "textbook"]))[:3000])
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(data) + 1)
        if rng.random() < 0.5:
            data[place:place] = rng.choice(DAMAGE)
        elif rng.random() < 0.6:
            del data[place : place + rng.randint(1, 30)]
        else:
            data[:place] = data[max(0, place - 200) : place]
    try:
        table = read(bytes(data))
    except NnlabError:
        return
    assert table.columns.names == tuple(table.frame.columns)
    assert len(set(table.columns.names)) == table.n_columns
    assert all(issue.line >= 0 and issue.why for issue in table.issues)


def test_a_table_is_read_from_a_path_by_its_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Path and text path alike; the name is the file's unless another is given."""
    path = tmp_path / "my table.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n")
    assert read(path).name == read(str(path)).name == "my table.csv"
    assert read(path, name="other").name == "other"
    assert read(path).id == read(path.read_bytes()).id


def test_the_decimal_mark_can_be_overruled() -> None:
    """1.234 is 1.234 unless a person says that the comma is the decimal mark."""
    data = b"id;v\n1;1.234\n2;5.678\n"
    assert read(data).frame["v"].tolist() == [1.234, 5.678]
    assert "decimal mark" in read(data).columns["v"].reason
    assert read(data, reading=Reading(delimiter=";", decimal=",")).frame["v"].tolist() == [1234, 5678]


def test_missing_markers_can_be_overruled() -> None:
    """What stands for nothing is part of the reading."""
    data = b"id,v\n1,NA\n2,none given\n3,x\n"
    table = read(data, reading=Reading(missing=("", "none given")))
    assert table.frame["v"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("reading", [Reading(header_line=99), Reading(header_line=None, skip_lines=99)])
def test_a_reading_that_leaves_nothing_is_told(reading: Reading) -> None:
    """A header beyond the end of the file is a sentence, not a crash."""
    with pytest.raises(DataError):
        read(b"a,b\n1,2\n", reading=reading)


@pytest.mark.parametrize(
    "choice", [{"delimiter": "\n"}, {"delimiter": "\0"}, {"delimiter": '"'}, {"quote": "'", "delimiter": "'"}]
)
def test_a_delimiter_that_cannot_cut_a_line_is_refused_where_it_is_chosen(choice: dict[str, str]) -> None:
    """A line end, a zero byte and the quotation mark are told at the field, not by a reader that fails."""
    with pytest.raises(SpecError):
        Reading.parse(choice)
