"""What a metric is, and the registry of all metrics.

A metric is one small class with a name, a sentence and two ways to the same number: `of` asks scikit-learn for the
value on the test rows, `over` computes it for a block of bootstrap resamples at once, where a thousand calls would be
too slow. The tests hold the two against each other.

Axes: N rows, K classes, B resamples.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.errors import SpecError
from nnlab.score.outputs import Floats
from nnlab.spec import did_you_mean

Counts = npt.NDArray[np.float32]


class Tally(NamedTuple):
    """How often each class was true, was predicted, and was both, in each resample; three arrays (K, B)."""

    true_KB: Counts
    predicted_KB: Counts
    right_KB: Counts


class Ranking(NamedTuple):
    """Positives and negatives at each step from the highest score down, alone (pos, neg) and summed up (tp, fp).

    Four arrays (G, B) with G steps.
    """

    pos_GB: Counts
    neg_GB: Counts
    tp_GB: Counts
    fp_GB: Counts


class Resample:
    """One model's predictions with a block of resamples: `counts_NB` says how often each row was drawn.

    Metrics share what is worked out here once. `truth` is (N,) codes with `prediction` (N, K) probabilities, or (N,)
    values with (N,) values.
    """

    def __init__(self, truth: npt.NDArray[Any], prediction: Floats, counts_NB: Counts) -> None:
        self.truth, self.prediction, self.counts_NB = truth, prediction, counts_NB
        self._rankings: dict[int, Ranking] = {}

    @property
    def n_rows(self) -> int:
        return len(self.truth)

    @cached_property
    def tally(self) -> Tally:
        n_classes = self.prediction.shape[1]
        predicted_N = self.prediction.argmax(axis=1)
        is_right_N = predicted_N == self.truth
        return Tally(
            _summed(self.counts_NB, self.truth, n_classes),
            _summed(self.counts_NB, predicted_N, n_classes),
            _summed(self.counts_NB, self.truth, n_classes, among=is_right_N),
        )

    def ranking(self, positive: int) -> Ranking:
        """The rows ranked by the probability of one class, which counts as positive."""
        if positive not in self._rankings:
            self._rankings[positive] = self._ranked(positive)
        return self._rankings[positive]

    def mean(self, per_row_N: Floats) -> Floats:
        """The mean of a figure per row in each resample, (B,)."""
        mean_B: Floats = per_row_N @ self.counts_NB / self.n_rows
        return mean_B

    def _ranked(self, positive: int) -> Ranking:
        is_positive_N = self.truth == positive
        step_N = _steps(self.prediction[:, positive], is_positive_N)
        n_steps = int(step_N.max()) + 1
        pos_GB = _summed(self.counts_NB, step_N, n_steps, among=is_positive_N)
        neg_GB = _summed(self.counts_NB, step_N, n_steps, among=~is_positive_N)
        return Ranking(pos_GB, neg_GB, _running(pos_GB), _running(neg_GB))


class Metric:
    """One figure for how good predictions are.

    `of` returns None where the figure is not defined: neither 0 nor 1 is claimed. `over` returns NaN for such a
    resample.
    """

    name: ClassVar[str]  # as in scikit-learn
    title: ClassVar[str]
    meaning: ClassVar[str]  # one sentence for people
    tasks: ClassVar[tuple[Task, ...]]
    is_higher_better: ClassVar[bool] = True
    has_unit: ClassVar[bool] = False  # the target's; a figure without one says nothing below its third digit

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        """The figure on all rows, from scikit-learn."""
        raise NotImplementedError

    def over(self, resample: Resample) -> Floats:
        """The figure in each resample, (B,)."""
        raise NotImplementedError


M = TypeVar("M", bound=type[Metric])


class Metrics:
    """All metrics by name, filled by using the registry as a decorator; in order of registration."""

    def __init__(self) -> None:
        self._known: dict[str, Metric] = {}

    def __call__(self, cls: M) -> M:
        if cls.name in self._known:
            raise ValueError(f"a metric named {cls.name!r} is registered already")
        self._known[cls.name] = cls()
        return cls

    def __getitem__(self, name: str) -> Metric:
        if name not in self._known:
            raise SpecError(
                "there is no such metric", where="metric", came=name[:80], do=did_you_mean(name, list(self._known))
            )
        return self._known[name]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._known)

    def for_task(self, task: Task) -> tuple[Metric, ...]:
        """The metrics that a task is judged by, its headline first."""
        known = [metric for metric in self._known.values() if task in metric.tasks]
        return tuple(sorted(known, key=lambda metric: metric.name != HEADLINES[task]))


HEADLINES: dict[Task, str] = {"binary": "roc_auc", "multiclass": "roc_auc", "multilabel": "roc_auc", "regression": "r2"}


def headline(task: Task) -> str:
    """The name of the metric that networks and baselines of a task are compared by."""
    return HEADLINES[task]


metrics = Metrics()


def _steps(score_N: Floats, is_positive_N: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The step down the ranking, from 0, at which each row counts.

    Rows of equal score share a step, or their order would decide. So do neighbouring scores without a positive: between
    two positives only their number matters, which makes the ranking of a rare class short.
    """
    distinct_D, at_N = np.unique(-score_N, return_inverse=True)
    has_positive_D = np.zeros(len(distinct_D), dtype=np.bool_)
    has_positive_D[at_N[is_positive_N]] = True
    # a score with a positive begins a step, and so does the one after it
    begins_D = np.logical_or(has_positive_D[1:], has_positive_D[:-1])
    steps_N: npt.NDArray[np.int64] = np.append(0, np.cumsum(begins_D))[at_N]
    return steps_N


def _summed(
    counts_NB: Counts, group_N: npt.NDArray[Any], n_groups: int, among: npt.NDArray[np.bool_] | None = None
) -> Counts:
    """The counts of all rows of each group, (G, B); `among` leaves out rows.

    A sparse matrix does it in one pass, ten times as fast as `np.add.reduceat`. Whole numbers below 2**24 are exact.
    """
    from scipy.sparse import csr_matrix

    rows = np.arange(len(group_N)) if among is None else np.flatnonzero(among)
    ones = np.ones(len(rows), dtype=np.float32)
    belongs_GN = csr_matrix((ones, (group_N[rows], rows)), shape=(n_groups, len(group_N)))
    summed_GB: Counts = belongs_GN @ counts_NB
    return summed_GB


def _running(value_GB: Counts) -> Counts:
    """The sums up to each row; for rows this wide four times as fast as `np.cumsum` along the first axis."""
    running_GB = value_GB.copy()
    for above_B, row_B in pairwise(running_GB):
        np.add(above_B, row_B, out=row_B)
    return running_GB
