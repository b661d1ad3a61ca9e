"""Markers of missing cells that may be levels: NA among codes (North America, Namibia) is told, a person decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnlab.data.compiled import read_compiled
from nnlab.data.kinds import TypedColumn
from nnlab.data.rows import Plan, read_watched
from nnlab.errors import DataError, LimitError

if TYPE_CHECKING:
    from nnlab.limits import Limits

MARKER = "NA"
N_LOOKED_AT = 1_000  # rows whose levels show whether a column holds codes
LARGEST = 8_000_000  # bytes of the body that are looked through
_DOUBT = "Cells with NA count as missing: if NA is one of these codes, take it out of the missing markers."
_CODE = re.compile(r"[A-Z]{2,3}")


def with_doubts(kinds: Sequence[TypedColumn], body: bytes, plan: Plan, granted: Limits) -> list[TypedColumn]:
    """The columns; the reason of one that holds short codes in capitals says so where cells with NA became missing."""
    told = list(kinds)
    if MARKER not in plan.reading.missing or MARKER.encode() not in body:
        return told
    places = [place for place, kind in enumerate(kinds) if _holds_codes(kind)]
    if not places:
        return told
    try:
        cells = _columns(body[: _cut(body)], plan, granted)
    except (DataError, LimitError):  # a part of a file may be refused where the whole is not
        return told
    for place in places:
        if _has_marker(cells[place]):
            column = kinds[place].column
            told[place] = replace(kinds[place], column=column.having(reason=f"{column.reason} {_DOUBT}"))
    return told


def _holds_codes(kind: TypedColumn) -> bool:
    import pandas as pd

    if kind.column.kind != "categorical" or not kind.values.isna().any():
        return False
    levels = pd.unique(kind.values[:N_LOOKED_AT].dropna())
    return len(levels) > 1 and all(map(_CODE.fullmatch, levels))


def _cut(body: bytes) -> int:
    """Where the part ends that is looked through: after a whole line."""
    return len(body) if len(body) <= LARGEST else body.rfind(b"\n", 0, LARGEST) + 1


def _columns(body: bytes, plan: Plan, granted: Limits) -> Any:
    """The columns of text once more, with nothing but empty cells missing."""
    plain = replace(plan, reading=plan.reading.having(missing=("",)))
    found = read_compiled(body.rstrip(b"\n"), plain, granted.cell_bytes)
    return (found or read_watched(body.decode("utf-8", "replace"), plain, granted)).columns


def _has_marker(text: Any) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.equal(pc.utf8_trim_whitespace(text), MARKER)).as_py())
