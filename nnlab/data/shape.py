"""Where the table begins and ends in a file: lines above it, the header, units under it, notes at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from nnlab.data.cells import TYPED, column_forms, form
from nnlab.data.dialect import guess_dialect
from nnlab.data.reading import MISSING_AMONG_VALUES, Reading, delimiter_name
from nnlab.data.records import Dialect, Record, split
from nnlab.data.table import Issue

HEAD = 65_536  # bytes of text that decide
LONGEST_HEAD = 16_000_000
N_LINES = 200
MANY = 16  # numbers in a row; fewer that count up may be values
N_ABOVE = 40  # a table begins within this many records
_UNIT = re.compile(
    r"[\[(]?(?:[munkMGµ]?(?:m|g|s|V|A|W|Pa|Hz|J|N|mol|bar|L|l|B|Wh|rad|deg)(?:[23²³]|\^-?\d|-\d)?"
    r"(?:[/·.* ]\w{1,4}[23²³]?)*"
    r"|°?[CFK]|deg[CFK]|hPa|kPa|min|h|hr|hours?|days?|sec|years?|kg|lbs?|ft|in|miles?|mph|km/h|%|ppm|USD|EUR|[$€£]|-|1)[\])]?"
)
_SEP = re.compile(r"\ufeff?\"?sep=([^\w\s\"]|\t)\"?[ ,;\t]*", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")


def guess_shape(text: bytes, encoding: str, known: Mapping[str, Any]) -> Reading:
    """The reading of a text (UTF-8 bytes): dialect and place of the table; what is `known` is kept.

    Of the lines that are known to be skipped none is taken for the header.
    """
    lines = head_lines(text)[:N_LINES]
    is_cut = len(lines) == N_LINES or len(text) > HEAD
    parts = {name: known[name] for name in ("delimiter", "quote", "escape") if name in known}
    told = _told_delimiter(lines)
    if told and "delimiter" not in known:
        parts["delimiter"] = told
    dialect = guess_dialect(lines, **parts)
    records = _records(lines, dialect, is_cut)
    least_line = max(2 if told else 1, int(known.get("skip_lines", 0)) + 1)
    records = [record for record in records if record.line >= least_line] or records
    comment = known.get("comment", _comment(records))
    records = [record for record in records if not _is_comment(record, comment, records)]
    at, below = _header(records)
    first = records[max(at, 0)].line if records else 1
    guessed: dict[str, Any] = {
        "encoding": encoding,
        "delimiter": dialect.delimiter,
        "quote": dialect.quote,
        "escape": dialect.escape,
        "header_line": first if at >= 0 else None,
        "skip_lines": 0 if at >= 0 else first - 1,
        "below_header": below,
        "comment": comment,
        "footer_lines": _footer_lines(text, dialect, usual_width(records)),
        "pixels": "join",
    }
    return Reading.parse({**guessed, **known})


def lone_column_issue(text: bytes, reading: Reading) -> Issue | None:
    """What is to be told of a table of one column whose lines another delimiter would cut into several."""
    lines = head_lines(text)[:N_LINES]
    dialect = guess_dialect(lines)
    width = usual_width([record for record in split(lines, dialect, is_cut=True) if any(record.cells)])
    if width < 2 or dialect.delimiter == reading.delimiter:
        return None
    given, better = delimiter_name(reading.delimiter), delimiter_name(dialect.delimiter)
    why = f"cut at the {given}, every line is one cell; cut at the {better} it would have {width} columns"
    return Issue(0, "", "", why, weight="warning")


def _records(lines: Sequence[str], dialect: Dialect, is_cut: bool) -> list[Record]:
    """The filled records of the lines; where a line is no record of its own, cut again with the usual width known."""
    every = list(split(lines, dialect, is_cut=is_cut))
    filled = [record for record in every if any(record.cells)]
    if len(every) == len(lines) and not any(record.mended for record in every):
        return filled
    return [record for record in split(lines, dialect, 1, usual_width(filled), is_cut=is_cut) if any(record.cells)]


def _told_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that a spreadsheet's first line tells (`sep=;`), where most lines under it hold it."""
    told = _SEP.fullmatch(lines[0]) if lines else None
    filled = [line for line in lines[1:21] if line.strip()]
    return told[1] if told and sum(told[1] in line for line in filled) * 2 > len(filled) else ""


