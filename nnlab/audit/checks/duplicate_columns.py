"""Columns that say the same as another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import leave_out
from nnlab.audit.rows import Rows

LEAST_ROWS = 20
FEW = 0.25  # of the rows: with more distinct values any two such columns could be told from each other


@checks
class DuplicateColumns(Check):
    """Columns with the same values as another one, the same values under other names, or the same numbers in another
    unit."""

    kind: Literal["duplicate_columns"] = "duplicate_columns"

    title: ClassVar[str] = "Duplicate columns"
    seriousness: ClassVar[int] = 22
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        if rows.n_rows < LEAST_ROWS:
            return
        first: dict[str, str] = {}
        for column in rows.scored:
            name = column.name
            if len(rows.codes(name)[1]) < 2:
                continue
            prints = _prints(rows, name)
            same = next((first[each] for each in prints if each in first), None)
            if same is None:
                first.update(dict.fromkeys(prints, name))
                continue
            how = _how(rows, same, name)
            said = f"{name[:60]} says the same as {same[:60]} in every row{how}."
            yield self.finding(
                (same, name), said, leave_out(name), n_rows=rows.n_rows, n_distinct=len(rows.codes(name)[1])
            )


def _prints(rows: Rows, name: str) -> list[str]:
    """Hashes that columns share which say the same: of the places of values, and of scaled numbers."""
    codes, distinct = rows.codes(name)
    found = []
    if len(distinct) <= FEW * rows.n_rows:
        found.append(_hash(codes))
    if rows.columns[name].kind in ("numeric", "datetime"):
        values = rows.numbers(name)
        spread = np.nanstd(values)
        if np.isfinite(spread) and spread > 0:
            scaled = np.round((values - np.nanmean(values)) / spread, 5)
            sign = np.sign(scaled[np.flatnonzero(np.nan_to_num(scaled))[0]])
            found.append(_hash(np.where(np.isnan(scaled), -1e9, scaled * sign) + 0.0))
    elif len(distinct) > FEW * rows.n_rows:
        found.append(_hash(np.array([hash_of(str(value)) for value in distinct])[codes]))
    return found


def _hash(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def hash_of(text: str) -> int:
    """A number for a text, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def _how(rows: Rows, one: str, other: str) -> str:
    if rows.frame[one].equals(rows.frame[other].rename(one)):
        return ""
    return ", only written otherwise"
