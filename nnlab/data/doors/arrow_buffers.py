"""How many bytes the buffers of an Arrow stream take, summed before any is unpacked.

A packed buffer begins with its size unpacked; where the buffers lie says each message's header, a FlatBuffer: tables
whose fields are found through a table of offsets. (Apache Arrow, "Columnar Format", serialization.)
"""

from __future__ import annotations

import struct
from typing import Any

_DICTIONARY, _RECORDS = 2, 3  # kinds of messages


def buffer_bytes(source: Any, largest: int) -> int:
    """The sum over all messages, or the first sum above `largest`; raises struct.error for damaged headers."""
    import pyarrow as pa

    total = 0
    for message in pa.ipc.MessageReader.open_stream(source):
        total += _message_bytes(message.metadata.to_pybytes(), message.body)
        if total > largest:
            break
    return total


def _message_bytes(header: bytes, body: Any) -> int:
    root = _at(header, 0)
    kind = _field(header, root, 1)
    if kind is None or header[kind] not in (_DICTIONARY, _RECORDS) or body is None:
        return 0
    batch = _inner(header, root, 2)
    if header[kind] == _DICTIONARY:
        batch = _inner(header, batch, 1)
    if _field(header, batch, 3) is None:  # not packed: as large as it lies there
        return int(body.size)
    buffers = _inner(header, batch, 2)
    view, total = memoryview(body), 0
    for place in range(_unsigned(header, buffers)):
        start, length = struct.unpack_from("<qq", header, buffers + 4 + 16 * place)
        if length >= 8 and start >= 0:
            size = struct.unpack_from("<q", view, start)[0]
            total += length if size < 0 else size
    return total


def _unsigned(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _at(data: bytes, at: int) -> int:
    """The place that the offset at a place leads to."""
    return at + _unsigned(data, at)


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a table stands; None where it has its default."""
    offsets = table - struct.unpack_from("<i", data, table)[0]
    entry = 4 + 2 * number
    if offsets < 0 or entry + 2 > struct.unpack_from("<H", data, offsets)[0]:
        return None
    offset = struct.unpack_from("<H", data, offsets + entry)[0]
    return table + offset if offset else None


def _inner(data: bytes, table: int, number: int) -> int:
    """Where the table or list that a field holds begins."""
    place = _field(data, table, number)
    if place is None:
        raise struct.error("a message lacks a part")
    return _at(data, place)
