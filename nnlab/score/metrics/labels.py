"""Metrics of the predicted class: accuracy, balanced accuracy, and macro precision, recall and F1.

Macro means over the classes that appear among the test rows: a class without a row there has no recall, and an average
that took it for 0 would say more than is known. With every class present these are scikit-learn's own defaults.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score.metrics.metric import Counts, Metric, Resample, metrics
from nnlab.score.outputs import Floats

CLASSES: tuple[Task, ...] = (
    "binary",
    "multiclass",
    "multilabel",
)  # of several yes or no each is judged as a binary one


class _OverPresent(Metric):
    """A mean over the classes that appear; needs two of them, for one alone cannot be mistaken for another."""

    tasks = CLASSES
    scorer: ClassVar[str]  # the function of sklearn.metrics

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn import metrics as sk

        present = np.unique(truth)
        if len(present) < 2:
            return None
        score = getattr(sk, self.scorer)
        # 0 for a class that is never predicted, as is usual: its precision is nothing to be left out of the mean
        return float(score(truth, prediction.argmax(axis=1), labels=present, average="macro", zero_division=0))

    def over(self, resample: Resample) -> Floats:
        true_KB, predicted_KB, right_KB = resample.tally
        is_present_KB = true_KB > 0
        share_KB = self.share(true_KB, predicted_KB, right_KB)
        n_present_B = is_present_KB.sum(axis=0)
        total_B = np.where(is_present_KB, share_KB, 0.0).sum(axis=0, dtype=np.float64)
        mean_B: Floats = np.where(n_present_B > 1, total_B / np.maximum(n_present_B, 1), np.nan)
        return mean_B

    def share(self, true_KB: Counts, predicted_KB: Counts, right_KB: Counts) -> Floats:
        """The figure of each class in each resample, (K, B)."""
        raise NotImplementedError


@metrics
class Accuracy(Metric):
    name = "accuracy"
    title = "Accuracy"
    meaning = "The share of rows whose class is right; says little where one class is frequent."
    tasks = CLASSES

    def of(self, truth: npt.NDArray[Any], prediction: Floats) -> float | None:
        from sklearn.metrics import accuracy_score

        return float(accuracy_score(truth, prediction.argmax(axis=1)))

    def over(self, resample: Resample) -> Floats:
        share_B: Floats = resample.tally.right_KB.sum(axis=0, dtype=np.float64) / resample.n_rows
        return share_B


@metrics
class BalancedAccuracy(_OverPresent):
    name = "balanced_accuracy"
    title = "Balanced accuracy"
    meaning = "The share of right rows within each class, averaged over the classes: each class counts the same."
    scorer = "recall_score"  # the same figure as balanced_accuracy_score, which warns about classes not among the rows

    def share(self, true_KB: Counts, predicted_KB: Counts, right_KB: Counts) -> Floats:
        share_KB: Floats = right_KB / np.maximum(true_KB, 1)
        return share_KB


@metrics
class Precision(_OverPresent):
    name = "precision_macro"
    title = "Precision, macro"
    meaning = "Of the rows given a class, the share that has it; averaged over the classes."
    scorer = "precision_score"

    def share(self, true_KB: Counts, predicted_KB: Counts, right_KB: Counts) -> Floats:
        share_KB: Floats = right_KB / np.maximum(predicted_KB, 1)
        return share_KB


@metrics
class Recall(_OverPresent):
    name = "recall_macro"
    title = "Recall, macro"
    meaning = "Of the rows that have a class, the share that is given it; averaged over the classes."
    scorer = "recall_score"

    def share(self, true_KB: Counts, predicted_KB: Counts, right_KB: Counts) -> Floats:
        share_KB: Floats = right_KB / np.maximum(true_KB, 1)
        return share_KB


@metrics
class F1(_OverPresent):
    name = "f1_macro"
    title = "F1, macro"
    meaning = "The harmonic mean of precision and recall of a class; averaged over the classes."
    scorer = "f1_score"

    def share(self, true_KB: Counts, predicted_KB: Counts, right_KB: Counts) -> Floats:
        share_KB: Floats = 2 * right_KB / np.maximum(true_KB + predicted_KB, 1)
        return share_KB
