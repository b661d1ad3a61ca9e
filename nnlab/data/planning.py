"""From a file's text and its reading to a plan of its rows: where they begin and end, how wide they are, the names."""

from __future__ import annotations

from nnlab.data.cells import column_forms
from nnlab.data.encoding import Decoded
from nnlab.data.reading import Reading
from nnlab.data.records import Record, split
from nnlab.data.rows import Plan
from nnlab.data.shape import N_LINES, head_lines, usual_width
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits


def planned(decoded: Decoded, reading: Reading, granted: Limits) -> tuple[Plan, memoryview, list[str]]:
    """The plan of the rows, the bytes they stand in (line 1 of which is the plan's first line), and the names."""
    text = decoded.text
    first = reading.header_line or reading.skip_lines + 1
    begin = _offset(text, 0, first - 1)
    head = head_lines(text, begin)[:N_LINES]
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
