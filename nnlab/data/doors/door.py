"""What every door gives: CSV text, what it fixes of the reading, and rows as they become that text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.data.table import Issue
from nnlab.errors import LimitError

# Stands for a line break inside a cell, so that every row is one line: a letter of a private plane that no font has.
BREAK = "\U0010fd1d"
_BREAKS = re.compile("\r\n|\r|\n")
DIALECT: Mapping[str, Any] = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "escape": ""}
HEADED: Mapping[str, Any] = {  # the file itself says what its columns are called and where its rows end
    **DIALECT,
    "header_line": 1,
    "skip_lines": 0,
    "below_header": 0,
    "footer_lines": 0,
    "comment": "",
}


@dataclass(frozen=True)
class Opened:
    """A table as CSV text (UTF-8, LF, comma, doubled quotes, a row a line, `BREAK` for breaks inside cells).

    `fixed` are the fields of `Reading` that nobody can overrule, `guessed` those that the door knows better than the
    text shows. `shift` is how far the lines of the text lie behind the lines or rows of the file; `form` is what the
    file is called, with the sheet of a workbook.
    """

    text: bytes
    form: str
    fixed: Mapping[str, Any]
    guessed: Mapping[str, Any] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    shift: int = 0

    @property
    def has_breaks(self) -> bool:
        return BREAK.encode() in self.text


class CsvRows:
    """Rows of cells that become CSV text; a row as short as the cells that are known of it gets the missing ones.

    Raises `LimitError` before the text holds more than `largest` characters, or a row more than `widest` cells.
    """

    def __init__(self, largest: int, widest: int) -> None:
        self.width = 0
        self._largest, self._widest = largest, widest
        self._done: list[tuple[str, int]] = []
        self._n_done = 0
        self._begin()

    def add(self, cells: Sequence[str]) -> None:
        """One more row; a wider one than all before makes the table wider."""
        if len(cells) > self.width:
            self.widen(len(cells))
        self._make_room(sum(map(len, cells)) + self.width)
        padded = [*cells, *[""] * (self.width - len(cells))]
        self._writer.writerow([_BREAKS.sub(BREAK, cell) if "\n" in cell or "\r" in cell else cell for cell in padded])

    def blank(self, count: int = 1) -> None:
        """Lines without anything, which the reader passes over."""
        self._make_room(count)
        self._sink.write("\n" * count)

    def widen(self, width: int) -> None:
        """From here on rows have this many cells."""
        if width > self._widest:
            raise LimitError(f"a table may have {self._widest} columns at most", came=f"{width} columns")
        self._done.append((self._sink.getvalue(), self.width))
        self._n_done += self._sink.tell()
        self.width = width
        self._begin()

    def text(self) -> bytes:
        """All rows as UTF-8, each as wide as the widest."""
        parts = [*self._done, (self._sink.getvalue(), self.width)]
        missing = sum(part.count("\n") * (self.width - width) for part, width in parts)
        self._make_room(missing)
        return "".join(_widened(part, self.width - width) for part, width in parts).encode("utf-8", "replace")

    def _begin(self) -> None:
        self._sink = io.StringIO(newline="")
        self._writer = csv.writer(self._sink, lineterminator="\n")

    def _make_room(self, more: int) -> None:
        if self._n_done + self._sink.tell() + more > self._largest:
            raise LimitError(
                "a table may have as many characters as the size limit at most",
                came=f"more than {self._largest:,} characters".replace(",", " "),
                do="Take a part of its rows, or raise the limit.",
            )


def _widened(text: str, missing: int) -> str:
    """The lines with that many empty cells more; lines without anything stay so."""
    return re.sub(r"(?<=[^\n])\n", "," * missing + "\n", text) if missing else text
