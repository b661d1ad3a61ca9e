"""Files that are no table are named for what they are."""

from __future__ import annotations

import gzip
import pickle

import numpy as np
import pytest

from nnlab.data import read
from nnlab.errors import DataError


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "PNG"),
        (b"%PDF-1.7\n1 0 obj\n<<>>\n", "PDF"),
        (b'{"id": 1, "name": "a"}\n{"id": 2}\n', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"<!DOCTYPE html>\n<html><body>a,b</body></html>", "web page"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (pickle.dumps({"a": [1, 2]}, protocol=4), "pickle"),
        (b"import os\n\n\ndef main(a, b):\n    return a, b\n", "source text"),
        (b"SQLite format 3\x00" + b"\x01" * 100, "SQLite"),
        (bytes(range(1, 9)) * 200, "binary"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "LFS pointer"),
        (b"/annex/objects/SHA256E-s12--4d7a.csv\n", "git-annex pointer"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old Excel"),
        (b"BM\x36\x10\x00\x00\x00\x00\x00\x00\x36\x00", "BMP"),
        (b"a.csv".ljust(257, b"\x00") + b"ustar\x0000", "tar archive"),
        (gzip.compress(b"a.csv".ljust(257, b"\x00") + b"ustar\x0000", mtime=0), "tar archive"),
        (b"\x00" * 8 + b"DUCK" + b"\x00" * 50, "DuckDB"),
        (b"#!/bin/sh\necho 1,2\n", "script"),
    ],
)
def test_a_wrong_file_renamed_csv_is_told_by_name(data: bytes, what: str) -> None:
    """The message says what the file is and what to do; the place is the file's name."""
    with pytest.raises(DataError) as caught:
        read(data, name="renamed.csv")
    assert what in caught.value.came
    assert caught.value.where == "renamed.csv"
    assert caught.value.do


@pytest.mark.parametrize("data", [b"", b"\n\n\n\n", b"\xef\xbb\xbf", b" \r\n \r\n", b"\x00" * 300])
def test_an_empty_file_is_refused(data: bytes) -> None:
    """No byte, only line ends, only a byte order mark, only zeros: all are empty files."""
    with pytest.raises(DataError, match="empty"):
        read(data)


def test_letters_that_a_header_hardly_begins_with_are_a_magic_number() -> None:
    """RIFF is a sound; two letters do not make a picture."""
    assert read(b"BMI,age\n21.5,40\n22.5,41\n").n_rows == 2
    with pytest.raises(DataError):
        read(b"RIFF level,n\na,1\nb,2\n")


@pytest.mark.parametrize("name", ["ORCID", "ID3", "FEA1", "PAR1", "ARROW1", "BZh9", "PK", "species,DUCK"])
def test_a_header_may_begin_like_another_file(name: str) -> None:
    """A few letters make neither a sound file nor an archive, a Parquet file or a database."""
    table = read(f"{name},value\n{'1,' * name.count(',')}1,2\n{'3,' * name.count(',')}3,4\n".encode())
    assert table.columns.names == (*name.split(","), "value")


def test_a_damaged_parquet_file_is_no_text() -> None:
    """Its magic number and bytes: damaged, and not read as a line of a table."""
    with pytest.raises(DataError, match="damaged"):
        read(b"PAR1\x15\x04\x15\x10" + bytes(60) + b",a\n1,2\n")


@pytest.mark.parametrize("seed", range(4))
def test_bytes_drawn_at_random_are_no_table(seed: int) -> None:
    """Whatever alphabet they would be letters of, so many control characters are a binary file's."""
    with pytest.raises(DataError) as refused:
        read(np.random.default_rng(seed).bytes(5_000), name="bin.csv")
    assert "binary" in refused.value.came
