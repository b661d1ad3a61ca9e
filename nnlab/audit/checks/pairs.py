"""Two columns that together tell the target."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.leakage import ASK, REPORTS, told
from nnlab.audit.probe import alone, bins_of, line, together
from nnlab.audit.rows import Array, Indices, Rows
from nnlab.audit.truth import Truth

MOST_LISTED = 40  # columns of which every two are screened
MOST_SCORED = 6  # pairs that are given to trees
MOST_PAIRS = 3  # told of one target
N_BINS = 12
MOST_ROWS = 4_000
PROMISING = 0.8  # of the screen; its small table tells less than trees do
GAIN = 0.002  # that a pair has to tell more than the better of its two


@checks
class Pairs(Check):
    """Two columns that together reach AUC or R² 0.98 on held-out rows and neither does alone: they are asked about."""

    kind: Literal["pairs"] = "pairs"

    title: ClassVar[str] = "Two columns that are the answer"
    seriousness: ClassVar[int] = 4
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths if rows.folds else ():
            left = {column.name for column in rows.scored if (truth.name, column.name) not in rows.told}
            found = []
            for pair in _screened(rows, truth, sorted(left)):
                score = _score(rows, truth, pair)
                if score >= ASK and score >= max(_alone(rows, truth, name) for name in pair) + GAIN:
                    found.append((score, pair))
            n_told = 0
            for score, pair in sorted(found, reverse=True):
                if n_told < MOST_PAIRS and left.issuperset(pair):
                    n_told += 1
                    left -= set(pair)
                    what = f"{pair[0][:60]} and {pair[1][:60]} together give {METRICS[truth.metric]} {shown(score)}"
                    yield told(rows, truth, "ask", pair, "pair", what, score)


def _screened(rows: Rows, truth: Truth, names: list[str]) -> list[tuple[str, str]]:
    """The most promising pairs, by a coarse table of the target over both columns' bins."""
    best = sorted(names, key=lambda name: -_alone(rows, truth, name))[:MOST_LISTED]
    learnt = rows.folds[0][0]
    learnt = learnt[~np.isnan(truth.values[learnt])]
    learnt = learnt[:: -(-len(learnt) // MOST_ROWS)] if len(learnt) else learnt
    coarse = {name: _coarse(rows, name, learnt) for name in best}
    screened = [(_explained(truth, coarse[a], coarse[b], learnt), (a, b)) for a, b in combinations(best, 2)]
    likely = sorted((each for each in screened if each[0] >= PROMISING), reverse=True)
    return [pair for _, pair in likely[:MOST_SCORED]]


def _coarse(rows: Rows, name: str, learnt: Indices) -> Indices:
    """A few bins or the commonest levels of the rows learnt from."""
    if rows.columns[name].kind in ("numeric", "datetime"):
        return bins_of(rows.numbers(name), learnt, N_BINS)[0][learnt]
    codes, distinct = rows.codes(name)
    codes = np.where(codes < 0, len(distinct), codes)[learnt]
    order = np.argsort(-np.bincount(codes, minlength=len(distinct) + 1), kind="stable")
    place = np.full(len(distinct) + 1, N_BINS + 1)
    place[order[: N_BINS + 1]] = np.arange(len(order[: N_BINS + 1]))
    found: Indices = place[codes]
    return found


def _explained(truth: Truth, a: Indices, b: Indices, learnt: Indices) -> float:
    """About how much the table of both columns explains, 0 to 1: each row judged by the others in its cell."""
    cells = a * (N_BINS + 2) + b
    values = truth.values[learnt]
    n_cells = (N_BINS + 2) ** 2
    counts = np.bincount(cells, minlength=n_cells)[cells]
    if truth.classes:
        at = cells * truth.n_classes + values.astype(np.int64)
        same = np.bincount(at, minlength=n_cells * truth.n_classes)[at]
        return float(((same - 1) / (counts - 1).clip(min=1))[counts > 1].mean()) if (counts > 1).any() else 0.0
    sums = np.bincount(cells, values - values.mean(), minlength=n_cells)[cells]
    own = values - values.mean()
    others = np.where(counts > 1, (sums - own) / (counts - 1).clip(min=1), own.mean())
    return _r2(others[counts > 1], own[counts > 1])


def _r2(answers: Array, true: Array) -> float:
    total = float(((true - true.mean()) ** 2).sum()) if len(true) else 0.0
    return 1 - float(((true - answers) ** 2).sum()) / total if total > 0 else 0.0


def _score(rows: Rows, truth: Truth, pair: tuple[str, str]) -> float:
    scores = [together(rows, truth, pair)]
    if all(rows.columns[name].kind == "numeric" for name in pair):
        scores.append(line(rows, truth, list(pair)))
    return float(np.nanmax(scores))


def _alone(rows: Rows, truth: Truth, name: str) -> float:
    found = alone(rows, truth, rows.columns[name])
    return -1.0 if np.isnan(found) else found
