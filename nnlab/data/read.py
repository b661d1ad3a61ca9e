"""Bytes to a Table: unpack, decode, find the shape, read text column by column, give each column its kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
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

Progress = Callable[[float, str], None]  # the share that is done, 0 to 1, and what is being done
_DECODED, _CUT = 0.15, 0.45  # shares of the whole work, measured on a file of numbers, dates and text


def silent(share: float, doing: str) -> None:
    """Progress that nobody asked to hear."""


def read(
    source: str | Path | bytes,
    name: str | None = None,
    reading: Reading | None = None,
    limits: Limits | None = None,
    *,
    columns: Columns | None = None,
    least_rows: int = 1,
    progress: Progress = silent,
) -> Table:
    """The table in a file (by its path) or in bytes.

    `reading` overrules everything that would be guessed about the file's form; `columns` gives the kinds of the columns
    it names, as rows to predict need; `progress` hears how far it is. Raises `DataError` for what is no table or has
    fewer than `least_rows` rows, `LimitError` for what is larger than granted.
    """
    granted = limits or current_limits()
    data, name = _bytes_of(source, name, granted)
    digest = hashlib.sha256(data).hexdigest()
    try:
        decoded = _decoded(data, reading, granted)
        progress(_DECODED, "cutting the rows")
        reading = reading or guess_shape(decoded.text, decoded.encoding, {})
        plan, text, names = _planned(decoded, reading, granted)
        issues = _encoding_issues(decoded, text)
        found = _read_text(text, plan, granted)
        _refuse_no_rows(found, least_rows)
        kinds, frame = _typed(found, names, reading, columns, progress)
        if columns is None:
            kinds = _with_doubts(kinds, text, plan, granted)
    except (DataError, LimitError) as error:
        raise error.within(name) from None
    told = _bounded([*issues, *found.issues, *_placed(kinds, found)])
    return Table(name, frame, Columns(columns=tuple(kind.column for kind in kinds)), reading, told, digest)


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


def _planned(decoded: Decoded, reading: Reading, granted: Limits) -> tuple[Plan, bytes, list[str]]:
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
    text = text[_offset(text, begin, next_line - first) : _end(text, reading.footer_lines)]
    usual = [record.cells for record in body if len(record.cells) == width][:100]
    cells = tuple(header.cells[:width]) if header else ()
    return Plan(reading, next_line, cells, column_forms(usual, width)), text, names


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
    last: dict[str, int] = {}  # a header may say one name ten thousand times: counting goes on where it stopped
    for place, name in enumerate(given, start=1):
        wanted = candidate = name or f"column_{place}"
        n = last.get(wanted, 1)
        while candidate in seen or (candidate != name and candidate in taken):
            n += 1
            candidate = f"{wanted}_{n}"
        last[wanted] = n
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


def _read_text(text: bytes, plan: Plan, granted: Limits) -> TextColumns:
    from nnlab.data.compiled import read_compiled

    aside: list[Issue] = []
    if b"\x00" in text:
        line = plan.first_line + text.count(b"\n", 0, text.index(b"\x00"))
        aside.append(Issue(line, "", "", f"{text.count(0)} zero bytes were taken out"))
        text = text.replace(b"\x00", b"")
    found = read_compiled(text, plan, granted.cell_bytes)
    if found is None:
        found = read_watched(text.decode("utf-8", "replace"), plan, granted)
    return replace(found, issues=[*aside, *found.issues])


def _encoding_issues(decoded: Decoded, text: bytes) -> list[Issue]:
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
    found: TextColumns, names: list[str], reading: Reading, columns: Columns | None, progress: Progress
) -> tuple[list[TypedColumn], pd.DataFrame]:
    import pandas as pd

    from nnlab.data.kinds import likely_mark, typed_column

    known: dict[str, Column] = {column.name: column for column in columns.columns} if columns else {}
    typed: list[TypedColumn] = []
    likely = likely_mark(found.columns, reading)
    for place, name in enumerate(names):
        progress(_CUT + (1 - _CUT) * place / len(names), "finding the kinds of the columns")
        kind = known[name].kind if name in known else None
        typed.append(typed_column(name, found.columns[place], reading, kind, likely))
        found.columns[place] = None  # the text of a column goes as soon as its values are there
    index = pd.Index(found.lines, dtype="int64", name="line")
    frame = pd.DataFrame(dict(enumerate(one.values for one in typed)), index=index, copy=False)
    return typed, frame.set_axis(names, axis=1)


def _with_doubts(kinds: list[TypedColumn], text: bytes, plan: Plan, granted: Limits) -> list[TypedColumn]:
    from nnlab.data.markers import with_doubts

    return with_doubts(kinds, text.replace(b"\x00", b"") if b"\x00" in text else text, plan, granted)


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
