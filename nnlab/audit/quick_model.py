"""A model that learns in a blink, and its score on rows that it did not learn from; scikit-learn does both.

Axes: `N` rows, `F` features, `K` outputs or classes.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

N_TREES = 40
MOST_STEPS = 200


class Scorer:
    """The targets of some rows, which of them teach and which judge.

    Scores are AUC (of several classes the mean over those that can be told apart), or R² for numbers; NaN where the
    judging rows hold one value only.
    """

    def __init__(self, task: Task, target: Array, teaches: Mask, judges: Mask, n_outputs: int = 1) -> None:
        """target: (N,) codes of classes, −1 for one that was not learnt, or (N, K) values; n_outputs: K, of several
        classes how many there are."""
        self.task, self.target, self.teaches, self.judges = task, target, teaches, judges
        self.n_outputs = n_outputs

    def indicators(self) -> Floats:
        """The target as numbers, (N, K): of two classes 0 and 1, of more a column for each, values as they are."""
        if self.task in ("regression", "multilabel"):
            return np.asarray(self.target, dtype=np.float64).reshape(len(self.target), -1)
        if self.task == "binary":
            second: Floats = (self.target == 1).astype(np.float64)[:, None]
            return second
        found: Floats = (self.target[:, None] == np.arange(self.n_outputs)).astype(
            np.float64
        )  # a class not learnt: none
        return found

    def strength(self, x_NF: Floats, rows: Mask) -> Floats:
        """How closely each feature goes with the target in these rows, (F,): its largest |correlation|."""
        x, y = x_NF[rows], self.indicators()[rows]
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        scale = np.sqrt((x * x).sum(axis=0))[:, None] * np.sqrt((y * y).sum(axis=0))
        found: Floats = np.abs(np.where(scale > 0, (x.T @ y) / np.where(scale > 0, scale, 1), 0)).max(axis=1)
        return found

    def linear(self, x_NF: Any) -> float:
        """The score of a linear model on standardized features; sparse ones keep their scale."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression, Ridge

        x = _standardized(x_NF, self.teaches) if isinstance(x_NF, np.ndarray) else x_NF
        is_regression = self.task == "regression"
        model = Ridge(alpha=1.0) if is_regression else LogisticRegression(C=1.0, max_iter=MOST_STEPS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near the best weights is near enough
            return self.scored(model, x)

    def scored(self, model: Any, x_NF: Any) -> float:
        """The score on the judging rows of a model of scikit-learn's that learns the teaching rows."""
        if self.task == "multilabel":
            return self._mean_of_labels(model, x_NF)
        y = self.target.squeeze()
        if self.task == "regression":
            from sklearn.metrics import r2_score

            model.fit(x_NF[self.teaches], y[self.teaches])
            judged = y[self.judges]
            return float(r2_score(judged, model.predict(x_NF[self.judges]))) if len(judged) > 1 else np.nan
        if len(np.unique(y[self.teaches])) < 2:
            return np.nan
        model.fit(x_NF[self.teaches], y[self.teaches])
        return self._auc(model.classes_, model.predict_proba(x_NF[self.judges]))

    def _mean_of_labels(self, model: Any, x_NF: Any) -> float:
        """The mean over the yes or no that can be told, each learnt by itself."""
        each = [Scorer("binary", column.astype(np.int64), self.teaches, self.judges) for column in self.target.T]
        found = [score for scorer in each if not np.isnan(score := scorer.scored(model, x_NF))]
        return float(np.mean(found)) if found else np.nan

    def _auc(self, classes: Array, said_NK: Floats) -> float:
        from sklearn.metrics import roc_auc_score

        judged = self.target[self.judges]
        found = []
        for place, code in enumerate(classes):
            is_it = judged == code
            if (len(classes) > 2 or place == 1) and 0 < is_it.sum() < len(is_it):
                found.append(float(roc_auc_score(is_it, said_NK[:, place])))
        return float(np.mean(found)) if found else np.nan


class Memory:
    """A few trees grown to the last row: they learn rows by heart, as networks do and a linear model cannot."""

    def __init__(self, scorer: Scorer, seed: int) -> None:
        self.scorer, self.seed = scorer, seed

    def score(self, x_NF: Any) -> float:
        """The score on the judging rows."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        grown = ExtraTreesRegressor if self.scorer.task == "regression" else ExtraTreesClassifier
        return self.scorer.scored(grown(N_TREES, random_state=self.seed, n_jobs=1), x_NF)


def _standardized(x_NF: Floats, rows: Mask) -> Floats:
    mean_F, spread_F = x_NF[rows].mean(axis=0), x_NF[rows].std(axis=0)
    found: Floats = (x_NF - mean_F) / np.where(spread_F > 1e-12, spread_F, 1.0)
    return found
