"""How well a few columns tell the target on rows that were not learnt from: the audit's own small models.

One column is judged by a histogram of the target over its values, of amounts also by a straight line, whichever is
better; several columns by a few boosted trees. No test row is ever looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.audit.finding import Strongest
from nnlab.audit.mends import Mend, leave_out
from nnlab.audit.rows import Array, Indices, Rows
from nnlab.audit.truth import Truth, auc_of_counts, mean_of
from nnlab.data.columns import Column

LITTLE = 0.05  # of the rows, which may be missing or go without harm
TELLING = {"roc_auc": 0.55, "r2": 0.02}  # of one column on held-out rows: less may be chance
MOST_BINS = 64
ROWS_A_BIN = 5
PRIOR = 1.0  # rows of the overall share that every bin begins with
ROUNDS = 60
WORK = 3e6  # cells that a model of many columns learns from


def alone(rows: Rows, truth: Truth, column: Column) -> float:
    """The held-out score of one column; NaN where it cannot be told."""
    at = (rows.truths.index(truth), column.name)
    if at not in rows.alone:
        rows.alone[at] = _alone(rows, truth, column)
    return rows.alone[at]


def telling(rows: Rows, names: Sequence[str]) -> Strongest | None:
    """The one of these columns that tells most by itself, cells missing or not; None where none tells anything."""
    kinds = {column.name: column for column in rows.scored}
    found = [
        Strongest(column=name, metric=truth.metric, score=round(score, 6))
        for truth in rows.truths
        for name in names
        if name in kinds and (score := alone(rows, truth, kinds[name])) >= TELLING[truth.metric]  # NaN is not
    ]
    return max(found, key=lambda each: each.score, default=None)


def left_missing(rows: Rows, column: Column, places: Indices) -> tuple[Mend, ...]:
    """What is offered beside making these cells of a column missing: leaving it out, where they are many and it tells
    nothing.

    So the audit does not advise after its own mend what it knew before.
    """
    n_seen = len(np.intersect1d(places, rows.seen))
    if column.role != "feature" or n_seen <= LITTLE * len(rows.seen) or telling(rows, (column.name,)) is not None:
        return ()
    return (leave_out(column.name),)


def together(rows: Rows, truth: Truth, names: Sequence[str]) -> float:
    """The held-out score of several columns in a few boosted trees; NaN where it cannot be told."""
    if not names or not rows.folds:
        return float("nan")
    table = np.stack([_ordered(rows, name) for name in names], axis=1)
    most = max(1_000, int(WORK // max(len(names), 1) // max(1, truth.n_classes // 3)))
    answers, true = [], []
    for learnt, judged in rows.folds:
        learnt, judged = _labelled(truth, learnt[:: -(-len(learnt) // most)]), _labelled(truth, judged)
        answers.append(_boosted(table[learnt], truth.values[learnt], table[judged], truth))
        true.append(truth.values[judged])
    return truth.score(answers, true)


def line(rows: Rows, truth: Truth, names: Sequence[str]) -> float:
    """The held-out R² of a straight line through columns of numbers; NaN for classes."""
    if truth.classes or not rows.folds:
        return float("nan")
    table = np.stack([rows.numbers(name) for name in names], axis=1)
    answers, true = [], []
    for learnt, judged in rows.folds:
        learnt, judged = _labelled(truth, learnt), _labelled(truth, judged)
        answers.append(_fitted_line(table[learnt], truth.values[learnt], table[judged]))
        true.append(truth.values[judged])
    return truth.score(answers, true)


def bins_of(values: Array, learnt: Indices, most: int = MOST_BINS) -> tuple[Indices, int]:
    """The bin of every row (N,), the last one for missing, and how many there are: about as many training rows each."""
    known = values[learnt]
    known = known[~np.isnan(known)]
    wanted = int(np.clip(len(known) // ROWS_A_BIN, 1, most))
    edges = np.unique(np.quantile(known, np.arange(1, wanted) / wanted)) if len(known) else known
    places = np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), len(edges) + 1, places).astype(np.int64), len(edges) + 2


def _alone(rows: Rows, truth: Truth, column: Column) -> float:
    if not rows.folds:
        return float("nan")
    is_scale = column.kind in ("numeric", "datetime")
    binned = [_binned(rows, truth, column.name, is_scale, learnt) for learnt, _ in rows.folds]
    if truth.classes:
        return _auc_of_bins(rows, truth, binned)
    score = _r2_of_bins(rows, truth, binned)
    return float(np.nanmax([score, line(rows, truth, [column.name])])) if is_scale else score


def _binned(rows: Rows, truth: Truth, name: str, is_scale: bool, learnt: Indices) -> tuple[Indices, int]:
    if is_scale:
        return bins_of(rows.numbers(name), _labelled(truth, learnt))
    codes, distinct = rows.codes(name)
    return np.where(codes < 0, len(distinct), codes), len(distinct) + 1


def _auc_of_bins(rows: Rows, truth: Truth, binned: list[tuple[Indices, int]]) -> float:
    """The macro AUC of the shares of classes in each bin; of several turns the mean."""
    scores = []
    for (learnt, judged), (bins, n_bins) in zip(rows.folds, binned, strict=True):
        found_BK = _class_counts(truth, bins, n_bins, learnt)
        overall = found_BK.sum(axis=0) / max(found_BK.sum(), 1.0)
        share_BK = (found_BK + PRIOR * overall) / (found_BK.sum(axis=1, keepdims=True) + PRIOR)
        count_BK = _class_counts(truth, bins, n_bins, judged)
        every = count_BK.sum(axis=1)
        scores += [_auc_of_class(share_BK[:, k], count_BK[:, k], every) for k in range(truth.n_classes)]
    return mean_of(scores)


def _auc_of_class(share_B: Array, count_B: Array, every_B: Array) -> float:
    distinct, places = np.unique(share_B, return_inverse=True)
    positive: Array = np.bincount(places, count_B, minlength=len(distinct)).astype(np.float64)
    both: Array = np.bincount(places, every_B, minlength=len(distinct)).astype(np.float64)
    return auc_of_counts(positive, both - positive)


def _class_counts(truth: Truth, bins: Indices, n_bins: int, places: Indices) -> Array:
    places = _labelled(truth, places)
    at = bins[places] * truth.n_classes + truth.values[places].astype(np.int64)
    counted = np.bincount(at, minlength=n_bins * truth.n_classes).reshape(n_bins, truth.n_classes)
    return counted.astype(np.float64)


def _r2_of_bins(rows: Rows, truth: Truth, binned: list[tuple[Indices, int]]) -> float:
    answers, true = [], []
    for (learnt, judged), (bins, n_bins) in zip(rows.folds, binned, strict=True):
        learnt, judged = _labelled(truth, learnt), _labelled(truth, judged)
        values, overall = truth.values[learnt], float(truth.values[learnt].mean())
        n_rows = np.bincount(bins[learnt], minlength=n_bins)
        sums = np.bincount(bins[learnt], values - overall, minlength=n_bins)
        # a mean of a few rows is pulled to the overall one, less so where bins are many and sure
        answers.append(overall + (sums / (n_rows + PRIOR * (n_rows < ROWS_A_BIN)).clip(min=1))[bins[judged]])
        true.append(truth.values[judged])
    return truth.score(answers, true)


def _fitted_line(X: Array, y: Array, X_judged: Array) -> Array:
    """Least squares with a constant; a missing number is the column's mean."""
    counts = (~np.isnan(X)).sum(axis=0).clip(min=1)
    mean = np.nansum(X, axis=0) / counts
    X, X_judged = np.where(np.isnan(X), mean, X) - mean, np.where(np.isnan(X_judged), mean, X_judged) - mean
    size = np.abs(X).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    weights = np.linalg.lstsq(X / size, y - y.mean(), rcond=1e-12)[0]
    found: Array = y.mean() + (X_judged / size) @ weights
    return found