def head_lines(text: bytes, begin: int = 0) -> list[str]:
    """The whole lines in the 64 KiB from a place in a text on, or more of them; LF, CR or CR LF ends one."""
    size, most = HEAD, min(len(text) - begin, LONGEST_HEAD)
    while size < most and max(text.count(mark, begin, begin + size) for mark in (b"\n", b"\r")) < 5:
        size *= 4
    head = text[begin : begin + size]
    if len(text) - begin > size:
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r"), 0) or None]
    return head.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")


def usual_width(records: Sequence[Record]) -> int:
    """How many cells most records have; a header whose last names the rows lack counts as well."""
    widths = Counter(len(record.cells) for record in records[-200:])
    if not widths:
        return 0
    width = max(widths, key=lambda each: (widths[each] * (1.0 if each > 1 else 0.5), each))
    return width


def _comment(records: Sequence[Record]) -> str:
    """`#` where lines that begin so stand above the table or fit no row."""
    width = usual_width(records)
    marked = [record for record in records if record.cells[0].startswith("#")]
    odd = [record for record in marked if len(record.cells) != width]
    if width > 1:
        return "#" if odd and len(odd) < len(records) else ""
    return "#" if records and records[0] in marked and len(marked) < len(records) / 2 else ""


def _is_comment(record: Record, comment: str, records: Sequence[Record]) -> bool:
    if not comment or not record.cells[0].startswith(comment):
        return False
    width = usual_width(records)
    return width == 1 or len(record.cells) != width or record is records[0]


