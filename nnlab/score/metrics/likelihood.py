"""Metrics of the probabilities themselves: log loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.score.metrics.labels import CLASSES
from nnlab.score.metrics.metric import Metric, Resample, metrics
from nnlab.score.outputs import Floats


@metrics
class LogLoss(Metric):
    name = "log_loss"
    title = "Log loss"
    meaning = "How surprised the model is by the true class, in nats a row; sure and wrong costs most. Lower is better."
    tasks = CLASSES
    is_higher_better = False

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn.metrics import log_loss

        return float(log_loss(truth, prediction, labels=np.arange(prediction.shape[1])))

    def over(self, resample: Resample) -> Floats:
        given_N = np.take_along_axis(resample.prediction, resample.truth[:, None], axis=1)[:, 0]
        smallest = np.finfo(np.float64).eps  # where scikit-learn cuts, so that one sure mistake is not infinite
        return resample.mean(-np.log(np.clip(given_N, smallest, 1 - smallest)))
