"""Records to columns of text, watching every row: what does not fit is mended or kept empty, and always told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnlab.data.cells import TYPED, fits
from nnlab.data.reading import Reading
from nnlab.data.records import Dialect, Record, split
from nnlab.data.table import Issue
from nnlab.data.wording import counted
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CHUNK = 20_000  # rows held as Python objects at a time


@dataclass
class TextColumns:
    """A table before any kind is known: one array of text per column (null: missing), and the line of each row.

    `numbers` are the values (N,) of the columns that were cut as numbers, by place, and have no text (None); `mark` is
    their decimal mark.
    """

    columns: list[pa.ChunkedArray]
    lines: np.ndarray
    issues: list[Issue] = field(default_factory=list)
    numbers: dict[int, np.ndarray] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True)
class Plan:
    """What the rows of a file must look like: where they begin, the header's cells, and the form of each column."""

    reading: Reading
    first_line: int
    header: tuple[str, ...]
    forms: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.forms)

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.reading.delimiter, self.reading.quote, self.reading.escape)


def read_watched(text: str, plan: Plan, granted: Limits) -> TextColumns:
    """The columns of a text (LF line ends, from the plan's first line on), looking at every row."""
    import numpy as np
    import pyarrow as pa

    issues: list[Issue] = []
    chunks: list[list[pa.Array]] = []
    lines: list[int] = []
    rows: list[list[str | None]] = []
    missing = frozenset(plan.reading.missing)
    n_emptied = 0
    records = split(text.split("\n"), plan.dialect, plan.first_line, plan.width, granted.cell_bytes)
    for line, cells in _rows(_narrow(records, granted.columns), plan, issues):
        lines.append(line)
        n_emptied += not any(cells)
        rows.append([None if cell in missing else cell for cell in cells])
        if len(rows) == CHUNK:
            chunks.append(_arrays(rows, plan.width))
            rows = []
    _refuse_misfits(n_emptied, len(lines), plan)
    chunks.append(_arrays(rows, plan.width))
    columns = [pa.chunked_array([chunk[place] for chunk in chunks], pa.large_string()) for place in range(plan.width)]
    return TextColumns(columns, np.array(lines, dtype=np.int64), issues)


def _narrow(records: Iterator[Record], most: int) -> Iterator[Record]:
    for record in records:
        if len(record.cells) > most:
            raise LimitError(
                f"a row may have {most} cells at most",
                where=f"line {record.line}",
                came=counted(len(record.cells), "cell"),
                do="Check the delimiter and the line ends there.",
            )
        yield record


def _refuse_misfits(n_emptied: int, n_rows: int, plan: Plan) -> None:
    if n_emptied >= 3 and n_emptied * 3 > n_rows:
        raise DataError(
            f"most rows must have as many cells as there are columns, {plan.width}",
            came=f"{n_emptied} of {n_rows} rows that do not",
            do="Choose another delimiter or quotation mark, or export the file again.",
        )


def _arrays(rows: list[list[str | None]], width: int) -> list[pa.Array]:
    import pyarrow as pa

    cells = zip(*rows, strict=True) if rows else ([] for _ in range(width))
    return [pa.array(column, pa.large_string()) for column in cells]


def _rows(records: Iterator[Record], plan: Plan, issues: list[Issue]) -> Iterator[tuple[int, list[str]]]:
    """The line and the cells of every row of the table; titles above a header that comes again go with it."""
    held: list[tuple[int, list[str]]] = []  # rows with one cell, which may turn out to be the title of what follows
    for record in records:
        cells = record.cells
        if not cells:
            continue
        if not any(cells):
            issues.append(Issue(record.line, "", "", "the row is empty and was set aside", 1))
            continue
        text = plan.dialect.delimiter.join(cells)
        if plan.reading.comment and cells[0].startswith(plan.reading.comment) and len(cells) != plan.width:
            issues.append(Issue(record.line, "", text, "a comment, set aside", 1))
            continue
        again = _header_again(cells, plan.header)
        if again:
            issues.extend(Issue(line, "", row[0], "a title, set aside", 1) for line, row in held)
            held = []
            if again == "other":
                n_more = sum(1 for _ in records)
                is_ = "is" if n_more == 1 else "are"
                why = f"another table begins here; its {counted(n_more, 'row')} {is_} set aside"
                issues.append(Issue(record.line, "", text, why, n_more + 1))
                return
            issues.append(Issue(record.line, "", text, "the header comes again and was set aside", 1))
            continue
        row, why = fitted(record, plan)
        if why:
            issues.append(Issue(record.line, "", text, why, n_emptied=int(not any(row))))
        if plan.width > 1 and row[0] and not any(row[1:]):
            held.append((record.line, row))
            continue
        yield from held
        held = []
        yield record.line, row
    yield from held


def _header_again(cells: Sequence[str], header: Sequence[str]) -> str:
    """`same` for the header itself, `other` for a header that goes on differently, else nothing."""
    if len(header) < 2 or list(cells[:2]) != list(header[:2]):
        return ""
    if list(cells) == list(header):
        return "same"
    shared = min(len(cells), len(header))
    if shared >= 3 and len(cells) != len(header) and list(cells[:shared]) == list(header[:shared]):
        return "other"
    return ""


def fitted(record: Record, plan: Plan) -> tuple[list[str], str]:
    """The record's cells as a row of the plan's width, and what was done to it where it did not have that."""
    cells, width = record.cells, plan.width
    why = record.mended
    if len(cells) == width:
        return cells, why
    if len(cells) < width:
        padded = [*cells, *[""] * (width - len(cells))]
        if fits(padded, plan.forms):
            return padded, f"{len(cells)} of {width} cells; the others are missing"
    elif not any(cells[width:]):
        return cells[:width], why
    elif (place := _surplus(cells, plan)) is not None:
        return [
            *cells[:place],
            *cells[place + 1 :],
        ], f"{counted(len(cells), 'cell')} for {counted(width, 'column')}; the empty cell {place + 1} was left out"
    sizes = f"{counted(len(cells), 'cell')} for {counted(width, 'column')}"
    return [""] * width, f"{sizes}, and it cannot be seen which is which: all are missing"


def _surplus(cells: Sequence[str], plan: Plan) -> int | None:
    """The place of the one empty cell without which the row fits the typed columns."""
    if len(cells) != plan.width + 1 or not any(form in TYPED for form in plan.forms):
        return None
    for place, cell in enumerate(cells):
        if not cell and fits([*cells[:place], *cells[place + 1 :]], plan.forms):
            return place
    return None