def _header(records: Sequence[Record]) -> tuple[int, int]:
    """The place of the header among the records (-1: the table has none) and how many records under it are no rows."""
    rows = [record.cells for record in records]
    if len(rows) < 2:
        return (0 if rows and not any(form(cell) in TYPED for cell in rows[0]) else -1), 0
    width = usual_width(records)
    start = next((at for at, row in enumerate(rows[:N_ABOVE]) if _is_full(row, width, rows[at + 1 :])), 0)
    body = [row for row in rows[start + 1 :] if row != rows[start]] or rows[start + 1 :]
    forms = column_forms(body[min(3, len(body) // 2) :][-60:], width)
    if not any(each in TYPED for each in forms):
        return _all_text(rows, start, width)
    first_body = next((at for at in range(start, min(len(rows), N_ABOVE)) if _is_body(rows[at], forms)), None)
    if first_body is None:
        return start, 0
    if first_body == start:
        return (start if _names_years(rows[start], forms, body) or _counts_up(rows[start]) else -1), 0
    return _above(rows, start, first_body, forms)


def _above(rows: Sequence[list[str]], start: int, first_body: int, forms: Sequence[str]) -> tuple[int, int]:
    """The header among the records from `start` to just before the first row of values: the first of the fullest.

    Where its names repeat (groups of columns) and another line under it says each column, that one holds the names.
    """
    width = len(rows[first_body])
    filled = [sum(bool(cell) for cell in row) * (1 if len(row) == width else 0.5) for row in rows[start:first_body]]
    header = start + filled.index(max(filled))
    equals = [at for at in range(header + 1, first_body) if filled[at - start] == max(filled)]
    if len(set(rows[header])) < width:
        header = next((at for at in equals if len(set(rows[at])) == width and not _is_units(rows[at])), header)
    below = header + 1
    while below < first_body and (
        _is_units(rows[below]) or rows[below] == rows[header] or _is_heading(rows[below], forms)
    ):
        below += 1
    return header, below - header - 1


def _is_heading(row: Sequence[str], forms: Sequence[str]) -> bool:
    """Whether a record has text in every cell, above several columns of numbers or dates as well.

    That is another line of the header, and no row of values: one odd cell in a row does not make a heading.
    """
    n_typed = sum(each in TYPED for each in forms)
    if len(row) != len(forms) or n_typed < 2:
        return False
    return all(form(cell) == "text" and cell not in MISSING_AMONG_VALUES for cell in row)


def _all_text(rows: Sequence[list[str]], start: int, width: int) -> tuple[int, int]:
    """A header above columns that all hold text: unless its cells come again below, or are long."""
    first = rows[start]
    body = rows[start + 1 :]
    if not body:
        return start, 0
    if first == body[0] and len(body) > 1:
        return (start, 1) if body.count(first) == 1 else (-1, 0)
    body = [row for row in body if row != first]
    if not body:
        return -1, 0
    again = max(sum(cell in row[place : place + 1] for row in body) for place, cell in enumerate(first) if cell)
    names = [cell for cell in first if cell]
    if again > 0.1 * len(body) or (len(set(names)) < len(names) and width > 2):
        return -1, 0
    return start, 0


def _is_full(row: Sequence[str], width: int, later: Sequence[Sequence[str]]) -> bool:
    """Whether a record can be the first of the table: no title with one cell, no line of another width."""
    if width == 1:
        return True
    filled = sum(bool(cell) for cell in row)
    most = max((sum(bool(cell) for cell in other) for other in later[:5]), default=0)
    if filled <= 1 and most > 1 and (row[0] or width > 2):
        return False
    return abs(len(row) - width) <= 1 or (len(row) > width // 2 + 1 and filled * 2 > most)


def _is_body(row: Sequence[str], forms: Sequence[str]) -> bool:
    """Whether most filled cells of a record under typed columns have the columns' form."""
    pairs = [(form(cell), wanted) for cell, wanted in zip(row, forms, strict=False) if wanted in TYPED]
    filled = [(found, wanted) for found, wanted in pairs if found != "empty"]
    return bool(filled) and sum(found == wanted for found, wanted in filled) * 2 > len(filled)


def _names_years(row: Sequence[str], forms: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a record of numbers is a header all the same: years in order, or names beside, above no years."""
    typed = [cell for cell, wanted in zip(row, forms, strict=False) if wanted in TYPED and cell]
    years = [int(cell) for cell in typed if _YEAR.fullmatch(cell)]
    if len(years) < max(2, len(typed)):
        return False
    steps = {later - sooner for sooner, later in pairwise(years)}
    below = [cell for other in body[:50] for cell in other if cell]
    return len(steps) == 1 and not sum(bool(_YEAR.fullmatch(cell)) for cell in below) * 2 > len(below)


def _counts_up(row: Sequence[str]) -> bool:
    """Whether a record numbers the columns from 0 or 1, as tools do where there are no names; a last one may differ."""
    numbers = [int(cell) for cell in row if cell.isdecimal() and len(cell) < 9]
    if len(numbers) < MANY or len(numbers) < len(row) - 1 or numbers[0] not in (0, 1):
        return False
    return all(later - sooner == 1 for sooner, later in pairwise(numbers))


def _is_units(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and sum(bool(_UNIT.fullmatch(cell[:30])) for cell in filled) * 2 > len(filled)


def _footer_lines(text: bytes, dialect: Dialect, width: int) -> int:
    """How many of the last lines hold one cell where rows have three or more: sums, sources, counts of rows."""
    if width < 3:
        return 0
    end = text[-8192:].rstrip(b"\r\n\x1a\x00 ")
    lines = end.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(text) > 8192:
        lines = lines[1:]
    count = 0
    for place, line in enumerate(reversed(lines[1:]), start=1):
        if dialect.delimiter in line or (dialect.quote and dialect.quote in line):
            break
        count = place if line.strip() else count
    return count if 0 < count <= 20 and count < len(lines) - 1 else 0
