"""Other doors than CSV text: workbooks, columnar files and JSON rows become CSV text, which the one reader reads.

So header, footer, kinds, issues and every overruling work alike, whatever a table came in.
"""

from __future__ import annotations

from nnlab.data.doors.door import BREAK, Opened
from nnlab.data.packing import ZIP, most_unpacked, opened_zip
from nnlab.data.wrong_files import is_a_line, wrong
from nnlab.limits import Limits

__all__ = ["BREAK", "Opened", "opened"]

_PACKINGS = (".gz", ".bz2", ".xz", ".zst")
COLUMNAR = (b"PAR1", b"ARROW1")
_JSON_NAMES = (".jsonl", ".ndjson", ".json")


def opened(data: bytes, name: str, sheet: str, granted: Limits) -> Opened | None:
    """The CSV text of a file that is none, or None where the bytes are to be read as text.

    JSON is opened where the file's name says so: elsewhere it is more likely a mistake. Raises `DataError` and
    `LimitError` as reading text does.
    """
    if data.startswith(ZIP):
        return _workbook(data, sheet, granted)
    if data.startswith(COLUMNAR) and not is_a_line(data[:64]):  # a header may begin so
        from nnlab.data.doors.columnar import read_columnar

        return read_columnar(data, most_unpacked(data, granted.file_bytes), granted.columns)
    if plain_name(name).lower().endswith(_JSON_NAMES) and _begins_as_json(data):
        from nnlab.data.doors.json_rows import read_json

        return read_json(data, granted)
    return None


def plain_name(name: str) -> str:
    """A file's name without the ending of its packing: `rows.jsonl` for `rows.jsonl.gz`."""
    ending = next((ending for ending in _PACKINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


def _begins_as_json(data: bytes) -> bool:
    return data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _workbook(data: bytes, sheet: str, granted: Limits) -> Opened | None:
    from nnlab.data.doors.ods import OdsBook
    from nnlab.data.doors.workbook import read_workbook
    from nnlab.data.doors.xlsx import XlsxBook

    archive = opened_zip(data)
    names = set(archive.namelist())
    largest = most_unpacked(data, granted.file_bytes)
    if "xl/workbook.bin" in names:
        raise wrong("a binary Excel workbook (.xlsb)", "Save it as .xlsx or as CSV and open that file.")
    if any(name.startswith("xl/") for name in names):
        return read_workbook(XlsxBook(archive, largest), sheet, largest, granted)
    if OdsBook.is_one(archive):
        return read_workbook(OdsBook(archive, largest), sheet, largest, granted)
    if "mimetype" in names or "[Content_Types].xml" in names:
        raise wrong("an office document or e-book")
    raise wrong("a zip archive inside another one", "Unpack it and open the table inside.")
