"""The pictures' numbers: ROC curves of each class and model, predictions beside the truth, the spread of the residuals.

Axes: N rows, K classes, P points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.score.outputs import Floats, Integers
from nnlab.spec import Spec

POINTS = 500
MOST_CLASSES = 20  # of more, those with the most test rows get curves
MEAN_OF_CLASSES = -1
BINS = 40


class RocCurve(Spec):
    """Of all rows without the class, the share taken for it (x), beside that of the rows with it (y)."""

    model: str = Field(description="`network`, or the name of a baseline.")
    positive: int = Field(description="Index of the class against the rest; -1: the mean of the curves of all classes.")
    x: tuple[float, ...] = Field(description="False positive rate, rising from 0 to 1.")
    y: tuple[float, ...] = Field(description="True positive rate, rising from 0 to 1.")
    auc: float = Field(description="Area under the whole curve, before it was thinned.")


class Scatter(Spec):
    """Truth and prediction of some test rows of one output, and how the residuals of all of them are spread."""

    output: str
    lines: tuple[int, ...]
    truth: tuple[float, ...]
    predicted: tuple[float, ...]
    edges: tuple[float, ...] = Field(description="Bounds of the bins of prediction minus truth, one more than counts.")
    counts: tuple[int, ...]


def roc_curves(truth_N: npt.NDArray[Any], models: Mapping[str, Floats], n_classes: int) -> tuple[RocCurve, ...]:
    """The curves of every model: one for two classes, else one a class and their mean."""
    support_K = np.bincount(truth_N, minlength=n_classes)
    defined = [k for k in range(n_classes) if 0 < support_K[k] < len(truth_N)]
    if n_classes == 2:
        defined = defined[-1:]
    shown = sorted(sorted(defined, key=lambda k: -support_K[k])[:MOST_CLASSES])
    most = POINTS if len(shown) < 2 else max(50, 20_000 // (len(models) * (len(shown) + 1)))
    curves: list[RocCurve] = []
    for model, prediction_NK in models.items():
        whole = {k: _roc(truth_N == k, prediction_NK[:, k]) for k in defined}
        curves += [_curve(model, k, *whole[k], most) for k in shown]
        if len(whole) > 1:
            curves.append(_curve(model, MEAN_OF_CLASSES, *_mean_curve(list(whole.values())), POINTS))
    return tuple(curves)


def roc_of_outputs(truth_NK: npt.NDArray[Any], models: Mapping[str, Floats]) -> tuple[RocCurve, ...]:
    """The curves of every model for the yes of each output, and their mean; none where all rows are alike."""
    n_yes_K = truth_NK.sum(axis=0)
    defined = [k for k in range(truth_NK.shape[1]) if 0 < n_yes_K[k] < len(truth_NK)]
    shown = defined[:MOST_CLASSES]
    most = max(50, 20_000 // (len(models) * (len(shown) + 1)))
    curves: list[RocCurve] = []
    for model, values_NK in models.items():
        whole = {k: _roc(truth_NK[:, k] == 1, values_NK[:, k]) for k in defined}
        curves += [_curve(model, k, *whole[k], min(POINTS, most)) for k in shown]
        if len(whole) > 1:
            curves.append(_curve(model, MEAN_OF_CLASSES, *_mean_curve(list(whole.values())), POINTS))
    return tuple(curves)


def scatter(output: str, truth_N: Floats, predicted_N: Floats, line_N: Integers, *, seed: int) -> Scatter:
    """At most `POINTS` rows drawn by chance, and a histogram of all residuals."""
    chosen = np.arange(len(truth_N))
    if len(chosen) > POINTS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(truth_N), POINTS, replace=False))
    counts, edges = _histogram(predicted_N - truth_N)
    return Scatter(
        output=output,
        lines=tuple(line_N[chosen].tolist()),
        truth=tuple(truth_N[chosen].tolist()),
        predicted=tuple(predicted_N[chosen].tolist()),
        edges=edges,
        counts=counts,
    )


def _histogram(residual_N: Floats) -> tuple[tuple[int, ...], tuple[float, ...]]:
    residual_N = residual_N[np.isfinite(residual_N)]
    if len(residual_N) == 0:
        return (), ()
    low, high = float(residual_N.min()), float(residual_N.max())
    n_bins = max(5, min(BINS, int(np.sqrt(len(residual_N)) * 1.5)))
    width = (high / 2 - low / 2) * 2
    if not np.isfinite(width) or width <= 1e-12 * max(abs(low), abs(high), 1e-300) or low + width / n_bins == low:
        return (len(residual_N),), (low, high)
    counts, edges = np.histogram(residual_N, bins=n_bins)
    return tuple(counts.tolist()), tuple(edges.tolist())


def _roc(is_positive_N: npt.NDArray[np.bool_], score_N: Floats) -> tuple[Floats, Floats]:
    from sklearn.metrics import roc_curve

    x, y, _ = roc_curve(is_positive_N, score_N)
    return x, y


def _mean_curve(curves: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """The mean height of the curves at a grid of false positive rates; the vertical start of each is kept."""
    x = np.linspace(0, 1, POINTS - 1)
    y = np.mean([np.interp(x, *curve) for curve in curves], axis=0)
    return np.append(0.0, x), np.append(0.0, y)


def _curve(model: str, positive: int, x: Floats, y: Floats, most: int) -> RocCurve:
    """The curve thinned to at most `most` points, evenly along its length, its ends kept."""
    auc = float(np.trapezoid(y, x))
    if len(x) > most:
        along = np.concatenate([[0.0], np.cumsum(np.diff(x) + np.diff(y))])
        kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], most)))
        x, y = x[np.union1d(kept, [0, len(x) - 1])[:most]], y[np.union1d(kept, [0, len(y) - 1])[:most]]
    return RocCurve(model=model, positive=positive, x=_rounded(x), y=_rounded(y), auc=auc)


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(np.round(values, 5).tolist())
