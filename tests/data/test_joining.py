"""Several tables with the same columns are one: rows below each other, lines that go on, and whose rows they are."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from nnlab.data import read
from nnlab.data.bundle import bundled
from nnlab.errors import DataError
from nnlab.prep.split import Split, parts
from tests.data.doors.books import rows, xlsx

TRAIN = b"n,x,y\n" + b"".join(b"%d,%d.5,%s\n" % (n, n * n, b"ab"[n % 2 : n % 2 + 1]) for n in range(20))
TEST = b"y;n;x\r\n" + b"".join(b"%s;%d;%d.5\r\n" % (b"ab"[n % 2 : n % 2 + 1], n, n) for n in range(10)) + b"\r\n"


def test_rows_stand_below_each_other_whatever_each_file_looks_like() -> None:
    """Another order of columns, another delimiter, other line ends: what pandas joins; lines go on counting."""
    table = read(bundled([("one.csv", TRAIN), ("two.csv", TEST)]))
    one = pd.read_csv(io.BytesIO(TRAIN))
    two = pd.read_csv(io.BytesIO(TEST), sep=";")
    theirs = pd.concat([one, two], ignore_index=True)
    assert table.frame["x"].tolist() == theirs["x"].tolist()
    assert table.frame["y"].tolist() == theirs["y"].tolist()
    assert table.frame["file"].tolist() == ["one"] * 20 + ["two"] * 10
    assert list(table.frame.index) == [*range(2, 22), *range(23, 33)]
    assert [(issue.line, issue.text) for issue in table.issues] == [(1, "one.csv"), (22, "two.csv")]
    assert (table.columns["file"].kind, table.columns["file"].role) == ("categorical", "ignore")


def test_the_same_reading_gives_the_same_table() -> None:
    """What was guessed of the first file, given back, changes nothing for the others; what is said holds for all."""
    data = bundled([("one.csv", TRAIN), ("two.csv", TEST)])
    guessed = read(data)
    again = read(data, reading=guessed.reading)
    assert again.frame.equals(guessed.frame)
    assert (again.id, again.issues) == (guessed.id, guessed.issues)
    other = read(data, reading=guessed.reading.having(missing=("", "a")))
    assert other.frame["y"].isna().sum() == 15


@pytest.mark.parametrize(
    ("names", "words", "role"),
    [
        (("train.csv", "test.csv"), ("train", "test"), "split"),
        (("adult_TRAIN.csv", "adult_val.csv"), ("train", "validation"), "split"),
        (("a-train.csv.gz", "valid.data"), ("train", "validation"), "split"),
        (("test.csv", "validation.csv"), ("test", "validation"), "ignore"),
        (("train.csv", "more.csv"), ("train", "more"), "ignore"),
        (("train.csv", "training.csv"), ("train", "training"), "ignore"),
    ],
)
def test_names_that_tell_the_parts_make_a_split_column(
    names: tuple[str, str], words: tuple[str, str], role: str
) -> None:
    """Train and another part: the new column says so, and has the role; else it holds the names of the files."""
    table = read(bundled([(name, TRAIN) for name in names]))
    assert tuple(table.frame["file"].unique()) == words
    assert table.columns["file"].role == role


def test_test_rows_stay_test_and_validation_comes_from_train() -> None:
    """Files train and test: the rows of one judge, and a part of the other's chooses the best epoch."""
    table = read(bundled([("train.csv", TRAIN), ("test.csv", TEST)]))
    columns = table.columns.changed("y", role="target")
    found = parts(table.frame, columns, "binary", Split())
    assert set(found[20:]) == {2}
    assert np.bincount(found[:20], minlength=3).tolist() == [16, 4, 0]


def test_files_with_other_columns_are_refused_by_name() -> None:
    """The message names both files and the columns that only one of them has."""
    with pytest.raises(DataError, match="same columns") as caught:
        read(bundled([("train.csv", TRAIN), ("test.csv", TEST.replace(b"y;", b"z;"))]), name="both.zip")
    assert caught.value.where == "both.zip, train.csv and test.csv"
    assert caught.value.came == "only in train.csv: y; only in test.csv: z"


def test_workbooks_and_texts_are_joined_and_a_taken_name_is_avoided() -> None:
    """Whatever doors the files come through; where a column is called file already, the new one is file_2."""
    book = xlsx({"S": rows(("file", "n"), ("p", 1), ("q", 2))})
    table = read(bundled([("a.xlsx", book), ("b.jsonl", b'{"n": 3, "file": "r"}\n{"n": 4, "file": "s"}\n')]))
    assert list(table.frame.columns) == ["file", "n", "file_2"]
    assert table.frame["file"].tolist() == ["p", "q", "r", "s"]
    assert list(table.frame.index) == [2, 3, 4, 5]


def test_a_header_that_alone_would_be_taken_for_a_row() -> None:
    """A second file of one row of text: its first line is the header, as it is in the first file."""
    first = b"a,b\n" + b"x,y\n" * 3 + b"z,w\n"
    table = read(bundled([("one.csv", first), ("two.csv", b"a,b\nb,a\nb,a\nb,b\n")]))
    assert table.frame["a"].tolist() == ["x", "x", "x", "z", "b", "b", "b"]


def test_several_paths_are_several_files(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """`read` takes paths, packs them as `bundled` does, and names the table for them."""
    for name, data in (("train.csv", TRAIN), ("test.csv", TEST)):
        (tmp_path / name).write_bytes(data)
    table = read([tmp_path / "train.csv", tmp_path / "test.csv"])
    assert (table.name, table.n_rows) == ("train.csv + test.csv", 30)
    assert table.id == read(bundled([("train.csv", TRAIN), ("test.csv", TEST)])).id
    with pytest.raises(DataError, match="cannot be opened"):
        read([tmp_path / "train.csv", tmp_path / "none.csv"])
