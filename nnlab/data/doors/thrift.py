"""Structures in Thrift's compact protocol, in which Parquet keeps its figures: fields by number.

Integers are in base 128, their sign in the last bit. (Apache Thrift, "Compact protocol encoding".)
"""

from __future__ import annotations

from typing import Any

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 1, 2, 3, 7, 8, 12
_INTEGERS = (4, 5, 6)
_LISTS = (9, 10)
_DEEPEST = 16


class Thrift:
    """A reader of structures at a place in some bytes; `at` is where it has come to.

    Raises ValueError and IndexError for bytes that make no sense.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields of a structure by number: integers, lists and structures; of anything else nothing is kept."""
        if depth > _DEEPEST:
            raise ValueError("a structure that nests too deep")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            found[number] = self._value(head & 15, depth)
        return found

    def _byte(self) -> int:
        if not 0 <= self.at < len(self._data):
            raise IndexError("a structure that goes on behind the end")
        self.at += 1
        return self._data[self.at - 1]

    def _unsigned(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found
        raise ValueError("a number of more than 64 bits")

    def _signed(self) -> int:
        found = self._unsigned()
        return (found >> 1) ^ -(found & 1)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _INTEGERS:
            return self._signed()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in _LISTS:
            return self._list(depth)
        if kind == _BINARY:
            length = self._unsigned()  # which itself goes on in the bytes
            self.at += length
        elif kind in (_BYTE, _DOUBLE):
            self.at += 1 if kind == _BYTE else 8
        elif kind not in (_TRUE, _FALSE):
            raise ValueError("a field of an unknown type")
        return None

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count, kind = head >> 4 if head >> 4 < 15 else self._unsigned(), head & 15
        if count > len(self._data):
            raise ValueError("a list that is longer than the file")
        # In a list a truth value takes a byte of its own; in a structure its type says it.
        inner = _BYTE if kind in (_TRUE, _FALSE) else kind
        return [self._value(inner, depth + 1) for _ in range(count)]
