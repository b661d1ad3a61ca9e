"""Truths and predictions for the tests of score and plots, made from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score.outputs import Outputs
from nnlab.score.report import Report, make_report

Array = npt.NDArray[Any]
CLASSES: dict[str, tuple[str, ...]] = {"binary": ("no", "yes"), "multiclass": ("ash", "birch", "cedar", "dogwood")}


def truth(task: Task, n_rows: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    if task == "regression":
        return rng.normal(50, 10, n_rows)
    return rng.integers(0, len(CLASSES[task]), n_rows)


def prediction(task: Task, truth_N: Array, skill: float, seed: int) -> Array:
    """Probabilities (N, K) or values (N, 1); the higher the skill, the nearer to the truth. A tenth of the rows tie."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        return (truth_N + rng.normal(0, 10 / skill, len(truth_N)))[:, None]
    scores = rng.normal(size=(len(truth_N), len(CLASSES[task])))
    scores[np.arange(len(truth_N)), truth_N] += skill
    scores[: len(truth_N) // 10] = np.round(scores[: len(truth_N) // 10])
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def constant(task: Task, truth_N: Array) -> Array:
    if task == "regression":
        return np.full((len(truth_N), 1), truth_N.mean() if len(truth_N) else 0.0)
    return np.tile(np.bincount(truth_N, minlength=len(CLASSES[task])) / max(len(truth_N), 1), (len(truth_N), 1))


def report(task: Task = "binary", n_rows: int = 179, *, skill: float = 2.0, seed: int = 0, **changes: Any) -> Report:
    """A report in which the network has this skill, the linear model 1.5, LightGBM 2 and the constant answer none."""
    truth_N = truth(task, n_rows, seed)
    simplest = "mean" if task == "regression" else "majority"
    arguments: dict[str, Any] = {
        "task": task,
        "classes": CLASSES.get(task, ()),
        "target_names": ("height",) if task == "regression" else ("kind",),
        "lines": np.arange(n_rows) + 2,
        "truth": truth_N,
        "network": Outputs(prediction(task, truth_N, skill, seed + 1)),
        "baselines": {
            simplest: Outputs(constant(task, truth_N)),
            "linear": Outputs(prediction(task, truth_N, 1.5, seed + 2)),
            "lightgbm": Outputs(prediction(task, truth_N, 2.0, seed + 3)),
        },
        "n_rows": {"train": 569, "validation": 143, "test": n_rows},
        "seed": 0,
        "epochs": 58,
        "best_epoch": 31,
    }
    return make_report(**(arguments | changes))
