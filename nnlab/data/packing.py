"""What the bytes are before they are text: packed files are opened within a limit, wrong files are named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

from nnlab.errors import DataError, LimitError

# the first bytes of files that people take for CSV, with what a person would call them
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"FEA1", "a Feather file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"RIFF", "a sound, video or WebP file"),
    (b"wOF2", "a font file"),
)
_DO_EXPORT = "Save the table as CSV and open that file."
_JSON = re.compile(rb"\s*(\{\s*(\"|\})|\[\s*(\{|\[\s*[\[\"\d-]))")
_MARKUP = re.compile(
    rb"\s*<(!doctype|html|\?xml|head|body|table|svg|script|div|p|rss|feed|kml|!--)[\s>]", re.IGNORECASE
)
_SOURCE = re.compile(
    rb"^[ \t]*(import \w[\w., ]*|from [\w.]+ import .+|(def|class) \w+.*:|if __name__ == .*:|#include [<\"].+"
    rb"|package \w.*;|(export |public |private |static )*(function|const|let|var|class|void|int) \w+.*[{;(]"
    rb"|<\?php.*|use \w+(::\w+)+;)[ \t\r]*$",
    re.MULTILINE,
)
_PACKED: tuple[tuple[bytes, str, Any], ...] = (
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\xfd7zXZ\x00", "xz", lzma.open),
)
# all that the readers of archives raise for bytes that make no sense to them
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    IndexError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
_PICTURE_ENDS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_BLANKS = b"\x00 \t\r\n\x0b\x0c\x1a\xef\xbb\xbf\xff\xfe"
_BLOCK = 1 << 20
_SMALL = 50_000_000  # bytes that any archive may unpack to


def unpacked(data: bytes, largest: int) -> bytes:
    """The text file inside a gzip, bzip2, xz or one-file zip archive, or the bytes themselves.

    Raises `LimitError` once more than `largest` bytes, or 200 times the size of a large archive, have come out,
    `DataError` for a damaged archive, for one that holds no or several tables, and for an Excel or other office file.
    """
    largest = min(largest, max(_SMALL, 200 * len(data)))  # no table shrinks more; a bomb does
    for magic, kind, opened in _PACKED:
        if data.startswith(magic):
            return _drained(lambda: opened(io.BytesIO(data)), kind, largest)  # noqa: B023, called at once
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _from_zip(data, largest)
    return data


def is_picture_name(name: str) -> bool:
    """Whether a name ends as those of picture files do."""
    return name[-5:].lower().endswith(_PICTURE_ENDS)


def is_hidden(path: str) -> bool:
    """Whether a path in an archive is what a system puts beside a person's files."""
    return path.lower().startswith("__macosx/") or path.rsplit("/", 1)[-1].startswith(".")


def refuse_other_files(data: bytes) -> None:
    """Raises a `DataError` that says what the bytes are where they are plainly no table of text."""
    if not data[:65536].strip(_BLANKS) and not data.strip(_BLANKS):
        came = "0 bytes" if not data else f"{len(data)} bytes without a single character"
        raise DataError("the file is empty", came=came, do="Check that it was saved, and choose it again.")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise _wrong(what)
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise _wrong("a Python pickle, which is never opened here")
    if data[257:262] == b"ustar":
        raise _wrong("a tar archive")
    if data[4:8] == b"ftyp":
        raise _wrong("a video or picture file")
    head = data[:65536].removeprefix(b"\xef\xbb\xbf")
    if _JSON.match(head):
        raise _wrong("a JSON file")
    if _MARKUP.match(head):
        raise _wrong("a web page or XML file")
    if len(_SOURCE.findall(head[:8192])) >= 2:
        raise _wrong("the source text of a program")


def refuse_binary(text: bytes) -> None:
    """Raises a `DataError` where text that was decoded is full of control characters."""
    head = text[:65536].replace(b"\x00", b"")
    kept = head.translate(None, bytes(range(1, 8)) + bytes(range(14, 27)))
    if len(head) - len(kept) > 0.1 * len(head):
        raise _wrong("a binary file")


def _wrong(what: str) -> DataError:
    return DataError("a table of text (CSV) is needed", came=what, do=_DO_EXPORT)


def _drained(opened: Callable[[], IO[bytes]], kind: str, largest: int) -> bytes:
    blocks: list[bytes] = []
    size = 0
    try:
        with opened() as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > largest:
                    raise LimitError(
                        "an archive may unpack to the size limit at most",
                        came=f"more than {largest:,} bytes".replace(",", " "),
                        do="Unpack it, and open a part of the table.",
                    )
                blocks.append(block)
    except _DAMAGED as error:
        raise DataError(
            f"the {kind} archive is damaged or of an unknown kind",
            came=str(error)[:200],
            do="Unpack it on your computer and open the table inside.",
        ) from None
    return b"".join(blocks)


def _from_zip(data: bytes, largest: int) -> bytes:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGED as error:
        raise DataError(
            "the zip archive is damaged", came=str(error)[:200], do="Download or export it again."
        ) from None
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if "[Content_Types].xml" in names or "mimetype" in names:
        spreadsheet = any(name.startswith("xl/") for name in names)
        raise _wrong("an Excel workbook" if spreadsheet else "an office document or e-book")
    tables = [name for name in names if not is_hidden(name)]
    if len(tables) > 1:  # pictures beside a table are for the rows that name them
        tables = [name for name in tables if not is_picture_name(name)] or tables
    if len(tables) != 1:
        raise DataError(
            "a zip archive must hold exactly one table",
            came=f"{len(tables)} files",
            do="Unpack it and open the table you mean.",
        )
    inner = _drained(lambda: archive.open(tables[0]), "zip", largest)
    return inner
