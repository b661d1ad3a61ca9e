"""Wrong files are named, packed files are opened within a limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
from collections.abc import Callable

import pytest

from nnlab.data import read
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

CSV = b"id,name\n1,Ana\n2,Bo\n"


def zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "PNG"),
        (b"%PDF-1.7\n1 0 obj\n<<>>\n", "PDF"),
        (b'{"id": 1, "name": "a"}\n{"id": 2}\n', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"<!DOCTYPE html>\n<html><body>a,b</body></html>", "web page"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (b"PAR1" + b"D" * 300, "Parquet"),
        (pickle.dumps({"a": [1, 2]}, protocol=4), "pickle"),
        (b"import os\n\n\ndef main(a, b):\n    return a, b\n", "source text"),
        (b"SQLite format 3\x00" + b"\x01" * 100, "SQLite"),
        (bytes(range(1, 9)) * 200, "binary"),
        (zipped({"xl/workbook.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "Excel"),
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


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: zipped({"table.csv": data})])
def test_a_packed_table_is_the_table_inside(pack: Callable[[bytes], bytes]) -> None:
    """gzip, bzip2, xz and a zip of one file read as the file inside; the digest is of the bytes that came."""
    assert list(read(pack(CSV)).frame["name"]) == ["Ana", "Bo"]
    assert read(pack(CSV)).file_digest != read(CSV).file_digest


def test_a_bomb_is_refused_while_it_unpacks() -> None:
    """256 MiB from a quarter of a megabyte: refused before the memory is taken."""
    with pytest.raises(LimitError, match="unpack"):
        read(gzip.compress(b"0,0\n" * (1 << 24), compresslevel=1))


@pytest.mark.parametrize(
    "data",
    [gzip.compress(CSV * 1000, mtime=0)[:-40], b"PK\x03\x04" + b"\x00" * 40, b"BZh91AY&SY" + b"a" * 9],
    ids=["gzip", "zip", "bzip2"],
)
def test_a_damaged_archive_is_refused(data: bytes) -> None:
    """A truncated or senseless archive is a `DataError`, never the error of a library."""
    with pytest.raises(DataError):
        read(data)


def test_a_zip_of_two_tables_is_refused_and_resource_forks_do_not_count() -> None:
    """Which of two tables is meant cannot be known; what macOS adds is no table."""
    with pytest.raises(DataError, match="exactly one"):
        read(zipped({"a.csv": CSV, "b.csv": CSV}))
    assert read(zipped({"a.csv": CSV, "__MACOSX/._a.csv": b"\x00"})).n_rows == 2


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A sparse file of 250 MB is refused by its size alone."""
    path = tmp_path / "big.csv"
    with path.open("wb") as stream:
        stream.truncate(250_000_000)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda _: pytest.fail("the file was read"))
    with pytest.raises(LimitError) as caught:
        read(path, limits=Limits(file_bytes=200_000_000))
    assert "250 MB" in str(caught.value)
    assert "200 MB" in str(caught.value)


def test_a_missing_path_and_a_folder_are_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A path that leads to no file is a `DataError` with the file's name."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DataError) as caught:
            read(path)
        assert caught.value.where == path.name
