"""JSON rows: one object a line (.jsonl), or a list of objects (.json), as CSV text; nested values keep their JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nnlab.data.doors.door import HEADED, CsvRows, Opened
from nnlab.data.encoding import decode
from nnlab.data.packing import most_unpacked
from nnlab.data.table import MOST_ISSUES, Issue
from nnlab.errors import DataError
from nnlab.limits import Limits

_NOT_FINITE = {"NaN": "", "Infinity": "inf", "-Infinity": "-inf"}
_DEEPEST = 100
_BETWEEN = re.compile(r"\s*,?\s*")


def read_json(data: bytes, granted: Limits) -> Opened:
    """The rows of a JSON file: columns in the order in which their names appear, line n of the file line n of the text.

    In a list of objects, row n counts as line n. A line that is no object is told and set aside.
    """
    text = decode(data).text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    rows = _Rows(CsvRows(most_unpacked(data, granted.file_bytes), granted.columns))
    found = _elements(text) if text.lstrip().startswith("[") else _lines(text)
    for line, value in found:
        rows.add(line, value)
    return rows.finished()


@dataclass
class _Rows:
    """Objects as rows of cells, a column for every name that came so far."""

    rows: CsvRows
    names: dict[str, int] = field(default_factory=dict)
    n_rows: int = 0
    n_aside: int = 0
    issues: list[Issue] = field(default_factory=list)
    nested: dict[str, int] = field(default_factory=dict)  # the first line by column
    _last: int = 0

    def add(self, line: int, value: object) -> None:
        """One value: an object is a row, anything else is told and set aside, nothing at all is a blank line."""
        self.rows.blank(line - self._last - 1)
        self._last = line
        cells = self._cells(value, line) if isinstance(value, dict) else None
        if cells is None:
            self.n_aside += 1
            if len(self.issues) < MOST_ISSUES:
                text = value[:200] if isinstance(value, str) else ""
                self.issues.append(Issue(line, "", text, "no JSON object with names and values; it was set aside"))
            self.rows.blank()
            return
        for name in cells:
            self.names.setdefault(name, len(self.names))
        self.n_rows += 1
        self.rows.add([cells.get(name, "") for name in self.names] or [""])

    def finished(self) -> Opened:
        """All rows under the names; raises `DataError` where there are none, or most lines are no objects."""
        if not self.n_rows or self.n_aside * 3 > self.n_rows + self.n_aside:
            raise DataError(
                "a JSON table is an object with names and values in every line, or a list of such objects",
                came=f"{self.n_aside} others and {self.n_rows} objects",
                do="Save the table as CSV, or one object a line.",
            )
        for name, line in self.nested.items():
            self.issues.append(Issue(line, name, "", "lists and objects in this column are kept as their JSON text"))
        header = CsvRows(1 << 40, max(len(self.names), 1))
        header.add(list(self.names))
        return Opened(header.text() + self.rows.text(), "JSON rows", HEADED, issues=tuple(self.issues), shift=1)

    def _cells(self, value: dict[str, Any], line: int) -> dict[str, str] | None:
        try:
            return {name: self._cell(cell, name, line) for name, cell in value.items()}
        except RecursionError:
            return None

    def _cell(self, value: object, name: str, line: int) -> str:
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        self.nested.setdefault(name, line)
        return _json(value)


class _Number(str):
    """A number as it stands in the file, so that no digit is lost, and told from text inside lists and objects."""


def _json(value: object, depth: int = 0) -> str:
    """The JSON text of a nested value; raises RecursionError where it is deeper than anyone writes."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        inner = (f"{json.dumps(name, ensure_ascii=False)}: {_json(each, depth + 1)}" for name, each in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(each, depth + 1) for each in value) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    decoder = _decoder()
    for line, each in enumerate(text.split("\n"), start=1):
        if each.strip():
            try:
                yield line, decoder.decode(each)
            except (ValueError, RecursionError):
                yield line, each


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    """The elements of a list, one at a time; raises `DataError` where the text is no JSON."""
    decoder = _decoder()
    at, place = _BETWEEN.match(text, text.index("[") + 1).end(), 0  # type: ignore[union-attr]  # it matches nothing too
    try:
        while text[at] != "]":
            value, at = decoder.raw_decode(text, at)
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
            place += 1
            yield place, value
    except (ValueError, IndexError, RecursionError) as error:
        where = f"line {text.count(chr(10), 0, at) + 1}"
        raise DataError("the JSON text is damaged", where=where, came=str(error)[:200], do="Export it again.") from None


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_NOT_FINITE.__getitem__)
