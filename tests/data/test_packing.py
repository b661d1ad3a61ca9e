"""Packed files are opened within a limit that is counted while they unpack."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pytest

from nnlab.data import read
from nnlab.data.packing import unpacked
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

CSV = b"id,name\n1,Ana\n2,Bo\n"


def zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def zstandard(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return packed


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstandard, lambda data: zipped({"table.csv": data})]
)
def test_a_packed_table_is_the_table_inside(pack: Callable[[bytes], bytes]) -> None:
    """Each packing, and a zip of one file, reads as the file inside; the digest is of the bytes that came."""
    assert list(read(pack(CSV)).frame["name"]) == ["Ana", "Bo"]
    assert read(pack(CSV)).file_digest != read(CSV).file_digest


def test_a_bomb_is_refused_while_it_unpacks() -> None:
    """256 MiB from a quarter of a megabyte: refused before the memory is taken."""
    with pytest.raises(LimitError, match="unpack"):
        read(gzip.compress(b"0,0\n" * (1 << 24), compresslevel=1))


def test_a_limit_holds_for_every_packing_and_for_all_tables_of_an_archive() -> None:
    """The same text in all packings, and in two halves: at the limit it is read, one byte over it is refused."""
    text = CSV + b"3,Cy\n" * 1000
    halves = zipped({"a.csv": text, "b.csv": text})
    for packed in (gzip.compress(text), bz2.compress(text), lzma.compress(text), zstandard(text)):
        assert read(packed, limits=Limits(file_bytes=len(text))).n_rows == 1002
        with pytest.raises(LimitError, match="unpack"):
            read(packed, limits=Limits(file_bytes=len(text) - 1))
    assert read(halves, limits=Limits(file_bytes=2 * len(text))).n_rows == 2004
    with pytest.raises(LimitError, match="unpack"):
        read(halves, limits=Limits(file_bytes=2 * len(text) - 1))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(CSV * 1000, mtime=0)[:-40],
        b"PK\x03\x04" + b"\x00" * 40,
        b"BZh91AY&SY" + b"a" * 9,
        zstandard(CSV)[:-4],
    ],
    ids=["gzip", "zip", "bzip2", "zstd"],
)
def test_a_damaged_archive_is_refused(data: bytes) -> None:
    """A truncated or senseless archive is a `DataError`, never the error of a library."""
    with pytest.raises(DataError):
        read(data)


def test_what_is_no_table_in_an_archive_is_passed_over_and_told() -> None:
    """What systems leave behind does not count; texts beside the table are named; pictures are given by name."""
    beside = {"__MACOSX/._a.csv": b"\x00", ".DS_Store": b"x", "LICENSE": b"l", "docs/README.md": b"r"}
    data = zipped({**beside, "pics/1.PNG": b"p", "pics/2.jpg": b"p", "a.csv": CSV})
    table = read(data)
    assert table.n_rows == 2
    assert [(issue.line, issue.text) for issue in table.issues] == [(0, "LICENSE, docs/README.md"), (0, "")]
    inside = unpacked(data, 10**6)
    assert (inside.tables, inside.pictures) == ([("a.csv", CSV)], ("pics/1.PNG", "pics/2.jpg"))
    assert (inside.text, inside.archive) == (CSV, data)
    assert unpacked(CSV, 10**6).tables == [("", CSV)]
    assert read(zipped({"readme.txt": CSV})).n_rows == 2, "a file alone is the table, whatever it is called"


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({}, "empty"),
        ({"a.png": b"x", "b.png": b"x"}, "2 pictures"),
        ({"folder/": b"", ".x": b"y"}, "empty"),
        ({"in.zip": zipped({"a.csv": CSV})}, "zip archive inside"),
        ({"model/data.pkl": b"\x80\x02"}, "PyTorch"),
        ({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, "office document"),
        ({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}, ".xlsb"),
        ({"a.csv": CSV, "b.csv": b"\x89PNG\r\n\x1a\n1"}, "PNG"),
    ],
)
def test_an_archive_without_a_table_is_told_by_what_it_holds(members: dict[str, bytes], what: str) -> None:
    """Nothing, pictures alone, another archive, a model, a letter: each has its sentence."""
    with pytest.raises(DataError) as caught:
        read(zipped(members))
    assert what in caught.value.came


def test_a_member_without_a_name_is_damage_and_not_the_end() -> None:
    """Python's own reader of archives asks for the last letter of every name."""
    data = zipped({"a": CSV})
    with pytest.raises(DataError):
        read(_nameless(data))


def _nameless(data: bytes) -> bytes:
    """An archive whose directory says that the name of its only member has no letters."""
    at = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[at : at + 28] + b"\x00\x00" + data[at + 30 : at + 46]  # without the one letter of the name
    size = len(entry).to_bytes(4, "little")
    return data[:at] + entry + data[end : end + 12] + size + data[end + 16 :]


def test_a_thousand_tables_are_the_most() -> None:
    """An archive of more files is refused before any of them is opened."""
    with pytest.raises(LimitError, match="1000 tables"):
        read(zipped({f"{n}.csv": CSV for n in range(1001)}))


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
