"""How sure a figure is: bootstrap intervals, and paired differences on the same resamples of the same test rows.

A resample draws as many rows as there are, with replacement; a figure's 95 % interval holds the middle 95 % of its
values over a thousand of them. Of more than `MOST_ROWS` test rows (fewer for many classes, which each cost a ranking)
a random part is drawn from, and the spread is scaled by the root of its share, as the spread of a mean shrinks.

Axes: N rows, M rows drawn from, B resamples in a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score.metrics import Resample, metrics
from nnlab.score.metrics.metric import Counts
from nnlab.score.outputs import SEVERAL, Floats, of_output

RESAMPLES = 1000
BLOCK = 250  # resamples worked on at once; a wide row makes the running sums of a ranking fast
MOST_ROWS = 20_000
LEAST_ROWS = 10  # of fewer the resamples are too alike to say anything
LEAST_DEFINED = 0.9  # of the resamples, or the interval would be that of the lucky ones

Interval = tuple[float, float]


class Bootstrap(NamedTuple):
    """Each model's figures over the resamples: `values[model][metric]` is (RESAMPLES,), NaN where undefined.

    `rows` are the M rows drawn from, of `n_rows`.
    """

    values: dict[str, dict[str, Floats]]
    rows: npt.NDArray[np.int64]
    n_rows: int

    @property
    def narrowing(self) -> float:
        """What a spread over the rows drawn from is multiplied by to be that over all rows."""
        return float(np.sqrt(len(self.rows) / max(self.n_rows, 1)))

    def interval(self, model: str, metric: str, value: float | None) -> Interval | None:
        """The 95 % interval of a figure, or None where it cannot be made."""
        drawn_B = self.values.get(model, {}).get(metric)
        return None if drawn_B is None else self._around(value, drawn_B)

    def difference(self, model: str, other: str, metric: str, value: float | None) -> Interval | None:
        """The 95 % interval of how much better one model is than the other, resample by resample."""
        if model not in self.values or other not in self.values:
            return None
        sign = 1 if metrics[metric].is_higher_better else -1
        return self._around(value, sign * (self.values[model][metric] - self.values[other][metric]))

    def _around(self, value: float | None, drawn_B: Floats) -> Interval | None:
        defined_B = drawn_B[np.isfinite(drawn_B)]
        if value is None or self.n_rows < LEAST_ROWS or len(defined_B) < LEAST_DEFINED * len(drawn_B):
            return None
        low, high = np.percentile(defined_B, [2.5, 97.5])
        if self.narrowing < 1:
            centre = float(np.median(defined_B))
            low, high = (value + (end - centre) * self.narrowing for end in (low, high))
        return float(low), float(high)


def bootstrap(
    task: Task, truth: npt.NDArray[Any], models: Mapping[str, Floats], *, seed: int, n_resamples: int = RESAMPLES
) -> Bootstrap:
    """The figures of every model over the same resamples of the test rows.

    Args:
        truth: (N,) codes, or (N, K) values of K outputs, whose figures are averaged.
        models: probabilities (N, K) or values (N, K) of each model.
    """
    n_rows = len(truth)
    rng = np.random.default_rng(seed)
    n_classes = max((values.shape[1] for values in models.values()), default=1) if task != "regression" else 1
    rows = np.arange(n_rows)
    n_drawn_from = max(2_000, min(MOST_ROWS, 500_000 // n_classes))
    if n_rows > n_drawn_from:
        rows = np.sort(rng.choice(n_rows, n_drawn_from, replace=False))
    found: dict[str, dict[str, list[Floats]]] = {
        name: {metric.name: [] for metric in metrics.for_task(task)} for name in models
    }
    if n_rows >= LEAST_ROWS:
        drawn = {name: values[rows] for name, values in models.items()}
        for counts_NB in _counts(rng, len(rows), n_resamples):
            for name, values in drawn.items():
                for metric, value_B in _figures(task, truth[rows], values, counts_NB).items():
                    found[name][metric].append(value_B)
    joined = {
        name: {metric: np.concatenate(blocks or [np.full(1, np.nan)]) for metric, blocks in by_metric.items()}
        for name, by_metric in found.items()
    }
    return Bootstrap(joined, rows, n_rows)


def _figures(task: Task, truth: npt.NDArray[Any], values: Floats, counts_NB: Counts) -> dict[str, Floats]:
    if task not in SEVERAL:
        resample = Resample(truth, values, counts_NB)
        return {metric.name: metric.over(resample) for metric in metrics.for_task(task)}
    outputs = [Resample(truth[:, k], of_output(task, values, k), counts_NB) for k in range(values.shape[1])]
    return {
        metric.name: mean_of_defined(np.array([metric.over(output) for output in outputs]))
        for metric in metrics.for_task(task)
    }


def mean_of_defined(value_KB: Floats) -> Floats:
    """The mean over the outputs for which the figure is defined, NaN where it is for none."""
    is_defined_KB = np.isfinite(value_KB)
    n_defined_B = is_defined_KB.sum(axis=0)
    total_B = np.where(is_defined_KB, value_KB, 0.0).sum(axis=0)
    mean_B: Floats = np.where(n_defined_B > 0, total_B / np.maximum(n_defined_B, 1), np.nan)
    return mean_B


def _counts(rng: np.random.Generator, n_rows: int, n_resamples: int) -> Iterator[Counts]:
    """Blocks (N, B) of how often each row is drawn."""
    for start in range(0, n_resamples, BLOCK):
        n_block = min(BLOCK, n_resamples - start)
        drawn_NB = rng.integers(0, n_rows, (n_rows, n_block)) * n_block + np.arange(n_block)
        counts = np.bincount(drawn_NB.ravel(), minlength=n_rows * n_block)
        yield counts.reshape(n_rows, n_block).astype(np.float32)
