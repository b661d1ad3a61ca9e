"""Parquet and Arrow files: columns with types of their own become columns of text, a batch of rows at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnlab.data.doors.arrow_buffers import buffer_bytes
from nnlab.data.doors.door import HEADED, CsvRows, Opened
from nnlab.data.doors.parquet_pages import page_bytes
from nnlab.data.table import Issue
from nnlab.errors import DataError, LimitError

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 16_384  # of a batch
_UTC = "these times are shown in UTC"
_FINE = "these times are finer than a microsecond, and shown to the microsecond"


def read_columnar(data: bytes, largest: int, widest: int) -> Opened:
    """The rows of a Parquet or Arrow (Feather) file as CSV text, its names the header.

    Raises `DataError` that names the columns which hold lists, records or bytes, and for a damaged file.
    """
    import pyarrow as pa

    is_parquet = data.startswith(b"PAR1")
    try:
        schema, batches = (_parquet if is_parquet else _arrow)(data, largest)
        if len(schema) > widest:
            raise LimitError(f"a table may have {widest} columns at most", came=f"{len(schema)} columns")
        _refuse_nested(schema)
        return replace(_as_text(schema, batches, largest, widest), form="Parquet" if is_parquet else "Arrow")
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError, MemoryError, struct.error) as error:
        raise DataError(
            "the file is damaged, or of a kind that is not known here",
            came=str(error)[:200],
            do="Export it again, or save the table as CSV.",
        ) from None


def _parquet(data: bytes, largest: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(data))
    _refuse_large(file.metadata.num_rows * len(file.schema_arrow), largest)
    _refuse_large(page_bytes(data, largest), largest)
    texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    # Texts that repeat stay numbers until it is known how much room they take in full.
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    return file.schema_arrow, file.iter_batches(batch_size=_ROWS, use_threads=False)


def _arrow(data: bytes, largest: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    import pyarrow as pa

    # The file is a stream with a directory behind it; read as a stream, nothing is read that was not looked at.
    stream = pa.py_buffer(data)[8:]
    _refuse_large(buffer_bytes(pa.BufferReader(stream), largest), largest)
    reader = pa.ipc.open_stream(pa.BufferReader(stream))

    def batches() -> Iterator[pa.RecordBatch]:
        n_cells = 0
        for batch in reader:
            batch.validate(full=True)
            n_cells += batch.num_rows * max(batch.num_columns, 1)
            _refuse_large(n_cells, largest)
            for start in range(0, batch.num_rows, _ROWS):
                yield batch.slice(start, _ROWS)

    return reader.schema, batches()


def _refuse_large(size: int, largest: int) -> None:
    if size > largest:
        raise LimitError(
            "a file may unpack to the size limit at most",
            came=f"more than {largest:,} bytes".replace(",", " "),
            do="Take a part of its rows, or raise the limit.",
        )


def _refuse_nested(schema: pa.Schema) -> None:
    import pyarrow as pa

    is_bytes = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(kind) or any(test(kind) for test in is_bytes):
            raise DataError(
                "a column must hold one number, text, date or truth value a row",
                where=f"column {field.name[:80]}",
                came=str(field.type)[:80],
                do="Leave this column out, or make columns of its parts, and export again.",
                column=field.name,
            )


def _as_text(schema: pa.Schema, batches: Iterator[pa.RecordBatch], largest: int, widest: int) -> Opened:
    rows = CsvRows(largest, widest)
    rows.add(schema.names)
    told: dict[tuple[str, str], None] = {}
    for batch in batches:
        columns: list[list[str | None]] = []
        size = 0
        for field, column in zip(schema, batch.columns, strict=True):
            size += _length(column)
            _refuse_large(size, largest)
            text, note = _texts(column)
            columns.append(text)
            if note:
                told[field.name, note] = None
        for cells in zip(*columns, strict=True):
            rows.add([cell or "" for cell in cells])
    issues = tuple(Issue(0, name, "", note, weight="note") for name, note in told)
    return Opened(rows.text(), "", HEADED, issues=issues, shift=1)


def _length(column: Any) -> int:
    """How many bytes the texts of a column take once each is written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        if not (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)):
            return 0
        return pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
    return column.nbytes if pa.types.is_string(kind) or pa.types.is_large_string(kind) else 0


def _texts(column: Any) -> tuple[list[str | None], str]:
    """A column's cells as text (None: missing), and what is to be told of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    note = ""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    column = column.cast(kind)
    if pa.types.is_timestamp(kind):
        note = _UTC if kind.tz else ""
        try:
            column = column.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            column, note = column.cast(pa.timestamp("us"), safe=False), _FINE
    elif pa.types.is_duration(kind):
        note = f"these durations are shown in {kind.unit}"
        column = column.cast(pa.int64())
    text = column.cast(pa.large_string())
    if pa.types.is_temporal(kind):
        text = pc.replace_substring_regex(text, r"\.0+$", "")
    return text.to_pylist(), note
