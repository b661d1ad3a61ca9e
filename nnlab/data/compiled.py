"""The quick way to columns of text: pyarrow's reader, for tables in which every line is one full row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nnlab.data.direct import LEAST_ROWS, N_SHOWN, Clear, amounts, clear_columns, refused_column
from nnlab.data.letters import places_of
from nnlab.data.rows import Plan, TextColumns

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_LOOKED_AT = 1 << 18  # bytes
_HEAD = 1 << 18  # bytes that a column must be clear in before all are cut so
MOST_TRIES = 3


def read_compiled(
    body: bytes | memoryview, plan: Plan, largest_cell: int, *, may_type: bool = False
) -> TextColumns | None:
    """The columns of a body of rows (UTF-8, LF line ends), or None where a line is not exactly one full row.

    None is no error: `read_watched` then looks at every row. With `may_type`, columns that are plainly decimal numbers
    come as such.
    """
    import numpy as np

    reading = plan.reading
    body = memoryview(body)
    n_lines = _n_lines(body, reading.quote.encode(), reading.delimiter.encode()) if body and _may_cut(plan) else 0
    if not n_lines:
        return None
    clear = _clear(body, plan, largest_cell) if may_type and n_lines >= LEAST_ROWS else Clear()
    found = _typed(body, plan, largest_cell, clear)
    if found is None:
        return None
    data, numbers = found
    if data.num_rows != n_lines or _needs_watching(
        data, plan, bool(numbers)
    ):  # fewer rows: a cell goes over several lines
        return None
    columns = [None if place in numbers else data.column(place) for place in range(plan.width)]
    lines = np.arange(plan.first_line, plan.first_line + data.num_rows, dtype=np.int64)
    return TextColumns(columns, lines, numbers=numbers, mark=clear.mark if numbers else "")


def _clear(body: memoryview, plan: Plan, largest_cell: int) -> Clear:
    """The columns that are plainly decimal numbers, as the first rows show them and some more do not deny."""
    head = bytes(body[:_HEAD])
    end = 0
    for _ in range(N_SHOWN):
        end = head.find(b"\n", end) + 1
        if not end:
            return Clear()
    first = _cut(memoryview(head[: end - 1]), plan, largest_cell, Clear())
    clear = Clear() if isinstance(first, Exception) else clear_columns(first.columns, plan)
    more = memoryview(head[: head.rfind(b"\n")])
    while clear.places and isinstance(error := _cut(more, plan, largest_cell, clear), Exception):
        unclear = refused_column(error) & clear.places
        clear = clear.without(unclear) if unclear else Clear()
    return clear


def _typed(
    body: memoryview, plan: Plan, largest_cell: int, clear: Clear
) -> tuple[pa.Table, dict[int, np.ndarray]] | None:
    """The table, and the values of its clear columns; where one is not clear to its end, it is cut as text."""
    for _ in range(MOST_TRIES):
        data = _cut(body, plan, largest_cell, clear)
        if isinstance(data, Exception):
            unclear = refused_column(data)
            if not unclear & clear.places:
                return None
        else:
            found = {place: amounts(data.column(place)) for place in clear.places}
            unclear = frozenset(place for place, values in found.items() if values is None)
            if not unclear:
                return data, {place: values for place, values in found.items() if values is not None}
        clear = clear.without(unclear)
    data = _cut(body, plan, largest_cell, Clear())
    return None if isinstance(data, Exception) else (data, {})


def _cut(body: memoryview, plan: Plan, largest_cell: int, clear: Clear) -> pa.Table | pa.ArrowInvalid:
    """The rows as columns of text, the clear ones as numbers, or why not."""
    import pyarrow as pa
    import pyarrow.csv as pcsv

    reading = plan.reading
    names = [str(place) for place in range(plan.width)]
    block = _block(body, largest_cell)
    try:
        return pcsv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=pcsv.ReadOptions(use_threads=len(body) > block, column_names=names, block_size=block),
            parse_options=pcsv.ParseOptions(
                delimiter=reading.delimiter,
                quote_char=reading.quote or False,
                double_quote=True,
                newlines_in_values=False,
                ignore_empty_lines=False,
            ),
            convert_options=pcsv.ConvertOptions(
                # text: no block holds more than its places can count
                column_types={name: pa.float64() if int(name) in clear.places else pa.string() for name in names},
                null_values=list(reading.missing),
                strings_can_be_null=True,
                check_utf8=False,
                decimal_point=clear.mark,
            ),
        )
    except pa.ArrowInvalid as error:
        return error


def _may_cut(plan: Plan) -> bool:
    """Whether pyarrow knows the dialect, and cuts the rows in it as the watched reader would."""
    reading = plan.reading
    if len(reading.delimiter.encode()) > 1 or reading.escape or reading.comment or reading.delimiter == " ":
        return False
    return not any("\n" in mark for mark in reading.missing)  # a cell over two lines would leave no trace in the column


def _n_lines(body: memoryview, quote: bytes, delimiter: bytes) -> int:
    """How many lines a body has; 0 where a quotation mark stands anywhere but at an end of a cell.

    The marks must come in pairs, each with a delimiter, a line end or another one beside it.
    """
    import numpy as np

    is_end = np.zeros(256, dtype=bool)
    is_end[[*quote, *delimiter, ord("\n")]] = True
    letters = np.frombuffer(body, np.uint8)
    n_quotes, n_lines = 0, int(letters[-1] != ord("\n"))
    for start in range(0, len(letters), _LOOKED_AT):  # in pieces that stay in the processor's cache
        piece = letters[start : start + _LOOKED_AT]
        n_lines += int(np.count_nonzero(piece == ord("\n")))
        if not quote:
            continue
        places = places_of(piece, quote[0]) + start
        before, after = letters[places - 1], letters[np.minimum(places + 1, len(letters) - 1)]
        is_outermost = (places == 0) | (places == len(letters) - 1)
        if not (is_end[before] | is_end[after] | is_outermost).all():
            return 0
        n_quotes += len(places)
    return n_lines if n_quotes % 2 == 0 else 0


def _block(body: memoryview, largest_cell: int) -> int:
    """Bytes a block: a row must fit into one, many columns make long rows, and large blocks take more memory."""
    end = re.search(b"\n", body)
    first = end.end() if end else len(body)
    return min(max(1 << 20, 64 * first), max(len(body), 1), 1 << 30)


def _needs_watching(data: pa.Table, plan: Plan, has_numbers: bool) -> bool:
    """Whether rows are empty or repeat the header, which the watched reader sets aside."""
    import pyarrow.compute as pc

    if plan.header and not has_numbers:  # no name above a clear column would pass for a number
        again = pc.equal(data.column(0), plan.header[0])
        for place in range(1, min(plan.width, len(plan.header))):
            if not pc.any(again).as_py():
                break
            again = pc.and_(again, pc.equal(data.column(place), plan.header[place]))
        if pc.any(again).as_py():
            return True
    empty = pc.is_null(data.column(0))
    for place in range(1, plan.width):
        if not pc.any(empty).as_py():
            return False
        empty = pc.and_(empty, pc.is_null(data.column(place)))
    return bool(pc.any(empty).as_py())
