"""Lines to records: Python's own csv reader, watched, so that a stray quote never swallows the rows after it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from nnlab.errors import LimitError

_END = "\x00end of the file\x00"  # cannot stand in a file: zero bytes are taken out before
_STAND_IN = "\x1f"  # takes the place of a delimiter of several characters


@dataclass(frozen=True)
class Dialect:
    """How one line is cut into cells."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    def options(self, largest_cell: int) -> dict[str, Any]:
        """The arguments for `csv.reader`."""
        csv.field_size_limit(largest_cell)
        return {
            "delimiter": self.delimiter if len(self.delimiter) == 1 else _STAND_IN,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape or None,
            "strict": True,
            "skipinitialspace": not self.delimiter.isspace(),
        }


class Record(NamedTuple):
    """The cells of one row, the line it begins in (from 1), how many lines it takes, and what was mended."""

    line: int
    cells: list[str]
    n_lines: int = 1
    mended: str = ""


def split(
    lines: Sequence[str],
    dialect: Dialect,
    first_line: int = 1,
    width: int | None = None,
    largest_cell: int = 5_000_000,
    is_cut: bool = False,
) -> Iterator[Record]:
    """The records of some lines of text, the first of which is line `first_line`; blank lines give no cells.

    A record over several lines is believed if its quotes close and the lines inside do not look like rows themselves;
    else its first line is mended and taken alone. Where the lines are only the head of a file (`is_cut`), a last record
    that goes on below is left out.
    """
    options = dialect.options(largest_cell)
    start = 0
    while start < len(lines):
        reader = csv.reader(_fed(lines, start, dialect), **options)
        at = start
        try:
            for cells in reader:
                end = start + reader.line_num
                if end - at > 1 and _is_swallowed(lines[at:end], cells, dialect, width):
                    break
                if at < len(lines):
                    yield Record(first_line + at, _restored(cells, dialect), end - at)
                at = end
            else:
                return
        except csv.Error as error:
            _refuse_long_cell(error, largest_cell, first_line + at)
        if is_cut and start + reader.line_num > len(lines) and not _like_rows(lines[at + 1 :], dialect, width or 0):
            return
        yield _mended(lines[at], first_line + at, dialect, width, options)
        start = at + 1


def _refuse_long_cell(error: csv.Error, largest_cell: int, line: int) -> None:
    if "larger than field limit" in str(error):
        raise LimitError(
            f"a cell may hold {largest_cell:,} characters at most".replace(",", " "),
            where=f"line {line}",
            do="Check the quotation marks there, or shorten the cell.",
        ) from None


def _fed(lines: Sequence[str], start: int, dialect: Dialect) -> Iterator[str]:
    rest = range(start, len(lines))
    if len(dialect.delimiter) == 1 and not dialect.escape:
        return chain((lines[at] + "\n" for at in rest), (_END,))
    return chain((_prepared(lines[at], dialect) + "\n" for at in rest), (_END,))


def _prepared(line: str, dialect: Dialect) -> str:
    if len(dialect.delimiter) > 1:
        line = line.replace(dialect.delimiter, _STAND_IN)
    if dialect.escape and "\\" in line:
        # only before a quote, a delimiter or another backslash is it an escape; elsewhere (C:\new) it is itself
        line = re.sub(rf"\\(?![{re.escape(dialect.quote + dialect.delimiter)}\\])", r"\\\\", line)
    return line


def _restored(cells: list[str], dialect: Dialect) -> list[str]:
    if len(dialect.delimiter) > 1:
        cells = [cell.replace(_STAND_IN, dialect.delimiter) for cell in cells]
    return list(map(str.strip, cells))


def _is_swallowed(lines: Sequence[str], cells: list[str], dialect: Dialect, width: int | None) -> bool:
    if len(lines) > 3 and _like_rows(lines[1:-1], dialect, width or len(cells)):
        return True
    wanted = (width or 0) - 1
    return len(cells) != width and lines[-1].count(dialect.delimiter) >= wanted > 0


def _like_rows(lines: Sequence[str], dialect: Dialect, width: int) -> bool:
    return width > 1 and all(line.count(dialect.delimiter) == width - 1 for line in lines[:50])


def _mended(line: str, number: int, dialect: Dialect, width: int | None, options: dict[str, Any]) -> Record:
    """The record of a line whose quotes are wrong: quotes inside a cell kept, or one quote too many taken out."""
    text = _prepared(line, dialect)
    cells = _lenient(text, options)
    if width is None or len(cells) == width:
        return Record(number, _restored(cells, dialect), 1, "quotation marks inside a cell were taken as text")
    places = [at for at, letter in enumerate(text) if letter == dialect.quote] if len(text) < 100_000 else []
    for at in places[:50]:
        cells = _lenient(text[:at] + text[at + 1 :], options)
        if len(cells) == width:
            why = f"a quotation mark too many was taken out at character {at + 1}"
            return Record(number, _restored(cells, dialect), 1, why)
    plain = next(csv.reader([text], **{**options, "quoting": csv.QUOTE_NONE, "quotechar": None}), [])
    return Record(number, _restored(plain, dialect), 1, "a quotation mark is never closed; it was taken as text")


def _lenient(text: str, options: dict[str, Any]) -> list[str]:
    """The cells of a line in which a quote closes a cell only before a delimiter or at the end of the line."""
    mark, between = re.escape(options["quotechar"] or '"'), re.escape(options["delimiter"])
    end = rf"(?=\s*(?:{between}|$))"
    cell = re.compile(rf"\s*{mark}((?:[^{mark}]|{mark}(?!\s*(?:{between}|$)))*){mark}\s*{end}|([^{between}]*)")
    cells: list[str] = []
    at = 0
    while True:
        found = cell.match(text, at)
        assert found is not None, "the second alternative matches anything, even nothing"
        quoted = found[1]
        cells.append(
            found[2] if quoted is None else quoted.replace((options["quotechar"] or '"') * 2, options["quotechar"])
        )
        at = found.end() + 1
        if at > len(text):
            return cells
