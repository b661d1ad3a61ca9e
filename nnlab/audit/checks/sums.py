"""A sum or difference of a few columns that is the target."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, shown
from nnlab.audit.leakage import ASK, IDENTITY, REPORTS, Voice, told
from nnlab.audit.rows import Array, Indices, Rows
from nnlab.audit.truth import Truth, r2

MOST_LISTED = 48  # columns of which every three are tried
MOST_STEPS = 8  # columns that are taken one after another by what they still explain
MOST_SUMS = 3  # told of one target
MOST_ROWS = 5_000
LEAST_ROWS = 20
FARTHEST = 1e6  # times the target's spread; inner products of wider columns lose the target in their last digits


class Sum(NamedTuple):
    """A signed sum of columns and its held-out R² as an identity: nothing but a constant may differ."""

    names: tuple[str, ...]
    signs: tuple[int, ...]
    score: float

    def words(self) -> str:
        """The sum as it is written: "a + b − c"."""
        parts = [f"{'−' if sign < 0 else '+'} {name[:40]}" for sign, name in zip(self.signs, self.names, strict=True)]
        return " ".join(parts).removeprefix("+ ")


@checks
class Sums(Check):
    """A sum or difference of at most three columns that equals an amount to predict (R² 0.999): a leak; from 0.98 it is
    asked about."""

    kind: Literal["sums"] = "sums"

    title: ClassVar[str] = "A sum that is the answer"
    seriousness: ClassVar[int] = 1
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths:
            if truth.classes or not rows.folds:
                continue
            left = [name for name in rows.numeric if name not in rows.leaking(truth.name)]
            for _ in range(MOST_SUMS):
                found = best_sum(rows, truth, left)
                if found is None or found.score < ASK:
                    break
                left = [name for name in left if name not in found.names]
                voice: Voice = "leak" if found.score >= IDENTITY else "ask"
                if voice == "ask" and any((truth.name, name) in rows.told for name in found.names):
                    continue  # a part of it is asked about already
                rows.told.update({(truth.name, name): voice for name in found.names})
                what = f"{found.words()} is {truth.name[:60]} with R² {shown(found.score)}"
                yield told(rows, truth, voice, found.names, "sum", what, found.score, signs=list(found.signs))


def best_sum(rows: Rows, truth: Truth, names: list[str]) -> Sum | None:
    """The sum of two or three of these columns that is nearest to the target: found on rows learnt from, judged on
    others. A shorter one that is an identity is preferred."""
    learnt, judged = rows.folds[0]
    learnt = learnt[~np.isnan(truth.values[learnt])]
    learnt = learnt[:: -(-len(learnt) // MOST_ROWS)] if len(learnt) else learnt
    if len(names) < 2 or len(learnt) < LEAST_ROWS:
        return None
    table = np.stack([rows.numbers(name)[learnt] for name in names], axis=1)
    places = np.flatnonzero(~np.isnan(table).all(axis=0))
    spread = np.nanstd(table[:, places], axis=0)
    places = places[(spread > 0) & (spread < FARTHEST * float(truth.values[learnt].std()))]
    if len(places) < 2:
        return None
    listed = places[_shortlist(_centred(table[:, places]), truth.values[learnt])]
    tried = _signed(_centred(table[:, listed]), truth.values[learnt])
    sums = [_judged(rows, truth, [names[listed[at]] for at in ats], signs, judged) for ats, signs in tried]
    exact = [found for found in sums if found.score >= IDENTITY]
    return exact[0] if exact else max(sums, key=lambda found: found.score, default=None)


def _centred(table_NF: Array) -> Array:
    """Each column around its mean; a missing number lies there."""
    mean = np.nanmean(table_NF, axis=0)
    return np.where(np.isnan(table_NF), 0.0, table_NF - mean)


def _shortlist(table_NF: Array, y: Array) -> Indices:
    """The columns that may be parts of the target, at most `MOST_LISTED`.

    If the target is a sum of columns, least squares over all of them finds exactly these, wherever the columns do not
    depend on each other; where they do, or outnumber the rows, taking one after another by what it explains helps.
    """
    n_columns = table_NF.shape[1]
    if n_columns <= MOST_LISTED:
        return np.arange(n_columns)
    size = np.linalg.norm(table_NF, axis=0)
    unit, y = table_NF / size, y - y.mean()
    gram, told_F = unit.T @ unit, unit.T @ y
    weights = np.linalg.solve(gram + 1e-9 * np.eye(n_columns), told_F)
    taken: list[int] = []
    for _ in range(MOST_STEPS):
        known = np.linalg.lstsq(gram[np.ix_(taken, taken)], told_F[taken], rcond=None)[0] if taken else np.zeros(0)
        rest = np.abs(told_F - gram[:, taken] @ known)
        rest[taken] = -1
        taken.append(int(rest.argmax()))
    third = (MOST_LISTED - MOST_STEPS) // 2
    # a weight in the column's own unit is ±1 for a part, whatever its size: nearness to that counts, then size
    nearest = np.argsort(np.abs(np.abs(weights / size) - 1), kind="stable")[:third]
    largest = np.argsort(-np.abs(weights), kind="stable")[:third]
    return np.unique(np.concatenate([taken, nearest, largest]).astype(np.int64))


def _signed(table_NF: Array, y: Array) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The best signed pair and the best signed three, from inner products alone."""
    y = y - y.mean()
    gram, told_F = table_NF.T @ table_NF, table_NF.T @ y
    found = []
    for size in (2, 3):
        ats = np.array(list(combinations(range(table_NF.shape[1]), size)), dtype=np.int64).reshape(-1, size)
        if not len(ats):
            continue
        best, where, signed = np.inf, 0, (1,) * size
        for bits in range(2**size):
            signs = np.array([1 - 2 * (bits >> place & 1) for place in range(size)])
            rest = (np.diag(gram)[ats] - 2 * signs * told_F[ats]).sum(axis=1)
            for a, b in combinations(range(size), 2):
                rest = rest + 2 * signs[a] * signs[b] * gram[ats[:, a], ats[:, b]]
            at = int(rest.argmin())
            if rest[at] < best:
                best, where, signed = float(rest[at]), at, tuple(int(sign) for sign in signs)
        found.append((tuple(int(at) for at in ats[where]), signed))
    return found


def _judged(rows: Rows, truth: Truth, names: list[str], signs: tuple[int, ...], judged: Indices) -> Sum:
    """The sum's R² on rows that it was not found on, those where every part is there."""
    if len(rows.folds) > 1:  # few rows: it is found on most of them, and judged on all that may be seen
        judged = rows.seen
    total = sum(sign * rows.numbers(name)[judged] for sign, name in zip(signs, names, strict=True))
    known = ~np.isnan(total) & ~np.isnan(truth.values[judged])
    if known.sum() < LEAST_ROWS / 2 or known.mean() < 0.1:
        return Sum(tuple(names), signs, float("nan"))
    total, true = np.asarray(total)[known], truth.values[judged][known]
    return Sum(tuple(names), signs, r2(total - total.mean() + true.mean(), true))
