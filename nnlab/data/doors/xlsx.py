"""Excel workbooks (.xlsx, .xlsm): the sheets, shared texts and styles of the archive, and cells as text.

Read here and not by a library: a workbook of two cells in opposite corners makes readers that hold a sheet as a block
take hundreds of gigabytes and end the process. As a stream no row takes more than itself. (ECMA-376, part 1, 18.)
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping

from nnlab.data.doors.cell_values import Style, shown, style_of
from nnlab.data.doors.workbook import SheetRows
from nnlab.data.doors.xml_stream import attribute, parse_member
from nnlab.data.packing import refuse_large
from nnlab.errors import DataError

# the numbers of the formats that need no code in the file
_DATES = dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd")
_TIMES = dict.fromkeys((*range(18, 22), 45, 47, *range(32, 36), 55, 56), "hh:mm:ss")
_BUILT_IN = {**_DATES, **_TIMES, 22: "yyyy-mm-dd hh:mm", 46: "[h]:mm:ss"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MOST_COLUMNS = 16_384


class XlsxBook:
    """A workbook whose directory, styles and names of sheets are read; `fill` reads one sheet."""

    def __init__(self, archive: zipfile.ZipFile, largest: int) -> None:
        refuse_large([info for info in archive.infolist() if info.filename.endswith((".xml", ".rels"))], largest)
        self._archive = archive
        self._members = {name.lower(): name for name in archive.namelist()}
        self._path = self._office_document()
        self._links = self._relations(self._path)
        self._is_1904 = False
        self._places: dict[str, str] = {}  # of the sheets, by name
        self._hidden: dict[str, bool] = {}
        parse_member(archive, self._member(self._path), self._on_workbook, _nothing, _nothing)
        self._styles: list[Style] | None = None
        self._texts: list[str] | None = None

    @property
    def sheets(self) -> Mapping[str, bool]:
        return self._hidden

    def fill(self, sheet: str, rows: SheetRows) -> None:
        """Adds the rows of a sheet; texts and styles that sheets share are read once."""
        if self._texts is None:
            texts, styles = _Texts(), _Styles()
            for kind, part in (("sharedStrings", texts), ("styles", styles)):
                at = next((place for place, what in self._links.values() if what == kind), "")
                if at.lower() in self._members:
                    parse_member(self._archive, self._member(at), part.start, part.end, part.text)
            self._texts, self._styles = texts.found, styles.found
        cells = _Cells(rows, self._texts, self._styles or [], self._is_1904)
        parse_member(self._archive, self._member(self._places[sheet]), cells.start, cells.end, cells.text)

    def _member(self, path: str) -> str:
        name = self._members.get(path.lower())
        if name is None:
            raise DataError("the workbook is damaged", came=f"no {path[:80]} in it", do="Save it again as .xlsx.")
        return name

    def _office_document(self) -> str:
        links = self._relations("")
        return next((place for place, what in links.values() if what == "officeDocument"), "xl/workbook.xml")

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Where the parts that a part names lie, and what they are, by the id that it gives them."""
        folder, base = posixpath.split(path)
        name = self._members.get(posixpath.join(folder, "_rels", f"{base}.rels").lower())
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                found[attributes.get("Id", "")] = target.lstrip("/"), attributes.get("Type", "").rpartition("/")[2]

        if name is not None:
            parse_member(self._archive, name, start, _nothing, _nothing)
        return found

    def _on_workbook(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self._is_1904 = attributes.get("date1904") in ("1", "true")
        if tag == "sheet":
            link = self._links.get(attribute({key: v for key, v in attributes.items() if ":" in key}, "id"), ("", ""))
            if link[1] == "worksheet":
                self._places[attributes.get("name", "")] = link[0]
                self._hidden[attributes.get("name", "")] = attributes.get("state", "visible") != "visible"


def _nothing(*_: object) -> None:
    return None


class _Texts:
    """The texts that cells share: the parts of each joined, readings aids above them (rPh) left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._takes = False
        self._is_aid = False

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag == "t":
            self._takes = not self._is_aid
        elif tag == "rPh":
            self._is_aid = True

    def end(self, tag: str) -> None:
        if tag == "t":
            self._takes = False
        elif tag == "rPh":
            self._is_aid = False
        elif tag == "si":
            self.found.append(_plain("".join(self._parts)))
            self._parts = []

    def text(self, text: str) -> None:
        if self._takes:
            self._parts.append(text)


class _Styles:
    """How the cells of each style show a number: as itself, or as a date or time."""

    def __init__(self) -> None:
        self.found: list[Style] = []
        self._codes: dict[int, str] = dict(_BUILT_IN)
        self._is_inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._is_inside = True
        elif tag == "xf" and self._is_inside:
            self.found.append(style_of(self._codes.get(int(attributes.get("numFmtId", "0")), "")))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._is_inside = False

    def text(self, text: str) -> None:
        return None


class _Cells:
    """The cells of a sheet as rows of text."""

    def __init__(self, rows: SheetRows, texts: list[str], styles: list[Style], is_1904: bool) -> None:
        self._rows, self._texts, self._styles, self._is_1904 = rows, texts, styles, is_1904
        self._row = 0
        self._cells: list[str] = []
        self._column = -1
        self._columns: dict[str, int] = {}
        self._type = self._style = ""
        self._parts: list[str] = []
        self._takes = self._is_aid = self._has_formula = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._column = self._place(attributes["r"]) if "r" in attributes else self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._has_formula = False
        elif tag == "v" or (tag == "t" and not self._is_aid):
            self._takes = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._cells, self._column = [], -1
        elif tag == "rPh":
            self._is_aid = True

    def end(self, tag: str) -> None:
        if tag == "c":
            self._end_cell()
        elif tag == "v" or tag == "t":
            self._takes = False
        elif tag == "rPh":
            self._is_aid = False
        elif tag == "row":
            self._rows.add(self._row, self._cells)

    def text(self, text: str) -> None:
        if self._takes:
            self._parts.append(text)

    def _place(self, reference: str) -> int:
        """The place of a column from 0, each worked out once; raises ValueError for one that no sheet has."""
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            self._columns[letters] = _column(letters)
        return self._columns[letters]

    def _end_cell(self) -> None:
        if not self._parts:
            if self._has_formula and self._type != "str":
                self._rows.n_uncomputed += 1
                self._rows.first_uncomputed = self._rows.first_uncomputed or self._row
            return
        cell = self._shown("".join(self._parts) if len(self._parts) > 1 else self._parts[0])
        self._parts = []
        if self._column == len(self._cells) < _MOST_COLUMNS:
            self._cells.append(cell)
            return
        if self._column >= _MOST_COLUMNS:
            raise ValueError(f"a cell in column {self._column + 1}")
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = cell

    def _shown(self, value: str) -> str:
        if self._type == "s":
            return self._texts[int(value)]
        if self._type == "n":
            place = int(self._style)
            return shown(value, self._styles[place] if place < len(self._styles) else "", self._is_1904)
        if self._type == "b":
            return "TRUE" if value.strip() in ("1", "true") else "FALSE"
        if self._type == "d":
            return value.replace("T", " ").removesuffix(" 00:00:00")
        return _plain(value)


def _column(letters: str) -> int:
    """The place of a column from 0: 0 for `A`, 26 for `AA`."""
    place = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or place > _MOST_COLUMNS:
            raise ValueError(f"a cell in column {letters[:10]}")
        place = 26 * place + ord(letter) - 64
    if not 1 <= place <= _MOST_COLUMNS:
        raise ValueError(f"a cell in column {letters[:10]}")
    return place - 1


def _plain(text: str) -> str:
    """Text with what stands as `_x000D_` in it as the character that is meant."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code < 0xE000 or code == 0 else chr(code)
