"""Archives: packed files are opened within a limit that is counted while they unpack."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from nnlab.data.wrong_files import is_a_line, wrong
from nnlab.errors import DataError, LimitError

MOST_TABLES = 1000  # in one archive
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def _zstandard(stream: io.BytesIO) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(stream, "zstd")


_PACKINGS: tuple[tuple[bytes, str, Any], ...] = (
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\xfd7zXZ\x00", "xz", lzma.open),
    (b"\x28\xb5\x2f\xfd", "Zstandard", _zstandard),
)
# all that the readers of archives raise for bytes that make no sense to them
DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    IndexError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
_TEXTS = re.compile(
    r"(readme|licen[cs]e|copying|notice|changelog|citation|index)([._-]\w{2,3})?(\.txt)?"
    r"|.*\.(md|rst|pdf|html?|docx?|rtf|names|ini|db|ya?ml|log)|.*metadata\.json",
    re.IGNORECASE,
)
_PICTURE_ENDS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_BLOCK = 1 << 20
_SMALL = 50_000_000  # bytes that any archive may unpack to


@dataclass(frozen=True)
class Unpacked:
    """The tables in a file, each with its name there (empty where the file is no archive of files).

    `pictures` are the names of the pictures in `archive`, the zip itself; `left_out` the texts that were passed over.
    """

    tables: list[tuple[str, bytes]]
    pictures: tuple[str, ...] = ()
    archive: bytes = b""
    left_out: tuple[str, ...] = ()

    @property
    def text(self) -> bytes:
        """The bytes of the first table."""
        return self.tables[0][1]


def unpacked(data: bytes, largest: int) -> Unpacked:
    """What is inside a gzip, bzip2, xz, Zstandard or zip archive, or the bytes themselves.

    Raises `LimitError` before or once more than `largest` bytes, or 200 times the size of a large archive, come out,
    `DataError` for a damaged archive and for one that holds no table. A workbook is a zip and stays as it is.
    """
    largest = most_unpacked(data, largest)
    if not data.startswith(ZIP):
        return Unpacked([("", _alone(data, largest))])
    archive = opened_zip(data)
    if _is_document({info.filename for info in archive.infolist()}):
        return Unpacked([("", data)])
    return _from_zip(data, archive, largest)


def most_unpacked(data: bytes, largest: int) -> int:
    """How many bytes may come out of an archive: no table shrinks more than 200 times; a bomb does."""
    return min(largest, max(_SMALL, 200 * len(data)))


def opened_zip(data: bytes) -> zipfile.ZipFile:
    """The zip archive, its directory read and nothing unpacked; raises `DataError` where it is damaged."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED as error:
        raise DataError(
            "the zip archive is damaged", came=str(error)[:200], do="Download or export it again."
        ) from None


def refuse_large(members: list[zipfile.ZipInfo], largest: int) -> None:
    """Raises `LimitError` where members of a zip are larger together; no more is read than a member declares."""
    declared = sum(member.file_size for member in members)
    if declared > largest:
        raise _too_large(f"{declared:,} bytes".replace(",", " "))


def _alone(data: bytes, largest: int) -> bytes:
    """One file out of a packing that holds no names, or the bytes themselves."""
    for magic, kind, opened in _PACKINGS:
        if data.startswith(magic) and not is_a_line(data[:64]):  # a header may begin with letters such as BZh
            return _drained(lambda: opened(io.BytesIO(data)), kind, largest)  # noqa: B023, called at once
    return data


def is_picture_name(name: str) -> bool:
    """Whether a name ends as those of picture files do."""
    return name[-5:].lower().endswith(_PICTURE_ENDS)


def is_hidden(path: str) -> bool:
    """Whether a path in an archive is what a system puts beside a person's files."""
    return path.lower().startswith("__macosx/") or path.rsplit("/", 1)[-1].startswith(".")


def _too_large(came: str) -> LimitError:
    return LimitError(
        "an archive may unpack to the size limit at most", came=came, do="Unpack it, and open a part of the table."
    )


def _drained(opened: Callable[[], IO[bytes]], kind: str, largest: int) -> bytes:
    blocks: list[bytes] = []
    size = 0
    try:
        with opened() as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > largest:
                    raise _too_large(f"more than {largest:,} bytes".replace(",", " "))
                blocks.append(block)
    except DAMAGED as error:
        raise DataError(
            f"the {kind} archive is damaged or of an unknown kind",
            came=str(error)[:200],
            do="Unpack it on your computer and open the table inside.",
        ) from None
    return b"".join(blocks)


def _is_document(names: set[str]) -> bool:
    """Whether a zip is a workbook or another document, which its own door opens or names."""
    return "[Content_Types].xml" in names or "mimetype" in names or "xl/workbook.xml" in names


def _from_zip(data: bytes, archive: zipfile.ZipFile, largest: int) -> Unpacked:
    members = [member for member in archive.infolist() if not _is_debris(member)]
    pictures = tuple(member.filename for member in members if is_picture_name(member.filename))
    files = [member for member in members if not is_picture_name(member.filename)]
    if any(member.filename.endswith("/data.pkl") for member in files):
        raise wrong("a PyTorch model")
    tables = [member for member in files if not _TEXTS.fullmatch(_base(member))] or files
    _refuse_number(len(tables), len(pictures))
    refuse_large(tables, largest)
    found: list[tuple[str, bytes]] = []
    for member in tables:
        packed = _drained(lambda: archive.open(member), "zip", largest)  # noqa: B023, called at once
        inner = _alone(packed, largest)
        largest -= len(inner)
        found.append((member.filename, inner))
    left_out = tuple(member.filename for member in files if member not in tables)
    return Unpacked(found, pictures, data if pictures else b"", left_out)


def _refuse_number(n_tables: int, n_pictures: int) -> None:
    if n_tables == 0:
        came = f"{n_pictures} picture{'s' if n_pictures > 1 else ''} and no table" if n_pictures else "an empty archive"
        raise DataError("a zip archive must hold a table", came=came, do="Put the table into it.")
    if n_tables > MOST_TABLES:
        raise LimitError(f"an archive may hold {MOST_TABLES} tables at most", came=f"{n_tables} files")


def _base(member: zipfile.ZipInfo) -> str:
    return member.filename.rsplit("/", 1)[-1]


def _is_debris(member: zipfile.ZipInfo) -> bool:
    """What holds no data in archives: folders, forks of macOS, hidden files, links, what has no name."""
    if not member.filename or member.is_dir():
        return True
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return is_link or is_hidden(member.filename)
