"""Cells that are missing, and columns and rows in which most are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, percent
from nnlab.audit.leakage import named
from nnlab.audit.mends import Mend, drop_rows, leave_out
from nnlab.audit.probe import LITTLE, telling
from nnlab.audit.rows import Rows
from nnlab.cleaning.condition import Condition
from nnlab.prep.wording import number

MOST_PATTERNS = 12  # told; columns that are missing in the same rows share one
MUCH = 0.5  # of a column's cells
LEAST_FEATURES = 3
MOST_CONDITIONS = 50
LEAST = 20  # rows of a class, and missing ones, that a share can be told of
SURE = 4.0  # standard errors between two shares that differ
Mask = npt.NDArray[np.bool_]


@checks
class Missing(Check):
    """Columns with missing cells, those that are missing in the same rows together; what is filled in is learnt from
    training rows, and a column says where it was."""

    kind: Literal["missing"] = "missing"

    title: ClassVar[str] = "Missing cells"
    seriousness: ClassVar[int] = 50
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        patterns: dict[str, list[str]] = {}
        masks: dict[str, Mask] = {}
        for column in rows.features:
            mask = rows.is_missing(column.name)
            if mask.any() and not mask.all():
                key = hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()
                patterns.setdefault(key, []).append(column.name)
                masks[key] = mask
        for key in sorted(patterns, key=lambda key: -int(masks[key].sum()))[:MOST_PATTERNS]:
            yield self._told(rows, tuple(patterns[key]), masks[key], len(patterns))

    def _told(self, rows: Rows, names: tuple[str, ...], mask: Mask, n_patterns: int) -> Finding:
        n_missing, share = int(mask.sum()), float(mask.mean())
        rows_ = "row" if n_missing == 1 else "rows"
        together = "is missing" if len(names) == 1 else "are missing together"
        said = f"{named(names)} {together} in {number(n_missing, 9)} {rows_} ({percent(share)})."
        by_class = _told_by_class(rows, mask)
        if by_class:
            said += f" {by_class[0]}"
        mends: list[Mend] = []
        if share <= LITTLE:
            mends.append(drop_rows("Drop these rows", Condition(column=names[0], comparison="is_missing")))
        elif best := telling(rows, names):
            said += f" Yet {best.sentence()}; a column says where it is missing."
        else:
            mends.append(leave_out(*names))
        numbers = {"n_missing": n_missing, "share": round(share, 6), "n_patterns": n_patterns}
        shares = by_class[1] if by_class else {}
        lines = rows.lines(np.flatnonzero(mask))
        return self.finding(names, said, *mends, **numbers, by_class=shares, lines=lines)


@checks
class MissingRows(Check):
    """Rows in which more than half of the features are missing."""

    kind: Literal["missing_rows"] = "missing_rows"

    title: ClassVar[str] = "Rows that are mostly missing"
    seriousness: ClassVar[int] = 30
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        usable = [each.name for each in rows.features if not rows.is_missing(each.name).all()]
        if len(usable) < LEAST_FEATURES:
            return
        counts = np.zeros(rows.n_rows, dtype=np.int64)
        for name in usable:
            counts += rows.is_missing(name)
        places = np.flatnonzero(counts > MUCH * len(usable))
        if not len(places) or len(places) > MUCH * rows.n_rows:
            return
        there, has = ("row", "has") if len(places) == 1 else ("rows", "have")
        lines = rows.lines(places)
        shown = ", ".join(str(line) for line in lines[:5]) + (" ..." if len(places) > 5 else "")
        said = f"{number(len(places), 9)} {there} {has} more than half of the features missing: line {shown}."
        columns = _missing_in_all(rows, usable, places)
        mends = (drop_rows("Drop these rows", *_conditions(columns), join="all"),) if columns else ()
        yield self.finding((), said, *mends, n_rows=len(places), lines=lines, n_features=len(usable))


def _missing_in_all(rows: Rows, names: list[str], places: npt.NDArray[np.int64]) -> list[str]:
    """Columns that are missing in these rows and, all at once, in no other."""
    found = [name for name in names if rows.is_missing(name)[places].all()][:MOST_CONDITIONS]
    if not found:
        return []
    every = np.logical_and.reduce([rows.is_missing(name) for name in found])
    return found if int(every.sum()) == len(places) else []


def _conditions(names: list[str]) -> list[Condition]:
    return [Condition(column=name, comparison="is_missing") for name in names]


def _told_by_class(rows: Rows, mask: Mask) -> tuple[str, dict[str, float]] | None:
    """Where missing cells go with a class: the shares of missing cells by class, and a sentence on them."""
    if len(rows.truths) != 1 or not rows.truths[0].classes or not LEAST <= mask.sum() <= len(mask) - LEAST:
        return None
    truth, codes = rows.truths[0], rows.truths[0].codes()
    counts = np.bincount(codes[codes >= 0], minlength=truth.n_classes)
    missing = np.bincount(codes[(codes >= 0) & mask], minlength=truth.n_classes)
    enough = np.flatnonzero(counts >= LEAST)
    if len(enough) < 2:
        return None
    shares = missing[enough] / counts[enough]
    low, high = int(shares.argmin()), int(shares.argmax())
    error = np.sqrt(mask.mean() * (1 - mask.mean()) * (1 / counts[enough[low]] + 1 / counts[enough[high]]))
    if shares[high] - shares[low] < max(SURE * error, LITTLE):
        return None
    names = [truth.classes[at] for at in enough]
    by_class = {name: round(float(share), 6) for name, share in zip(names, shares, strict=True)}
    said = f"More often where {truth.name[:40]} is {names[high][:40]} ({percent(float(shares[high]))})"
    return f"{said} than where it is {names[low][:40]} ({percent(float(shares[low]))}).", by_class
