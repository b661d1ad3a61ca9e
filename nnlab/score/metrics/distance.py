"""Metrics of numbers: R², MAE and RMSE, of one output."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score.metrics.metric import Metric, Resample, metrics
from nnlab.score.outputs import Floats

NUMBERS: tuple[Task, ...] = ("regression",)


@metrics
class R2(Metric):
    name = "r2"
    title = "R²"
    meaning = "The share of the target's variance that is explained; 0 is what always saying the mean reaches."
    tasks = NUMBERS

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn.metrics import r2_score

        if len(truth) < 2 or np.ptp(truth) == 0:  # nothing varies: there is no variance to explain
            return None
        return _finite(r2_score(truth, prediction))

    def over(self, resample: Resample) -> Floats:
        centred_N = resample.truth - resample.truth.mean()
        scale = np.abs(centred_N).max()
        if not 0 < scale < np.inf:
            return np.full(resample.counts_NB.shape[1], np.nan)
        truth_N = centred_N / scale
        error_N = (resample.truth - resample.prediction) / scale
        variance_B = resample.mean(truth_N**2) - resample.mean(truth_N) ** 2
        varies_B = variance_B > 1e-12
        r2_B: Floats = np.where(varies_B, 1 - resample.mean(error_N**2) / np.where(varies_B, variance_B, 1), np.nan)
        return r2_B


@metrics
class MeanAbsoluteError(Metric):
    name = "mae"
    title = "MAE"
    meaning = "How far off a prediction is on average, in the target's unit. Lower is better."
    tasks = NUMBERS
    is_higher_better = False
    has_unit = True

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn.metrics import mean_absolute_error

        return _finite(mean_absolute_error(truth, prediction))

    def over(self, resample: Resample) -> Floats:
        return resample.mean(np.abs(resample.truth - resample.prediction))


@metrics
class RootMeanSquaredError(Metric):
    name = "rmse"
    title = "RMSE"
    meaning = "How far off a prediction is, large errors counting more, in the target's unit. Lower is better."
    tasks = NUMBERS
    is_higher_better = False
    has_unit = True

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn.metrics import root_mean_squared_error

        return _finite(root_mean_squared_error(truth, prediction))

    def over(self, resample: Resample) -> Floats:
        root_B: Floats = np.sqrt(resample.mean((resample.truth - resample.prediction) ** 2))
        return root_B


def _finite(value: Any) -> float | None:
    """The value, or None where numbers near the end of float64 have overflowed on the way."""
    return float(value) if np.isfinite(value) else None
