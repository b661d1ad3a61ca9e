"""What the same rows give without a network: a constant answer, a linear model, boosted trees.

They are fitted on the training rows; LightGBM is stopped on the validation rows. A network earns its keep beside them.

Axes: N rows, F features, K classes (or outputs of a regression).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score.outputs import Floats, Outputs

Array = npt.NDArray[Any]
Matrix = Any  # (N, F): an array, or a sparse matrix of scipy
Progress = Callable[[float, str], None]

LEARNING_RATE = 0.1
MOST_ROUNDS = 1000
MOST_TREES = 5000  # over all classes: a round grows a tree for each
ROUNDS_WITHOUT_STOPPING = 100  # where no validation rows can say when to stop
PATIENCE = 50  # rounds without a better validation loss
LINEAR_WORK = 5e10  # multiply-adds granted to the search for the linear model's weights


class _Unfitted(Exception):
    """Why a baseline cannot be fitted to these rows."""


def baselines(task: Task) -> tuple[str, ...]:
    """The names of the baselines of a task, simplest first."""
    return ("mean" if task == "regression" else "majority", "linear", "lightgbm")


def fit_baselines(
    task: Task,
    X_train: Matrix,
    y_train: Array,
    X_val: Matrix,
    y_val: Array,
    X_test: Matrix,
    *,
    seed: int,
    n_classes: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Outputs]:
    """What each baseline says about the test rows; one that cannot be fitted says why.

    Args:
        X_train, X_val, X_test: (N, F) numbers, dense or a sparse matrix; sparse ones are taken as they are scaled.
        y_train, y_val: (N,) codes of the classes, (N, K) 1 for yes and 0 for no, or (N,) or (N, K) values, in any
            unit; the answers are in the same.
        n_classes: how many classes there are, where the training and validation rows do not show all.
        progress: called with the share done and what is being fitted.
    """
    y_train, y_val = np.asarray(y_train), np.asarray(y_val)
    if task == "multilabel":
        return _each_label(X_train, y_train, X_val, y_val, X_test, seed, progress)
    if task == "regression":
        n_columns = 1 if y_train.ndim == 1 else y_train.shape[1]
        y_train, y_val = y_train.reshape(len(y_train), n_columns), y_val.reshape(len(y_val), n_columns)
    else:
        n_columns = n_classes or int(max(y_train.max(initial=1), y_val.max(initial=1))) + 1
    work = _Work(task, _matrix(X_train), y_train, _matrix(X_val), y_val, _matrix(X_test), n_columns, seed, progress)
    fits = {"majority": work.majority, "mean": work.mean, "linear": work.linear, "lightgbm": work.lightgbm}
    names = baselines(task)
    return {name: work.tried(name, fits[name], i / len(names)) for i, name in enumerate(names)}


def _each_label(
    X_train: Matrix, y_train: Array, X_val: Matrix, y_val: Array, X_test: Matrix, seed: int, progress: Progress | None
) -> dict[str, Outputs]:
    """A model of its own for each of several yes or no; the answers are the probabilities of yes, (N, K).

    Where the training rows of an output are all alike, that is what every model says of it.
    """
    n_outputs = y_train.shape[1]
    codes, val_codes = y_train.astype(np.int64), y_val.astype(np.int64)

    def told(output: int) -> Progress | None:
        return progress and (lambda share, name: progress((output + share) / n_outputs, name))

    each = [
        fit_baselines("binary", X_train, codes[:, k], X_val, val_codes[:, k], X_test, seed=seed, progress=told(k))
        for k in range(n_outputs)
    ]
    varies = [len(np.unique(column)) > 1 for column in codes.T]
    found: dict[str, Outputs] = {}
    for name in baselines("multilabel"):
        said = [of[name if is_varied else "majority"] for of, is_varied in zip(each, varies, strict=True)]
        lost = next((outputs for outputs in said if outputs.values is None), None)
        columns = [np.asarray(outputs.values)[:, 1] for outputs in said] if lost is None else []
        found[name] = lost or Outputs(np.stack(columns, axis=1))
    return found


class _Work:
    """The rows, and a method for each baseline that gives its answers (N, K) on the test rows."""

    def __init__(
        self,
        task: Task,
        X_train: Matrix,
        y_train: Array,
        X_val: Matrix,
        y_val: Array,
        X_test: Matrix,
        n_columns: int,
        seed: int,
        progress: Progress | None,
    ) -> None:
        self.task, self.n_columns, self.seed, self.progress = task, n_columns, seed, progress
        self.X_train, self.y_train = X_train, y_train
        self.X_val, self.y_val = X_val, y_val
        self.X_test = X_test

    def tried(self, name: str, fit: Callable[[], Floats], share_done: float) -> Outputs:
        if self.progress is not None:
            self.progress(share_done, name)
        if self.X_test.shape[0] == 0:
            return Outputs(np.zeros((0, self.n_columns)))
        try:
            if self.X_train.shape[0] == 0:
                raise _Unfitted("there are no training rows")
            return Outputs(fit())
        except _Unfitted as why:
            return Outputs(None, str(why))

    def majority(self) -> Floats:
        share_K = np.bincount(self.y_train, minlength=self.n_columns) / len(self.y_train)
        return np.tile(share_K, (self.X_test.shape[0], 1))

    def mean(self) -> Floats:
        mean_K, _ = _scale(self.y_train)
        return np.tile(mean_K, (self.X_test.shape[0], 1))

    def linear(self) -> Floats:
        self._check_features()
        train_NF, test_NF = self.X_train, self.X_test
        if isinstance(train_NF, np.ndarray):
            train_NF, test_NF = _standardized(train_NF, test_NF)
        return self._ridge(train_NF, test_NF) if self.task == "regression" else self._logistic(train_NF, test_NF)

    def lightgbm(self) -> Floats:
        self._check_features(may_be_nan=True)
        if self.task != "regression":
            return self._boosted_classes()
        centre_K, spread_K = _scale(self.y_train)
        train_NK, val_NK = (self.y_train - centre_K) / spread_K, (self.y_val - centre_K) / spread_K
        params = {"objective": "regression"}
        answers = [self._boosted(train_NK[:, k], val_NK[:, k], self.X_val, params) for k in range(self.n_columns)]
        return np.stack(answers, axis=1) * spread_K + centre_K

    def _check_features(self, may_be_nan: bool = False) -> None:
        if self.X_train.shape[1] == 0:
            raise _Unfitted("there are no features")
        parts = (self.X_train, self.X_test) if not may_be_nan else ()
        if not all(np.isfinite(part if isinstance(part, np.ndarray) else part.data).all() for part in parts):
            raise _Unfitted("some features are missing or infinite")

    def _present(self) -> npt.NDArray[np.int64]:
        present = np.unique(self.y_train)
        if len(present) < 2:
            raise _Unfitted("the training rows hold one class only")
        return present

    def _logistic(self, train_NF: Matrix, test_NF: Matrix) -> Floats:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        present = self._present()
        n_weights = train_NF.size * (1 if len(present) == 2 else len(present))
        n_steps = int(np.clip(LINEAR_WORK / (4 * n_weights), 100, 2000))
        model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=n_steps)
        with warnings.catch_warnings():
            # hundreds of steps on standardized columns end near the best weights, if not to the last digit
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(train_NF, self.y_train)
        answers_NK = np.zeros((test_NF.shape[0], self.n_columns))
        answers_NK[:, present] = model.predict_proba(test_NF)
        return answers_NK

    def _ridge(self, train_NF: Matrix, test_NF: Matrix) -> Floats:
        from sklearn.linear_model import Ridge

        centre_K, spread_K = _scale(self.y_train)
        # the normal equations of many columns would take columns² numbers
        solver = "cholesky" if train_NF.shape[1] <= 2000 else "lsqr"
        model = Ridge(alpha=1.0, solver=solver if isinstance(train_NF, np.ndarray) else "sparse_cg")
        model.fit(train_NF, (self.y_train - centre_K) / spread_K)
        answers: Floats = np.asarray(model.predict(test_NF), dtype=np.float64).reshape(test_NF.shape[0], -1)
        return answers * spread_K + centre_K

    def _boosted_classes(self) -> Floats:
        present = self._present()
        code_of = np.full(self.n_columns, -1)
        code_of[present] = np.arange(len(present))
        is_known = code_of[self.y_val] >= 0
        params: dict[str, Any] = {"objective": "binary"}
        if len(present) > 2:
            params = {"objective": "multiclass", "num_class": len(present)}
        said = self._boosted(code_of[self.y_train], code_of[self.y_val[is_known]], self.X_val[is_known], params)
        answers_NK = np.zeros((self.X_test.shape[0], self.n_columns))
        answers_NK[:, present] = np.stack([1 - said, said], axis=1) if len(present) == 2 else said
        return answers_NK

    def _boosted(self, target_N: Array, val_target_N: Array, X_val: Matrix, params: dict[str, Any]) -> Floats:
        import lightgbm

        fixed = {
            "learning_rate": LEARNING_RATE,
            "min_data_in_leaf": int(np.clip(len(target_N) // 20, 1, 20)),
            "seed": self.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        train = lightgbm.Dataset(self.X_train, target_N)
        n_rounds = max(ROUNDS_WITHOUT_STOPPING, min(MOST_ROUNDS, MOST_TREES // params.get("num_class", 1)))
        if X_val.shape[0] == 0:
            model = lightgbm.train({**params, **fixed}, train, num_boost_round=ROUNDS_WITHOUT_STOPPING)
        else:
            stopping = lightgbm.early_stopping(PATIENCE, verbose=False)
            validation = lightgbm.Dataset(X_val, val_target_N, reference=train)
            model = lightgbm.train(
                {**params, **fixed}, train, num_boost_round=n_rounds, valid_sets=[validation], callbacks=[stopping]
            )
        return np.asarray(model.predict(self.X_test, num_threads=1), dtype=np.float64)


def _matrix(X: Any) -> Any:
    """Numbers as an array, or a sparse matrix as it is."""
    return X if hasattr(X, "tocsr") else np.asarray(X)


def _scale(value_NK: Array) -> tuple[Floats, Floats]:
    """Mean and spread of each column; a column without spread has 1. Scaled first, so that no sum overflows."""
    value_NK = np.asarray(value_NK, dtype=np.float64)
    largest_K = np.abs(value_NK).max(axis=0)
    largest_K = np.where(largest_K > 0, largest_K, 1.0)
    mean_K = (value_NK / largest_K).mean(axis=0) * largest_K
    spread_K = (value_NK / largest_K).std(axis=0) * largest_K
    return mean_K, np.where(spread_K > 0, spread_K, 1.0)


def _standardized(train_NF: Array, test_NF: Array) -> tuple[Array, Array]:
    """Both with the training rows' mean 0 and spread 1; a constant column becomes 0. float64 where memory allows."""
    kind = np.float64 if train_NF.size <= 50_000_000 else np.float32
    train_NF, test_NF = train_NF.astype(kind), test_NF.astype(kind)
    mean_F, spread_F = train_NF.mean(axis=0, dtype=np.float64), train_NF.std(axis=0, dtype=np.float64)
    is_constant_F = spread_F <= 1e-7 * np.abs(mean_F)
    spread_F = np.where(is_constant_F, 1.0, spread_F)
    keeps_F = ~is_constant_F
    return (train_NF - mean_F) / spread_F * keeps_F, (test_NF - mean_F) / spread_F * keeps_F
