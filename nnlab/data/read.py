"""Bytes to a Table: unpack, decode, find the shape, read text column by column, give each column its kind."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.data.cells import column_forms
from nnlab.data.columns import Column, Columns
from nnlab.data.encoding import Decoded, decode
from nnlab.data.packing import refuse_binary, refuse_other_files, unpacked
from nnlab.data.reading import Reading
from nnlab.data.records import Record, split
from nnlab.data.rows import Plan, TextColumns, read_watched
from nnlab.data.shape import LONGEST_HEAD, N_LINES, guess_shape, head_lines, usual_width
from nnlab.data.table import MOST_ISSUES, Issue, Table
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from nnlab.limits import limits as current_limits

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.kinds import TypedColumn

N_THREADS = 2
LONG = 10_000  # rows


def read(
    source: str | Path | bytes,
    name: str | None = None,
    reading: Reading | None = None,
    limits: Limits | None = None,
    *,
    columns: Columns | None = None,
    least_rows: int = 1,
) -> Table:
    """The table in a file (by its path) or in bytes.

    `reading` overrules everything that would be guessed about the file's form; `columns` gives the kinds of the columns
    it names, as rows to predict need. Raises `DataError` for what is no table or has fewer than `least_rows` rows,
    `LimitError` for what is larger than granted.
    """
    granted = limits or current_limits()
    data, name = _bytes_of(source, name, granted)
    with ThreadPoolExecutor(N_THREADS) as pool:
        digest = pool.submit(_digest, data)
        try:
            decoded = _decoded(data, reading, granted)
            reading = reading or guess_shape(decoded.text, decoded.encoding, {})
            plan, text, names = _planned(decoded, reading, granted)
            issues = _encoding_issues(decoded)
            del data, decoded  # the file's text goes as soon as its columns are there
            found = _read_text(text, plan, granted)
            del text
            _refuse_no_rows(found, least_rows)
            kinds, frame = _typed(found, names, reading, columns, pool)
        except (DataError, LimitError) as error:
            raise error.within(name) from None
        told = _bounded([*issues, *found.issues, *_placed(kinds, found)])
        found_columns = Columns(columns=tuple(kind.column for kind in kinds))
        return Table(name, frame, found_columns, reading, told, digest.result())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes_of(source: str | Path | bytes, name: str | None, granted: Limits) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        size, named = len(source), name or "table.csv"
    else:
        path = Path(source)
        named = name or path.name
        try:
            if path.is_dir():
                raise DataError("a file is needed", where=named, came="a folder", do="Choose a file in it.")
            size = path.stat().st_size
        except OSError as error:
            raise DataError(
                "the file cannot be opened", where=named, came=error.strerror or "", do="Check the path."
            ) from None
    if size > granted.file_bytes:
        raise LimitError(
            f"a file may have {granted.file_bytes / 1e6:,.0f} MB at most".replace(",", " "),
            where=named,
            came=f"{size / 1e6:,.0f} MB".replace(",", " "),
            do="Take a part of its rows, or raise the limit.",
        )
    return (source if isinstance(source, bytes) else Path(source).read_bytes()), named


def _decoded(data: bytes, reading: Reading | None, granted: Limits) -> Decoded:
    data = unpacked(data, granted.file_bytes)
    refuse_other_files(data)
    decoded = decode(data, reading.encoding if reading else None)
    refuse_binary(decoded.text)
    text = decoded.text
    if b"\r" in text:  # the whole house speaks of lines that end in LF
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return replace(decoded, text=text)


def _planned(decoded: Decoded, reading: Reading, granted: Limits) -> tuple[Plan, memoryview, list[str]]:
    """The plan of the rows, the bytes they stand in (line 1 of which is the plan's first line), and the names."""
    text = decoded.text
    first = reading.header_line or reading.skip_lines + 1
    begin = _offset(text, 0, first - 1)
    head = head_lines(text[begin : begin + LONGEST_HEAD])[:N_LINES]
    plan = Plan(reading, first, (), ())
    sample = [
        record for record in split(head, plan.dialect, first, None, granted.cell_bytes, True) if any(record.cells)
    ]
    if not sample:
        raise DataError("there is no table in the file", came="no filled line", do="Check the file and how it is read.")
    header = sample[0] if reading.header_line else None
    body = sample[1 + reading.below_header :] if header else sample
    width = _width(header, body)
    if width > granted.columns:
        raise LimitError(f"a table may have {granted.columns} columns at most", came=f"{width} columns")
    if header is not None and len(header.cells) != width:
        header = next(split(head, plan.dialect, first, width, granted.cell_bytes, True))
    names = _names(header, body, width)
    next_line = first if header is None else _line_after(sample, header, reading.below_header, head, first)
    rows = memoryview(text)[_offset(text, begin, next_line - first) : _end(text, reading.footer_lines)]
    usual = [record.cells for record in body if len(record.cells) == width][:100]
    cells = tuple(header.cells[:width]) if header else ()
    return Plan(reading, next_line, cells, column_forms(usual, width)), rows, names


def _width(header: Record | None, body: list[Record]) -> int:
    """How many columns: as many as most rows have, empty cells beyond the header's names left out."""
    width = usual_width(body) if body else len(header.cells if header else ())
    if header is None:
        return width
    named = len(header.cells)
    while named and not header.cells[named - 1]:
        named -= 1
    n_as_header = sum(len(record.cells) == len(header.cells) for record in body)
    if body and len(body[0].cells) == len(header.cells) and n_as_header > 0.3 * len(body):
        return len(header.cells)
    if named < width and not any(any(record.cells[named:]) for record in body) and n_as_header:
        return len(header.cells)
    return max(named, width)


def _names(header: Record | None, body: list[Record], width: int) -> list[str]:
    """A name of its own for every column: empty ones become `column_1`, later ones of the same name `name_2`."""
    given = list(header.cells) if header else []
    if header is not None and len(given) == width - 1 and _are_row_names(body, width):
        given = ["", *given]  # R writes no name above the names of the rows
    given = [*given, *[""] * width][:width]
    taken = {name for name in given if name}
    names: list[str] = []
    seen: set[str] = set()
    for place, name in enumerate(given, start=1):
        wanted, n = name or f"column_{place}", 1
        candidate = wanted
        while candidate in seen or (candidate != name and candidate in taken):
            n += 1
            candidate = f"{wanted}_{n}"
        seen.add(candidate)
        names.append(candidate)
    return names


def _are_row_names(body: list[Record], width: int) -> bool:
    full = [record.cells for record in body if len(record.cells) == width]
    return len(full) >= 3 and len({row[0] for row in full}) == len(full) and any(row[-1] for row in full)


def _line_after(sample: list[Record], header: Record, below: int, head: list[str], first: int) -> int:
    """The line under the header and under the `below` lines that are set aside with it."""
    for record in [header, *sample[1 : 1 + below]][: 1 + below]:
        line = record.line + record.n_lines
    return min(line, first + len(head))


def _offset(text: bytes, at: int, n_lines: int) -> int:
    """Where the line begins that comes `n_lines` after the one at `at`."""
    for _ in range(n_lines):
        at = text.find(b"\n", at) + 1
        if at == 0:
            return len(text)
    return at


def _end(text: bytes, footer_lines: int) -> int:
    """Where the last line of the table ends: before what is set aside and before blanks at the end of the file."""
    end = _filled_end(text, len(text))
    for _ in range(footer_lines):
        end = max(text.rfind(b"\n", 0, end), 0)
    return _filled_end(text, end)


def _filled_end(text: bytes, end: int) -> int:
    while end and text[end - 1] in b"\n\x1a\x00":
        end -= 1
    return end


def _read_text(text: memoryview, plan: Plan, granted: Limits) -> TextColumns:
    from nnlab.data.compiled import read_compiled

    aside: list[Issue] = []
    whole = text.obj
    assert isinstance(whole, bytes)
    if b"\x00" in whole and (zero := re.search(b"\x00", text)):  # bytes are searched ten times as quickly
        line = plan.first_line + bytes(text[: zero.start()]).count(b"\n")
        kept = bytes(text).replace(b"\x00", b"")
        aside.append(Issue(line, "", "", f"{len(text) - len(kept)} zero bytes were taken out"))
        text = memoryview(kept)
    found = read_compiled(text, plan, granted.cell_bytes)
    if found is None:
        found = read_watched(str(text, "utf-8", "replace"), plan, granted)
    return replace(found, issues=[*aside, *found.issues])


def _encoding_issues(decoded: Decoded) -> list[Issue]:
    if not decoded.n_replaced:
        return []
    at = decoded.text.find("�".encode())
    line = decoded.text.count(b"\n", 0, max(at, 0)) + 1
    why = f"{decoded.n_replaced} characters cannot be read as {decoded.encoding} and show as �"
    return [Issue(line, "", "", why)]


def _refuse_no_rows(found: TextColumns, least: int) -> None:
    if len(found.lines) < least:
        raise DataError(
            f"a table needs at least {least} row{'s' if least > 1 else ''} under its header, and ten to learn from",
            came=f"{len(found.lines) or 'no'} rows",
            do="Check the file, and which line is the header.",
        )


def _typed(
    found: TextColumns, names: list[str], reading: Reading, columns: Columns | None, pool: ThreadPoolExecutor
) -> tuple[list[TypedColumn], pd.DataFrame]:
    import pandas as pd
    import pyarrow as pa

    from nnlab.data.kinds import typed_column

    known: dict[str, Column] = {column.name: column for column in columns.columns} if columns else {}

    def typed(place: int) -> TypedColumn:
        text, found.columns[place] = found.columns[place], None  # the text of a column goes once its values are there
        name, text = names[place], text.cast(pa.large_string())
        return typed_column(name, text, reading, known[name].kind if name in known else None)

    is_long = len(found.lines) > LONG  # a thread is not worth its while for a few rows
    kinds = list((pool.map if is_long else map)(typed, range(len(names))))
    index = pd.Index(found.lines, dtype="int64", name="line")
    frame = pd.DataFrame(dict(enumerate(kind.values for kind in kinds)), index=index, copy=False)
    return kinds, frame.set_axis(names, axis=1)


def _placed(kinds: list[TypedColumn], found: TextColumns) -> Iterator[Issue]:
    """The issues of cells, the place of the row replaced by its line."""
    for kind in kinds:
        for issue in kind.issues:
            yield replace(issue, line=int(found.lines[issue.line]))


def _bounded(issues: list[Issue]) -> tuple[Issue, ...]:
    issues.sort(key=lambda issue: issue.line)
    if len(issues) <= MOST_ISSUES:
        return tuple(issues)
    more = Issue(0, "", "", f"{len(issues) - MOST_ISSUES + 1} more lines or cells like these")
    return (*issues[: MOST_ISSUES - 1], more)
