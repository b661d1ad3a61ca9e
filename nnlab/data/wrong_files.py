"""Files that are no table: each is named for what it is, so that nobody looks for the fault in the reading."""

from __future__ import annotations

import re

from nnlab.data.wording import counted
from nnlab.errors import DataError

# the first bytes of files that people take for CSV, with what a person would call them
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file, or one with a password"),
    (b"FEA1", "a Feather file of the first version"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"CDF\x01", "a netCDF file"),
    (b"CDF\x02", "a netCDF file"),
    (b"SIMPLE  =", "a FITS file"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"RDX2\n", "an R workspace"),
    (b"RDX3\n", "an R workspace"),
    (b"X\n\x00\x00\x00", "an R data file"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (b"LZIP\x01", "an lzip archive"),
    (b"\x1f\x9d", "an archive of compress (.Z)"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"#!/", "a script"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"fLaC", "a sound file"),
    (b"RIFF", "a sound, video or WebP file"),
    (b"\x1aE\xdf\xa3", "a video file"),
    (b"wOF2", "a font file"),
    (b"-----BEGIN ", "a key or certificate"),
)
A_FEW = 8  # control characters that any text may hold
_LETTERS = (b"ORC", b"ID3", b"FEA1")  # a header may begin so
_DO_EXPORT = "Save the table as CSV and open that file."
_DO_NAME_JSON = "Save the table as CSV; or, if each line holds one row as an object, name the file .jsonl."
_DO_FETCH = "Download the file itself; this small text only stands for it."
_POINTERS = (
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer"),
    (b"/annex/objects/", "a git-annex pointer"),
    (b"../.git/annex/objects/", "a git-annex pointer"),
)
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
_ENDS = re.compile(rb"[,;|\t\r\n]")
_BLANKS = b"\x00 \t\r\n\x0b\x0c\x1a\xef\xbb\xbf\xff\xfe"


def refuse_other_files(data: bytes) -> None:
    """Raises a `DataError` that says what the bytes are where they are plainly no table of text."""
    if not data[:65536].strip(_BLANKS) and not data.strip(_BLANKS):
        came = "0 bytes" if not data else f"{counted(len(data), 'byte')} without a single character"
        raise DataError("the file is empty", came=came, do="Check that it was saved, and choose it again.")
    for start, what in _POINTERS:
        if data.startswith(start):
            raise wrong(what, _DO_FETCH)
    for magic, what in _MAGIC:
        if data.startswith(magic) and not (magic in _LETTERS and is_a_line(data[:64])):
            raise wrong(what)
    _refuse_by_inner_marks(data)
    head = data[:65536].removeprefix(b"\xef\xbb\xbf")
    if _JSON.match(head):
        raise wrong("a JSON file", _DO_NAME_JSON)
    if _MARKUP.match(head):
        raise wrong("a web page or XML file")
    if len(_SOURCE.findall(head[:8192])) >= 2:
        raise wrong("the source text of a program")


def is_a_line(head: bytes) -> bool:
    """Whether the first bytes of a file are plain text that ends a cell or a line, whatever magic they look like."""
    return (
        bool(_ENDS.search(head))
        and head.isascii()
        and head.decode("ascii").translate(str.maketrans("", "", "\r\n\t")).isprintable()
    )


def refuse_binary(text: bytes) -> None:
    """Raises a `DataError` where text that was decoded is full of control characters.

    A fiftieth is enough: no table that people write has so many, and bytes drawn at random have twice that.
    """
    head = text[:65536].replace(b"\x00", b"")
    kept = head.translate(None, bytes(range(1, 8)) + bytes(range(14, 27)))
    if len(head) - len(kept) > max(A_FEW, 0.02 * len(head)):
        raise wrong("a binary file")


def wrong(what: str, do: str = _DO_EXPORT) -> DataError:
    """The error that names a file which is no table."""
    return DataError("a table is needed: CSV, Excel, Parquet or JSON lines", came=what, do=do)


def _refuse_by_inner_marks(data: bytes) -> None:
    """Files whose mark does not stand at their very beginning, or is too short to be believed alone."""
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise wrong("a Python pickle, which is never opened here")
    if b"\x00" not in data[:512]:
        return  # each of the others has a zero byte there, and a cell of text may read like their marks
    if data[257:262] == b"ustar":
        raise wrong("a tar archive", "Unpack it and open the table inside.")
    if data[4:8] == b"ftyp":
        raise wrong("a video or picture file")
    if data[:2] == b"BM" and data[6:10] == b"\x00\x00\x00\x00":
        raise wrong("a BMP picture")
    if data[8:12] == b"DUCK":
        raise wrong("a DuckDB database")
