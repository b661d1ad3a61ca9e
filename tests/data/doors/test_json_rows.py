"""JSON rows: columns by order of appearance, digits as they stand, nothing that is no object is lost silently."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import pandas as pd
import pyarrow as pa
import pytest

from nnlab.data import read
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

ROWS = [{"n": n, "v": n * 1.1, "t": "x\ny, z" if n % 2 else None, "ok": n % 3 == 0} for n in range(12)]
LINES = "\n".join(json.dumps(row) for row in ROWS).encode()


@pytest.mark.parametrize(("name", "data"), [("a.jsonl", LINES), ("a.json", json.dumps(ROWS, indent=1).encode())])
def test_rows_are_those_of_pandas(name: str, data: bytes) -> None:
    """One object a line, or a list of objects: the same table that pandas makes of it; line n is row n."""
    table = read(data, name=name)
    theirs = pd.DataFrame(ROWS)
    assert list(table.frame.columns) == list(theirs.columns)
    assert table.frame["v"].tolist() == theirs["v"].tolist()
    assert table.frame["t"].fillna("-").tolist() == theirs["t"].fillna("-").tolist()
    assert table.frame["ok"].tolist() == [str(value).lower() for value in theirs["ok"]]
    assert (list(table.frame.index), table.issues) == (list(range(1, 13)), ())


def test_packed_rows_are_known_by_their_name() -> None:
    """rows.jsonl.gz and its kin hold rows."""
    packings = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": _zstandard}
    for ending, pack in packings.items():
        assert read(pack(LINES), name=f"rows.jsonl{ending}").n_rows == 12


def test_later_names_make_later_columns() -> None:
    """A name that only some objects have is a column at the end, missing elsewhere; blank lines are no rows."""
    table = read(b'{"b": 1}\n\n{"a": "x", "b": 2}\n{"c": 0.5}\n', name="a.ndjson")
    assert list(table.frame.columns) == ["b", "a", "c"]
    assert list(table.frame.index) == [1, 3, 4]
    assert table.frame["c"].isna().tolist() == [True, True, False]


def test_nested_values_keep_their_text_and_broken_lines_are_told() -> None:
    """Lists and objects as JSON with every digit; a line that is no object is an issue with its number."""
    good = [f'{{"n": {n}, "tags": {{"k": [1.50, "a", null, {10**20}]}}}}' for n in range(9)]
    table = read("\n".join([*good[:4], "oops", *good[4:]]).encode(), name="a.jsonl")
    assert set(table.frame["tags"]) == {'{"k": [1.50, "a", null, 100000000000000000000]}'}
    assert [(issue.line, issue.column) for issue in table.issues] == [(1, "tags"), (5, "")]
    assert table.issues[1].text == "oops"
    assert list(table.frame.index) == [1, 2, 3, 4, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": 1}, {"a": 2}',
        b"[1, 2]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}",
        b"{}\n{}\n",
        b"",
        b"{not json\n" * 9,
        b'[{"a": ' + b"1" * 5000 + b"}, x]",
    ],
)
def test_what_holds_no_rows_is_refused(data: bytes) -> None:
    """Lists of numbers, lines that are no JSON, JSON that ends early or never ends: a DataError."""
    with pytest.raises(DataError):
        read(data, name="a.jsonl")


def test_a_few_wide_objects_do_not_fill_the_memory() -> None:
    """Ten thousand empty rows and one with a thousand names would be ten million cells: counted before they are."""
    wide = json.dumps({f"c{n}": n for n in range(1000)}).encode()
    with pytest.raises(LimitError, match="characters"):
        read(b'{"a": 1}\n' * 10_000 + wide, name="a.jsonl", limits=Limits(file_bytes=2_000_000))
    with pytest.raises(LimitError, match="columns"):
        read(wide, name="a.jsonl", limits=Limits(columns=999))


def test_text_under_the_name_of_json_is_read_as_text() -> None:
    """A table that was changed and is kept as CSV goes by its old name still."""
    assert read(b"a,b\n1,x\n2,y\n", name="rows.jsonl").n_rows == 2
    assert read(b"\xef\xbb\xbf" + LINES, name="rows.jsonl").n_rows == 12


def test_json_under_another_name_is_named() -> None:
    """A .csv that holds JSON is refused, and the message says how it would be read."""
    with pytest.raises(DataError, match="JSON") as caught:
        read(LINES, name="renamed.csv")
    assert ".jsonl" in caught.value.do


def _zstandard(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return packed
