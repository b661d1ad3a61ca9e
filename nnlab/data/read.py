"""Bytes to a Table: unpack, cut into columns of text, give each column its kind, join pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.data.bundle import bundled
from nnlab.data.columns import Columns
from nnlab.data.cutting import all_cut
from nnlab.data.joining import Cut
from nnlab.data.packing import unpacked
from nnlab.data.reading import Reading
from nnlab.data.rows import TextColumns
from nnlab.data.table import MOST_ISSUES, MOST_ISSUES_OF_KNOWN, Issue, Table
from nnlab.data.wording import counted
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from nnlab.limits import limits as current_limits

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.kinds import TypedColumn

N_THREADS = 2
LONG = 10_000  # rows
Progress = Callable[[float, str], None]  # the share that is done, 0 to 1, and what is being done
_TAKEN, _CUT = 0.05, 0.4  # shares of the whole work, measured on a file of numbers, dates and text


def silent(share: float, doing: str) -> None:
    """Progress that nobody asked to hear."""


def read(
    source: str | Path | bytes | Sequence[str | Path],
    name: str | None = None,
    reading: Reading | None = None,
    limits: Limits | None = None,
    *,
    columns: Columns | None = None,
    least_rows: int = 1,
    progress: Progress = silent,
) -> Table:
    """The table in a file (by its path) or in bytes; several paths are several files with the same columns, joined.

    A file may be CSV text, a workbook (.xlsx, .ods), Parquet, Arrow or JSON rows, each also packed, or a zip of them.
    `reading` overrules everything that would be guessed about the file's form; `columns` gives the kinds of the columns
    it names, as rows to predict need; `progress` hears how far it is. Raises `DataError` for what is no table or has
    fewer than `least_rows` rows, `LimitError` for what is larger than granted.
    """

    granted = limits or current_limits()
    data, name = _bytes_of(source, name, granted)
    with ThreadPoolExecutor(N_THREADS) as pool:
        digest = pool.submit(_digest, data)
        try:
            progress(_TAKEN, "cutting the rows")
            inside = unpacked(data, granted.file_bytes)
            archive = inside.archive
            del data  # it goes as soon as its columns are there
            found = all_cut(inside, name, reading, granted, may_type=columns is None)
            _refuse_no_rows(found.text, least_rows)
            kinds = _with_pictures(_typed(found, columns, pool, progress), archive, granted)
        except (DataError, LimitError) as error:
            raise error.within(name) from None
        issues = [*found.text.issues, *_placed(kinds, found.text)]
        told = _bounded(issues, MOST_ISSUES if columns is None else MOST_ISSUES_OF_KNOWN)
        guessed = Columns(columns=tuple(found.own.get(kind.column.name, kind.column) for kind in kinds))
        return Table(name, _framed(kinds, found.text), guessed, found.reading, told, digest.result(), found.form)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _with_pictures(kinds: list[TypedColumn], archive: bytes, granted: Limits) -> list[TypedColumn]:
    if not archive:
        return kinds
    from nnlab.data.picture_files import with_pictures

    return with_pictures(kinds, archive, granted)


def _bytes_of(
    source: str | Path | bytes | Sequence[str | Path], name: str | None, granted: Limits
) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        _refuse_large(len(source), name or "table.csv", granted)
        return source, name or "table.csv"
    if not isinstance(source, str | Path):
        _refuse_large(sum(_size(Path(path)) for path in source), "together", granted)
        parts = [(Path(path).name, Path(path).read_bytes()) for path in source]
        return bundled(parts), name or " + ".join(part for part, _ in parts)
    path = Path(source)
    named = name or path.name
    _refuse_large(_size(path), named, granted)
    return path.read_bytes(), named


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            raise DataError("a file is needed", where=path.name, came="a folder", do="Choose a file in it.")
        return path.stat().st_size
    except OSError as error:
        raise DataError(
            "the file cannot be opened", where=path.name, came=error.strerror or "", do="Check the path."
        ) from None


def _refuse_large(size: int, where: str, granted: Limits) -> None:
    if size > granted.file_bytes:
        raise LimitError(
            f"a file may have {granted.file_bytes / 1e6:,.0f} MB at most".replace(",", " "),
            where=where,
            came=f"{size / 1e6:,.0f} MB".replace(",", " "),
            do="Take a part of its rows, or raise the limit.",
        )


def _refuse_no_rows(found: TextColumns, least: int) -> None:
    if len(found.lines) < least:
        raise DataError(
            f"a table needs at least {counted(least, 'row')} under its header, and ten to learn from",
            came=counted(len(found.lines), "row") if len(found.lines) else "no rows",
            do="Check the file, and which line is the header.",
        )


def _typed(found: Cut, columns: Columns | None, pool: ThreadPoolExecutor, progress: Progress) -> list[TypedColumn]:
    """The columns in their kinds, two at a time where there are many rows."""
    import pyarrow as pa

    from nnlab.data.columns import ImageForm
    from nnlab.data.kinds import clear_column, likely_mark, typed_column
    from nnlab.data.markers import with_doubts
    from nnlab.data.pixel_block import with_blocks_joined, with_parts_joined, with_said_form

    known = found.own | {column.name: column for column in (columns.columns if columns else ())}
    text, names = found.text.columns, found.names
    likely = likely_mark(text, found.reading, found.text.mark)

    def typed(place: int) -> TypedColumn:
        name, values = names[place], found.text.numbers.get(place)
        if values is not None:
            return clear_column(name, values, found.text.mark)
        column, text[place] = text[place], None  # the text of a column goes once its values are there
        column = column.cast(pa.large_string())
        return typed_column(name, column, found.reading, known[name].kind if name in known else None, likely)

    is_long = len(found.text.lines) > LONG  # a thread is not worth its while for a few rows
    made: list[TypedColumn] = []
    for one in (pool.map if is_long else map)(typed, range(len(names))):
        made.append(one)
        progress(_CUT + (1 - _CUT) * len(made) / len(names), "finding the kinds of the columns")
    if columns is not None:
        return with_parts_joined(made, columns)
    made = with_doubts(made, found.head)
    if found.reading.image is not None:
        return with_said_form(made, ImageForm.said(found.reading.image))
    return with_blocks_joined(made) if found.reading.pixels == "join" else made


def _framed(kinds: list[TypedColumn], found: TextColumns) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index(found.lines, dtype="int64", name="line")
    frame = pd.DataFrame(dict(enumerate(one.values for one in kinds)), index=index, copy=False)
    return frame.set_axis([one.column.name for one in kinds], axis=1)


def _placed(kinds: list[TypedColumn], found: TextColumns) -> Iterator[Issue]:
    """The issues of cells, the place of the row replaced by its line; a place below 0 is the whole file."""
    for kind in kinds:
        for issue in kind.issues:
            yield replace(issue, line=int(found.lines[issue.line]) if issue.line >= 0 else 0)


def _bounded(issues: list[Issue], most: int) -> tuple[Issue, ...]:
    issues.sort(key=lambda issue: issue.line)
    if len(issues) <= most:
        return tuple(issues)
    kept, rest = issues[: most - 1], issues[most - 1 :]
    n_aside, n_emptied = sum(issue.n_aside for issue in rest), sum(issue.n_emptied for issue in rest)
    return (*kept, Issue(0, "", "", f"{len(rest)} more lines or cells like these", n_aside, n_emptied))
