"""The quick way to columns of text: pyarrow's reader, for tables in which every line is one full row."""

from __future__ import annotations

import io

from nnlab.data.rows import Plan, TextColumns

_LOOKED_AT = 1 << 20  # bytes


def read_compiled(body: bytes, plan: Plan, largest_cell: int) -> TextColumns | None:
    """The columns of a body of rows (UTF-8, LF line ends), or None where a line is not exactly one full row.

    None is no error: `read_watched` then looks at every row.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pcsv

    reading = plan.reading
    if not body or not _is_plain(body, plan):
        return None
    n_lines = body.count(b"\n") + 1
    names = [str(place) for place in range(plan.width)]
    try:
        data = pcsv.read_csv(
            io.BytesIO(body),
            read_options=pcsv.ReadOptions(use_threads=False, column_names=names, block_size=_block(body, largest_cell)),
            parse_options=pcsv.ParseOptions(
                delimiter=reading.delimiter,
                quote_char=reading.quote or False,
                double_quote=True,
                newlines_in_values=False,
                ignore_empty_lines=False,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types={name: pa.large_string() for name in names},
                null_values=list(reading.missing),
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if data.num_rows != n_lines or _needs_watching(data, plan):
        return None
    lines = np.arange(plan.first_line, plan.first_line + n_lines, dtype=np.int64)
    return TextColumns([data.column(place) for place in range(plan.width)], lines)


def _is_plain(body: bytes, plan: Plan) -> bool:
    """Whether pyarrow cuts the rows as the watched reader would: one-byte delimiter, quotes only around whole cells."""
    reading = plan.reading
    delimiter, quote = reading.delimiter.encode(), reading.quote.encode()
    if len(delimiter) > 1 or reading.escape or reading.comment or delimiter == b" ":
        return False
    return not quote or quote not in body or _quotes_stand_at_ends(body, quote, delimiter)


def _quotes_stand_at_ends(body: bytes, quote: bytes, delimiter: bytes) -> bool:
    """Whether the quotation marks come in pairs, each with a delimiter, a line end or another one beside it."""
    import numpy as np

    is_end = np.zeros(256, dtype=bool)
    is_end[[quote[0], delimiter[0], 10]] = True
    n_quotes = 0
    for start in range(0, len(body), _LOOKED_AT):  # in pieces that stay in the processor's cache
        letters = np.frombuffer(
            b"\n" + body[max(start - 1, 0) : start] + body[start : start + _LOOKED_AT + 1] + b"\n", np.uint8
        )
        first = 2 if start else 1
        places = np.flatnonzero(letters[first : first + min(_LOOKED_AT, len(body) - start)] == quote[0]) + first
        if not (is_end[letters[places - 1]] | is_end[letters[places + 1]]).all():
            return False
        n_quotes += len(places)
    return n_quotes % 2 == 0


def _block(body: bytes, largest_cell: int) -> int:
    """Bytes a block: a row must fit into one, and many columns make long rows."""
    first = body.find(b"\n") + 1 or len(body)
    return min(max(1 << 22, 64 * first), max(len(body), 1), 1 << 30)


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
