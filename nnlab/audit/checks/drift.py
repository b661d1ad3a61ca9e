"""Columns that differ between the parts of the split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import Mend, SetRole, leave_out
from nnlab.audit.probe import bins_of
from nnlab.audit.rows import Indices, Rows
from nnlab.prep.split import PART_NAMES, TRAIN, VALIDATION

DIFFERENT = 0.25  # population stability index; above it a column counts as shifted in credit scoring's practice
SURE = 1e-4  # chance of such a difference in parts drawn from the same rows, shared by all columns
N_BINS = 10
LEAST_ROWS = 20
MOST_ROWS = 20_000  # that the tenths are taken from
MOST_TOLD = 5


@checks
class Drift(Check):
    """Columns whose values are spread otherwise in validation or test than in train (population stability index 0.25 or
    more); only the spread of values is looked at."""

    kind: Literal["drift"] = "drift"

    title: ClassVar[str] = "Drift between the parts"
    seriousness: ClassVar[int] = 34

    def find(self, rows: Rows) -> Iterator[Finding]:
        told = []
        targets = [each for each in rows.columns.targets if each.kind in ("numeric", "categorical", "boolean")]
        looked = [*rows.scored, *targets]
        others = {part: np.flatnonzero(rows.parts == part) for part in (1, 2)}
        others = {part: places for part, places in others.items() if len(places) >= LEAST_ROWS}
        for column in looked if len(rows.train) >= LEAST_ROWS else ():
            bins, n_bins = _bins(rows, column.name) if others else (np.zeros(0, dtype=np.int64), 0)
            for part, places in others.items():
                index, chance = _difference(bins, n_bins, rows.train, places)
                if index >= DIFFERENT and chance < SURE / len(looked):
                    told.append((index, column.name, part))
        seen: set[str] = set()
        for index, name, part in sorted(told, reverse=True):
            if name in seen or len(seen) >= MOST_TOLD:
                continue
            seen.add(name)
            said = (
                f"{name[:60]} is spread otherwise in {PART_NAMES[part]} than in train "
                f"(stability index {index:.2f}; 0.25 is much): {_example(rows, name, part)}."
            )
            is_target = any(name == target.name for target in targets)
            # a column is not left out for what test rows hold
            may_leave = not is_target and (name, VALIDATION) in [(each, there) for _, each, there in told]
            mends = (*_drawn_by_chance(rows), *((leave_out(name),) if may_leave else ()))
            yield self.finding((name,), said, *mends, stability_index=round(index, 4), part=PART_NAMES[part])


def _difference(bins: Indices, n_bins: int, train_rows: Indices, places: Indices) -> tuple[float, float]:
    """The population stability index of a part beside train, and the chance of as much by drawing alone."""
    train = np.bincount(bins[train_rows], minlength=n_bins).astype(np.float64)
    part = np.bincount(bins[places], minlength=n_bins).astype(np.float64)
    kept = train + part > 0
    train, part = train[kept], part[kept]
    p, q = (train + 0.5) / (train + 0.5).sum(), (part + 0.5) / (part + 0.5).sum()
    index = float(((p - q) * np.log(p / q)).sum())
    if index < DIFFERENT:
        return index, 1.0
    from scipy.stats import chi2

    expected = np.outer([train.sum(), part.sum()], train + part) / (train.sum() + part.sum())
    statistic = float(((np.stack([train, part]) - expected) ** 2 / expected).sum())
    return index, float(chi2.sf(statistic, max(1, len(train) - 1)))


def _bins(rows: Rows, name: str) -> tuple[Indices, int]:
    """Tenths of the training rows, or the commonest levels and all others together."""
    if rows.columns[name].kind in ("numeric", "datetime"):
        return bins_of(rows.numbers(name), rows.train[:: -(-len(rows.train) // MOST_ROWS)], N_BINS)
    codes, distinct = rows.codes(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    place = np.full(len(distinct) + 1, N_BINS)
    order = np.argsort(-counts, kind="stable")[:N_BINS]
    place[order] = np.arange(len(order))
    place[-1] = N_BINS + 1  # missing
    found: Indices = place[codes]
    return found, N_BINS + 2


def _example(rows: Rows, name: str, part: int) -> str:
    """The difference in the simplest figures: two medians, or the level that differs most."""
    places = np.flatnonzero(rows.parts == part)
    if rows.columns[name].kind in ("numeric", "datetime"):
        from nnlab.prep.wording import moment, number

        word = moment if rows.columns[name].kind == "datetime" else number
        medians = [float(np.nanmedian(rows.numbers(name)[at])) for at in (places, rows.train)]
        return f"median {word(medians[0])} beside {word(medians[1])}"
    codes, distinct = rows.codes(name)
    shares = [np.bincount(codes[at] + 1, minlength=len(distinct) + 1) / len(at) for at in (places, rows.train)]
    at = int(np.abs(shares[0] - shares[1]).argmax())
    level = rows.level(name, at - 1)[:40] if at else "missing"
    return f"{level} in {100 * shares[0][at]:.0f} % beside {100 * shares[1][at]:.0f} %"


def _drawn_by_chance(rows: Rows) -> tuple[Mend, ...]:
    """Parts drawn by chance, where a column decided them."""
    column = rows.columns.split_column
    if column is None:
        return ()
    return (SetRole(label="Draw the parts by chance instead", columns=(column,), role="ignore"),)


assert TRAIN == 0, "the parts 1 and 2 are those beside train"
