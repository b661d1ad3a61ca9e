"""Classes with so few rows that they can hardly be learnt or judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import Mend, SetRole, SetTarget, drop_rows
from nnlab.audit.rows import Rows
from nnlab.cleaning.condition import Condition
from nnlab.prep.split import PART_NAMES
from nnlab.prep.wording import listed, number

Counts = npt.NDArray[np.int64]
FEW = 10  # rows of a class
MOST_NAMED = 20


@checks
class RareClass(Check):
    """Classes with fewer than ten rows."""

    kind: Literal["rare_class"] = "rare_class"

    title: ClassVar[str] = "Rare classes"
    seriousness: ClassVar[int] = 32

    def find(self, rows: Rows) -> Iterator[Finding]:
        for name, table in _by_part(rows):
            counts = table.sum(axis=1)
            rare = np.flatnonzero((counts < FEW) & (counts > 0))
            if len(rare):
                yield self._rare(rows, name, rare[np.argsort(counts[rare], kind="stable")], table)

    def _rare(self, rows: Rows, name: str, rare: Counts, table: Counts) -> Finding:
        n_rows = {rows.level(name, int(at)): int(table[at].sum()) for at in rare}
        shown = listed([f"{level[:40]} ({number(n, 9)} {'row' if n == 1 else 'rows'})" for level, n in n_rows.items()])
        one = "Class" if len(rare) == 1 else "Classes"
        has = "has" if len(rare) == 1 else "have"
        said = f"{one} {shown} of {name[:60]} {has} too few rows to learn or judge."
        parts = _parts(rows, name, rare, table)
        mends: list[Mend] = []
        if rows.columns[name].kind == "numeric":
            mends.append(SetTarget(label=f"Predict {name[:60]} as an amount", column=name, task="regression"))
        mends += _dropping(rows, name, rare, table)
        return self.finding((name,), said, *mends, n_rows=n_rows, parts=parts)


@checks
class LackingClass(Check):
    """Classes that are not in every part of the split: a model cannot learn, or nobody can judge them."""

    kind: Literal["lacking_class"] = "lacking_class"

    title: ClassVar[str] = "Classes that a part lacks"
    seriousness: ClassVar[int] = 31

    def find(self, rows: Rows) -> Iterator[Finding]:
        for name, table in _by_part(rows):
            has_rows = table.sum(axis=0) > 0
            lacking = np.flatnonzero((table.sum(axis=1) > 0) & (table[:, has_rows] == 0).any(axis=1))
            if not len(lacking):
                continue
            parts = _parts(rows, name, lacking[:MOST_NAMED], table)
            missing = {level: [part for part, n in counts.items() if not n] for level, counts in parts.items()}
            shown = listed([f"{level[:40]} (not in {listed(absent)})" for level, absent in missing.items()])
            said = f"Not every class of {name[:60]} is in every part of the split: {shown}."
            decide = [each for each in (rows.columns.split_column, rows.columns.time_column) if each is not None]
            mends: list[Mend] = [
                SetRole(label="Draw the parts by chance instead", columns=(column,), role="ignore")
                for column in decide[:1]
            ]
            if not mends:
                mends = _dropping(rows, name, lacking[(table[lacking, :2] == 0).any(axis=1)], table)
            yield self.finding((name,), said, *mends, parts=parts)


def _by_part(rows: Rows) -> Iterator[tuple[str, Counts]]:
    """The target of classes, and how many rows each has in each part, (K, 3)."""
    if rows.task == "regression" or len(rows.columns.targets) != 1:
        return
    name = rows.columns.targets[0].name
    codes, distinct = rows.codes(name)
    table = np.zeros((len(distinct), len(PART_NAMES)), dtype=np.int64)
    np.add.at(table, (codes[rows.labelled], rows.parts[rows.labelled]), 1)
    yield name, table


def _dropping(rows: Rows, name: str, places: Counts, table: Counts) -> list[Mend]:
    """The mend that drops these classes' rows, where two others stay; what only test rows hold decides nothing."""
    n_seen = table[:, :2].sum(axis=1)
    known = places[n_seen[places] > 0]
    if not 0 < len(known) <= MOST_NAMED or (n_seen > 0).sum() - len(known) < 2:
        return []
    values = tuple(rows.level(name, int(at)) for at in known)
    return [drop_rows("Drop these rows", Condition(column=name, comparison="one_of", values=values))]


def _parts(rows: Rows, name: str, ats: Counts, table: Counts) -> dict[str, dict[str, int]]:
    return {rows.level(name, int(at)): dict(zip(PART_NAMES, table[at].tolist(), strict=True)) for at in ats}
