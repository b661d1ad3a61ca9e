"""The quick way to columns of text: pyarrow's reader, for tables in which every line is one full row."""

from __future__ import annotations

import re

from nnlab.data.letters import may_hold, places_of
from nnlab.data.rows import Plan, TextColumns

_LOOKED_AT = 1 << 18  # bytes


def read_compiled(body: bytes | memoryview, plan: Plan, largest_cell: int) -> TextColumns | None:
    """The columns of a body of rows (UTF-8, LF line ends), or None where a line is not exactly one full row.

    None is no error: `read_watched` then looks at every row.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pcsv

    reading = plan.reading
    body = memoryview(body)
    if not body or not _is_plain(body, plan):
        return None
    names = [str(place) for place in range(plan.width)]
    block = _block(body, largest_cell)
    try:
        data = pcsv.read_csv(
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
                column_types={name: pa.string() for name in names},  # no block holds more than its places can count
                null_values=list(reading.missing),
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if any(may_hold(chunk, "\n") for column in data.columns for chunk in column.chunks) or _needs_watching(data, plan):
        return None
    lines = np.arange(plan.first_line, plan.first_line + data.num_rows, dtype=np.int64)
    return TextColumns(data.columns, lines)


def _is_plain(body: memoryview, plan: Plan) -> bool:
    """Whether pyarrow cuts the rows as the watched reader would: one-byte delimiter, quotes only around whole cells."""
    reading = plan.reading
    delimiter, quote = reading.delimiter.encode(), reading.quote.encode()
    if len(delimiter) > 1 or reading.escape or reading.comment or delimiter == b" ":
        return False
    if any("\n" in mark for mark in reading.missing):  # a cell over two lines would leave no trace in the column
        return False
    return not quote or _quotes_stand_at_ends(body, quote, delimiter)


def _quotes_stand_at_ends(body: memoryview, quote: bytes, delimiter: bytes) -> bool:
    """Whether the quotation marks come in pairs, each with a delimiter, a line end or another one beside it."""
    import numpy as np

    is_end = np.zeros(256, dtype=bool)
    is_end[[quote[0], delimiter[0], 10]] = True
    letters = np.frombuffer(body, np.uint8)
    n_quotes = 0
    for start in range(0, len(letters), _LOOKED_AT):  # in pieces that stay in the processor's cache
        places = places_of(letters[start : start + _LOOKED_AT], quote[0]) + start
        before, after = letters[places - 1], letters[np.minimum(places + 1, len(letters) - 1)]
        is_outermost = (places == 0) | (places == len(letters) - 1)
        if not (is_end[before] | is_end[after] | is_outermost).all():
            return False
        n_quotes += len(places)
    return n_quotes % 2 == 0


def _block(body: memoryview, largest_cell: int) -> int:
    """Bytes a block: a row must fit into one, many columns make long rows, and large blocks take more memory."""
    end = re.search(b"\n", body)
    first = end.end() if end else len(body)
    return min(max(1 << 20, 64 * first), max(len(body), 1), 1 << 30)


def _needs_watching(data: object, plan: Plan) -> bool:
    """Whether rows are empty or repeat the header, which the watched reader sets aside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    assert isinstance(data, pa.Table)
    if plan.header:
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
