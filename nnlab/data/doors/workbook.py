"""A workbook's sheets: which one holds the table, and its rows as CSV text, line n for row n."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from nnlab.data.cells import TYPED, form
from nnlab.data.doors.door import DIALECT, CsvRows, Opened
from nnlab.data.table import Issue
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from nnlab.spec import did_you_mean

MOST_ROWS = 1 << 20  # as Excel; what stands further down is no table
_FOOTER = 20  # lines under a table that may be notes


@dataclass
class SheetRows:
    """The rows of one sheet as they come, rising: cells as text, and what is to be told of them."""

    rows: CsvRows
    n_rows: int = 0
    n_uncomputed: int = 0  # formulas without a value
    first_uncomputed: int = 0
    _last: int = 0
    _notes: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, row: int, cells: list[str]) -> None:
        """The filled cells of a row (from 1); rows without any need not come."""
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        if row <= max(self._last, self._notes[-1][0] if self._notes else 0):
            raise DataError("the rows of a sheet must rise", where=f"row {row}", do="Save the workbook again.")
        if row > MOST_ROWS:
            raise LimitError(f"a sheet may have {MOST_ROWS} rows at most", came=f"row {row}")
        if self.n_rows and len(cells) == 1 and form(cells[0]) not in TYPED:
            self._notes.append((row, cells))
            if len(self._notes) <= _FOOTER:
                return
        else:
            self._settle()
            self._put(row, cells)
            return
        self._settle()

    @property
    def is_table(self) -> bool:
        return self.n_rows > 1 and self.rows.width > 1

    def finished(self) -> tuple[bytes, int]:
        """The text, and how many of its last lines hold a single text where rows have three cells or more."""
        n_notes = self._notes[-1][0] - self._notes[0][0] + 1 if self._notes and self.rows.width >= 3 else 0
        self._settle()
        return self.rows.text(), n_notes

    def _settle(self) -> None:
        for row, cells in self._notes:
            self._put(row, cells)
        self._notes = []

    def _put(self, row: int, cells: list[str]) -> None:
        self.rows.blank(row - self._last - 1)
        self.rows.add(cells)
        self._last, self.n_rows = row, self.n_rows + 1


class Book(Protocol):
    """A workbook of one format: its sheets by name in their order, true where a sheet is hidden, and their rows."""

    @property
    def sheets(self) -> Mapping[str, bool]: ...

    def fill(self, sheet: str, rows: SheetRows) -> None:
        """Adds the rows of a sheet."""


def read_workbook(book: Book, sheet: str, largest: int, granted: Limits) -> Opened:
    """The sheet that is asked for, or the first that holds a table; an issue tells which others there are."""
    best: tuple[str, SheetRows] | None = None
    for name in _candidates(book, sheet):
        rows = SheetRows(CsvRows(largest, granted.columns))
        try:
            book.fill(name, rows)
        except (DataError, LimitError) as error:
            raise error.within(f"sheet {name[:80]}") from None
        if best is None or rows.n_rows > best[1].n_rows:
            best = name, rows
        if rows.is_table:
            best = name, rows
            break
    if best is None or not best[1].n_rows:
        raise DataError("there is no table in the workbook", came="no filled cell", do="Check the file and its sheets.")
    chosen, rows = best
    text, n_notes = rows.finished()
    fixed = {**DIALECT, "sheet": chosen if len(book.sheets) > 1 else ""}
    return Opened(
        text, f"workbook, sheet {chosen}", fixed, {"footer_lines": n_notes}, tuple(_issues(book, chosen, rows))
    )


def _candidates(book: Book, sheet: str) -> Iterator[str]:
    """The sheets that may be read, in the order in which they are tried: those in sight first."""
    if sheet and sheet not in book.sheets:
        near = did_you_mean(sheet, list(book.sheets))
        raise DataError("there is no such sheet in the workbook", where="sheet", came=sheet[:200], do=near)
    yield from [sheet] if sheet else sorted(book.sheets, key=book.sheets.__getitem__)


def _issues(book: Book, chosen: str, rows: SheetRows) -> Iterator[Issue]:
    others = [name for name in book.sheets if name != chosen]
    if others:
        shown = ", ".join(name[:40] for name in others[:10]) + (" ..." if len(others) > 10 else "")
        count = f"{len(others)} other{'s' if len(others) > 1 else ''}"
        yield Issue(0, "", "", f"the sheet {chosen[:80]} is read; the workbook has {count}: {shown}", weight="note")
    if rows.n_uncomputed:
        why = f"{rows.n_uncomputed} formulas have no value, as nothing has computed them; their cells are missing"
        yield Issue(rows.first_uncomputed, "", "", why)
