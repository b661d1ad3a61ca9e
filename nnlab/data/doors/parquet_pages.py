"""How many bytes the pages of a Parquet file unpack to, summed over their own headers before any page is opened.

The figures at the end of a file can say anything; room is taken by what each page's header says. Headers are in
Thrift's compact protocol: fields by number, integers in base 128 with the sign in the last bit.
"""

from __future__ import annotations

from typing import Any

_TYPE_TRUE, _TYPE_FALSE, _TYPE_BYTE, _TYPE_DOUBLE, _TYPE_BINARY = 1, 2, 3, 7, 8
_TYPE_INTEGERS = (4, 5, 6)
_TYPE_LISTS = (9, 10)
_TYPE_STRUCT = 12
_DEEPEST = 8


def page_bytes(data: bytes, metadata: Any, largest: int) -> int:
    """The sum over all pages, or the first sum above `largest`; raises ValueError for headers that make no sense."""
    total = 0
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            starts = [at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at]
            if not starts:
                continue
            at = min(starts)
            end = min(at + chunk.total_compressed_size, len(data))
            while at < end and total <= largest:
                header = _Header(data, at)
                total += header.unpacked_size
                at = header.end + header.packed_size
    return total


class _Header:
    """One page's header: its end, and the sizes of the page packed and unpacked."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._sizes: dict[int, int] = {}
        self._skip_struct(0)
        self.end = self._at
        self.unpacked_size, self.packed_size = self._sizes.get(2, -1), self._sizes.get(3, -1)
        if self.unpacked_size < 0 or self.packed_size < 0:
            raise ValueError("a page without a size")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _signed(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _skip_struct(self, depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError("a header that nests too deep")
        number = 0
        while byte := self._byte():
            number = number + (byte >> 4) if byte >> 4 else self._signed()
            value = self._value(byte & 15, depth)
            if depth == 0 and byte & 15 in _TYPE_INTEGERS:
                self._sizes[number] = value

    def _value(self, kind: int, depth: int) -> int:
        """The value of an integer; anything else is passed over."""
        if kind in _TYPE_INTEGERS:
            return self._signed()
        if kind in (_TYPE_BYTE, _TYPE_DOUBLE):
            self._at += 1 if kind == _TYPE_BYTE else 8
        elif kind == _TYPE_BINARY:
            length = self._varint()  # which itself goes on in the bytes
            self._at += length
        elif kind == _TYPE_STRUCT:
            self._skip_struct(depth + 1)
        elif kind in _TYPE_LISTS:
            self._skip_list(depth)
        elif kind not in (_TYPE_TRUE, _TYPE_FALSE):
            raise ValueError("a field of an unknown type")
        return 0

    def _skip_list(self, depth: int) -> None:
        byte = self._byte()
        count = byte >> 4 if byte >> 4 < 15 else self._varint()
        for _ in range(count):
            if byte & 15 in (_TYPE_TRUE, _TYPE_FALSE):  # a truth value of its own byte only inside lists
                self._at += 1
            else:
                self._value(byte & 15, depth + 1)
            if self._at > len(self._data):
                raise ValueError("a list that never ends")