def _boosted(X: Array, y: Array, X_judged: Array, truth: Truth) -> Array:
    import lightgbm

    params: dict[str, Any] = {
        "learning_rate": 0.15,
        "num_leaves": 15,
        "min_data_in_leaf": int(np.clip(len(X) // 20, 1, 20)),
        "seed": 0,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "objective": "regression",
    }
    if not truth.classes:
        return np.asarray(lightgbm.train(params, lightgbm.Dataset(X, y), ROUNDS).predict(X_judged, num_threads=1))
    present = np.unique(y).astype(np.int64)
    answers = np.zeros((len(X_judged), truth.n_classes))
    if len(present) < 2:
        return answers
    params |= {"objective": "binary"} if len(present) == 2 else {"objective": "multiclass", "num_class": len(present)}
    model = lightgbm.train(params, lightgbm.Dataset(X, np.searchsorted(present, y)), ROUNDS)
    said = np.asarray(model.predict(X_judged, num_threads=1))
    answers[:, present] = np.stack([1 - said, said], axis=1) if len(present) == 2 else said
    return answers


def _ordered(rows: Rows, name: str) -> Array:
    """A column as numbers for trees: levels by their frequency in rows that may be seen, and where they first stand."""
    if rows.columns[name].kind in ("numeric", "datetime"):
        return rows.numbers(name)
    codes, distinct = rows.codes(name)
    seen = codes[rows.seen]
    counts = np.bincount(seen[seen >= 0], minlength=len(distinct))
    first = np.full(len(distinct) + 1, len(seen))
    first[seen[::-1]] = np.arange(len(seen))[::-1]
    rank = np.empty(len(distinct) + 1)
    rank[np.lexsort((first[:-1], -counts))] = np.arange(len(distinct))
    rank[-1] = np.nan
    found: Array = rank[codes]
    return found


def _labelled(truth: Truth, places: Indices) -> Indices:
    has: npt.NDArray[np.bool_] = ~np.isnan(truth.values[places])
    return places[has]
