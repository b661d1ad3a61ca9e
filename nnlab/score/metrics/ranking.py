"""Metrics of the order of the probabilities: ROC AUC and average precision.

More than two classes: each class against the rest, averaged over the classes that appear among the test rows, but for
one that every row has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.score.metrics.labels import CLASSES
from nnlab.score.metrics.metric import Metric, Ranking, Resample, metrics
from nnlab.score.outputs import Floats


class _OneAgainstRest(Metric):
    tasks = CLASSES

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        values = [
            self.of_one(truth == positive, prediction[:, positive])
            for positive in _positives(prediction)
            if 0 < np.count_nonzero(truth == positive) < len(truth)
        ]
        return float(np.mean(values)) if values else None

    def over(self, resample: Resample) -> Floats:
        # a class that no test row has is in no resample either
        positives = [k for k in _positives(resample.prediction) if (resample.truth == k).any()]
        value_PB = np.array([self._where_defined(resample.ranking(k)) for k in positives])
        value_PB = value_PB.reshape(len(positives), resample.counts_NB.shape[1])
        is_defined_PB = np.isfinite(value_PB)
        n_defined_B = is_defined_PB.sum(axis=0)
        total_B = np.where(is_defined_PB, value_PB, 0.0).sum(axis=0)
        mean_B: Floats = np.where(n_defined_B > 0, total_B / np.maximum(n_defined_B, 1), np.nan)
        return mean_B

    def _where_defined(self, ranking: Ranking) -> Floats:
        is_defined_B = (ranking.tp_GB[-1] > 0) & (ranking.fp_GB[-1] > 0)
        value_B: Floats = np.where(is_defined_B, self.over_one(ranking), np.nan)
        return value_B

    def of_one(self, is_positive: npt.NDArray[np.bool_], score: Floats) -> float:
        """The figure of one class against the rest, from scikit-learn."""
        raise NotImplementedError

    def over_one(self, ranking: Ranking) -> Floats:
        """The figure of one class against the rest in each resample, (B,)."""
        raise NotImplementedError


@metrics
class RocAuc(_OneAgainstRest):
    name = "roc_auc"
    title = "ROC AUC"
    meaning = "How often a row of a class gets a higher probability for it than a row of another; 0.5 is chance."

    def of_one(self, is_positive: npt.NDArray[np.bool_], score: Floats) -> float:
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(is_positive, score))

    def over_one(self, ranking: Ranking) -> Floats:
        pos_GB, neg_GB, tp_GB, fp_GB = ranking
        # in float64, where these whole and half numbers are exact: equal rankings get equal figures
        pairs_B = np.einsum("gb,gb->b", neg_GB, tp_GB - pos_GB / 2, dtype=np.float64)
        auc_B: Floats = pairs_B / np.maximum(tp_GB[-1].astype(np.float64) * fp_GB[-1], 1)
        return auc_B


@metrics
class AveragePrecision(_OneAgainstRest):
    name = "average_precision"
    title = "Average precision"
    meaning = "The precision averaged over all thresholds; for a rare class it tells more than ROC AUC."

    def of_one(self, is_positive: npt.NDArray[np.bool_], score: Floats) -> float:
        from sklearn.metrics import average_precision_score

        return float(average_precision_score(is_positive, score))

    def over_one(self, ranking: Ranking) -> Floats:
        pos_GB, _, tp_GB, fp_GB = ranking
        precision_GB = tp_GB / np.maximum(tp_GB + fp_GB, 1)
        average_B: Floats = (pos_GB * precision_GB).sum(axis=0, dtype=np.float64) / np.maximum(tp_GB[-1], 1)
        return average_B


def _positives(prediction: Floats) -> list[int]:
    """The classes that count as positive in turn: the second of two, or each of more."""
    n_classes = prediction.shape[1]
    return [1] if n_classes == 2 else list(range(n_classes))
