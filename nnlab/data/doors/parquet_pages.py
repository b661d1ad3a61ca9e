"""How many bytes the pages of a Parquet file unpack to, summed over their own headers before any page is opened.

The figures at the end of a file can say anything; room is taken by what each page's header says. They are read here
because the library's own look at damaged figures can end the process. (Apache Parquet, parquet.thrift.)
"""

from __future__ import annotations

from collections.abc import Iterator

from nnlab.data.doors.thrift import Thrift

_END = b"PAR1"
# the numbers of the fields that matter
_ROW_GROUPS, _COLUMNS, _ABOUT = 4, 1, 3
_PACKED_TOTAL, _DATA_AT, _DICTIONARY_AT = 7, 9, 11
_PAGE_UNPACKED, _PAGE_PACKED = 2, 3


def page_bytes(data: bytes, largest: int) -> int:
    """The sum over all pages, or the first sum above `largest`; raises ValueError for a damaged file."""
    try:
        return _summed(data, largest)
    except (IndexError, KeyError, TypeError, AttributeError):  # figures are missing, or of another kind
        raise ValueError("its figures make no sense") from None


def _summed(data: bytes, largest: int) -> int:
    total = 0
    for at, end in _chunks(data):
        while at < end and total <= largest:
            header = Thrift(data, at)
            sizes = header.struct()
            if sizes[_PAGE_UNPACKED] < 0 or sizes[_PAGE_PACKED] < 0:
                raise ValueError("a page without a size")
            total += sizes[_PAGE_UNPACKED]
            at = header.at + sizes[_PAGE_PACKED]
    return total


def _chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the pages of each column begin and end in each group of rows."""
    size = int.from_bytes(data[-8:-4], "little")
    if not data.endswith(_END) or size + 12 > len(data):
        raise ValueError("it does not end as a Parquet file does")
    for group in Thrift(data, len(data) - 8 - size).struct().get(_ROW_GROUPS, []):
        for chunk in group[_COLUMNS]:
            about = chunk[_ABOUT]
            starts = [about[field] for field in (_DICTIONARY_AT, _DATA_AT) if about.get(field)]
            if starts:
                at = min(starts)
                yield at, min(at + about[_PACKED_TOTAL], len(data))
