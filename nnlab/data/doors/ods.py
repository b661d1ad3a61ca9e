"""OpenDocument workbooks (.ods): tables, rows and cells that repeat themselves as numbers say, cells as text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping

from nnlab.data.doors.cell_values import clock_time, plain_number
from nnlab.data.doors.workbook import MOST_ROWS, SheetRows
from nnlab.data.doors.xml_stream import attribute, parse_member
from nnlab.data.packing import DAMAGED, refuse_large
from nnlab.errors import LimitError

_CONTENT = "content.xml"
_MOST_COLUMNS = 16_384
_LONGEST_CELL = 5_000_000  # characters
_DURATION = re.compile(r"-?PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,9}))?S)?")
_VALUES = {"float": "value", "percentage": "value", "currency": "value", "date": "date-value", "time": "time-value"}


class OdsBook:
    """A workbook whose names of sheets are read; `fill` reads one sheet."""

    def __init__(self, archive: zipfile.ZipFile, largest: int) -> None:
        refuse_large([info for info in archive.infolist() if info.filename == _CONTENT], largest)
        self._archive = archive
        self._names: dict[str, bool] = {}
        parse_member(archive, _CONTENT, self._on_table, lambda _: None, lambda _: None)

    @staticmethod
    def is_one(archive: zipfile.ZipFile) -> bool:
        """Whether an archive says of itself that it is a spreadsheet."""
        try:
            with archive.open("mimetype") as stream:
                return b"opendocument.spreadsheet" in stream.read(200)
        except DAMAGED:
            return False

    @property
    def sheets(self) -> Mapping[str, bool]:
        return self._names

    def fill(self, sheet: str, rows: SheetRows) -> None:
        """Adds the rows of a sheet."""
        cells = _Cells(rows, sheet)
        parse_member(self._archive, _CONTENT, cells.start, cells.end, cells.text)

    def _on_table(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self._names[attribute(attributes, "name")] = False


class _Cells:
    """The cells of one table as rows of text."""

    def __init__(self, rows: SheetRows, sheet: str) -> None:
        self._rows, self._sheet = rows, sheet
        self._is_inside = False
        self._row, self._n_rows = 0, 1
        self._cells: list[str] = []
        self._column, self._n_columns = 0, 1
        self._value: str | None = None
        self._parts: list[str] = []
        self._n_letters = 0
        self._n_paragraphs = self._depth = self._n_notes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self._is_inside = attribute(attributes, "name") == self._sheet
        elif not self._is_inside:
            return
        elif tag == "table-row":
            self._n_rows = _repeats(attributes, "number-rows-repeated")
            self._cells, self._column = [], 0
        elif tag in ("table-cell", "covered-table-cell"):
            self._n_columns = _repeats(attributes, "number-columns-repeated")
            self._value = _value(attributes)
            self._parts, self._n_paragraphs, self._n_letters = [], 0, 0
        elif tag == "annotation":
            self._n_notes += 1
        elif not self._n_notes:
            self._start_text(tag, attributes)

    def _start_text(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("p", "h"):
            if self._n_paragraphs:
                self._parts.append("\n")
            self._n_paragraphs += 1
            self._depth += 1
        elif tag == "s" and self._depth:
            self._take(" " * min(int(attribute(attributes, "c") or 1), 10_000))
        elif tag in ("tab", "line-break") and self._depth:
            self._take("\t" if tag == "tab" else "\n")

    def _take(self, text: str) -> None:
        """A piece of the cell's text; a cell that grows beyond what a person writes is refused before memory is."""
        self._n_letters += len(text)
        if self._n_letters > _LONGEST_CELL:
            raise LimitError(f"a cell may have {_LONGEST_CELL} characters at most", came=f"row {self._row + 1}")
        self._parts.append(text)

    def end(self, tag: str) -> None:
        if tag == "table":
            self._is_inside = False
        elif not self._is_inside:
            return
        elif tag in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif tag == "table-row":
            self._end_row()
        elif tag == "annotation":
            self._n_notes -= 1
        elif tag in ("p", "h") and not self._n_notes:
            self._depth -= 1

    def text(self, text: str) -> None:
        if self._depth and not self._n_notes:
            self._take(text)

    def _end_cell(self) -> None:
        cell = "".join(self._parts) if self._value is None else self._value
        if cell.strip():
            if self._column + self._n_columns > _MOST_COLUMNS:
                raise LimitError(f"a sheet may have {_MOST_COLUMNS} columns at most", came=f"row {self._row + 1}")
            self._cells.extend([""] * (self._column - len(self._cells)))
            self._cells.extend([cell] * self._n_columns)
        self._column += self._n_columns

    def _end_row(self) -> None:
        if self._cells:
            if self._row + self._n_rows > MOST_ROWS:
                raise LimitError(f"a sheet may have {MOST_ROWS} rows at most", came=f"row {self._row + self._n_rows}")
            for row in range(self._row + 1, self._row + self._n_rows + 1):
                self._rows.add(row, list(self._cells))
        self._row += self._n_rows


def _repeats(attributes: dict[str, str], name: str) -> int:
    return max(int(attribute(attributes, name)[:9] or 1), 1)


def _value(attributes: dict[str, str]) -> str | None:
    """The value that a cell declares, as text; None where its paragraphs are its text."""
    kind = attribute(attributes, "value-type")
    if kind == "boolean":
        return "TRUE" if attribute(attributes, "boolean-value") == "true" else "FALSE"
    if kind == "string":
        said = [value for key, value in attributes.items() if key.rpartition(":")[2] == "string-value"]
        return said[0] if said else None
    value = attribute(attributes, _VALUES.get(kind, ""))
    if not value:
        return None
    if kind == "date":
        return value.replace("T", " ").removesuffix(" 00:00:00")
    return _time(value) if kind == "time" else plain_number(float(value))


def _time(value: str) -> str:
    found = _DURATION.fullmatch(value)
    if not found:
        return value
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    milliseconds = int((found[4] or "0")[:3].ljust(3, "0"))
    return ("-" if value.startswith("-") else "") + clock_time(
        ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
    )
