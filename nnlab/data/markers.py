"""Markers of missing cells that may be levels: NA among codes (North America, Namibia) is told, a person decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nnlab.data.compiled import read_compiled
from nnlab.data.rows import Plan, read_watched
from nnlab.errors import DataError, LimitError

if TYPE_CHECKING:
    from nnlab.data.kinds import TypedColumn
    from nnlab.limits import Limits

MARKER = "NA"
N_LOOKED_AT = 1_000  # rows whose levels show whether a column holds codes
LARGEST = 4_000_000  # bytes of the rows that are looked through
_DOUBT = "Cells with NA count as missing: if NA is one of these codes, take it out of the missing markers."
_CODE = re.compile(r"[A-Z]{2,3}")


@dataclass(frozen=True)
class Head:
    """The first rows of a file, kept until the kinds of its columns show whether they have to be looked through."""

    rows: bytes
    plan: Plan
    granted: Limits

    def marked_places(self) -> frozenset[int]:
        """The places of the columns in which a cell reads NA, as far as these rows show it."""
        around = re.escape((self.plan.reading.delimiter + self.plan.reading.quote).encode())
        if MARKER not in self.plan.reading.missing or not re.search(
            rb"(?:^|[\s%b])NA(?:[\s%b]|$)" % (around, around), self.rows, re.MULTILINE
        ):
            return frozenset()
        plain = replace(self.plan, reading=self.plan.reading.having(missing=("",)))
        try:
            found = read_compiled(memoryview(self.rows), plain, self.granted.cell_bytes)
            if found is None:
                found = read_watched(self.rows[: LARGEST // 4].decode("utf-8", "replace"), plain, self.granted)
        except (DataError, LimitError):  # a part of a file may be refused where the whole is not
            return frozenset()
        return frozenset(place for place, column in enumerate(found.columns) if _has_marker(column))


def head_of(rows: memoryview, plan: Plan, granted: Limits) -> Head:
    """The first rows of a body of rows, whole lines."""
    head = bytes(rows[:LARGEST])
    if len(rows) > LARGEST:
        head = head[: head.rfind(b"\n") + 1].rstrip(b"\n")
    return Head(head, plan, granted)


def with_doubts(kinds: Sequence[TypedColumn], head: Head | None) -> list[TypedColumn]:
    """The columns; the reason of one that holds short codes in capitals says so where cells with NA became missing."""
    told = list(kinds)
    coded = [place for place, kind in enumerate(kinds) if _holds_codes(kind)]
    marked = head.marked_places() if head and coded else frozenset()
    for place in marked.intersection(coded):
        column = kinds[place].column
        told[place] = replace(kinds[place], column=column.having(reason=f"{column.reason} {_DOUBT}"))
    return told


def _holds_codes(kind: TypedColumn) -> bool:
    import pandas as pd

    if kind.column.kind != "categorical" or not kind.values.isna().any():
        return False
    levels = pd.unique(kind.values[:N_LOOKED_AT].dropna())
    return len(levels) > 1 and all(map(_CODE.fullmatch, levels))


def _has_marker(text: object) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    assert isinstance(text, pa.ChunkedArray)
    return bool(pc.any(pc.equal(pc.utf8_trim_whitespace(text), MARKER)).as_py())
