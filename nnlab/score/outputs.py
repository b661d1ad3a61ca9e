"""What a model says about rows: the one value that networks and baselines are judged by.

Axes: N rows, K classes (or outputs of a regression).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SEVERAL: tuple[Task, ...] = ("regression", "multilabel")  # whose outputs are judged one by one


@dataclass(frozen=True, eq=False)
class Outputs:
    """Probabilities (N, K) of the classes, or of yes in each output, or values (N, K) in the targets' own units.

    `values` is None for a model that could not be fitted; `reason` then says why, without a full stop.
    """

    values: npt.NDArray[Any] | None
    reason: str = ""


def of_output(task: Task, values_NK: Floats, output: int) -> Floats:
    """One of several outputs as its metrics take it: values (N,), or probabilities (N, 2) of no and yes."""
    values_N = values_NK[:, output]
    return np.stack([1 - values_N, values_N], axis=1) if task == "multilabel" else values_N


def shaped(outputs: Outputs, task: Task, n_columns: int) -> Floats | None:
    """The values as float64 (N, K), or None where a number is missing, infinite, or nothing was fitted.

    A single column of a binary task is the probability of the second class. Classes that a model never met have
    probability 0. Probabilities are scaled to sum to 1, which float32 leaves open in the seventh digit.
    """
    if outputs.values is None:
        return None
    values_NK = np.asarray(outputs.values, dtype=np.float64)
    if values_NK.ndim == 1:
        values_NK = values_NK[:, None]
    if not np.isfinite(values_NK).all():
        return None
    if task in SEVERAL:
        return values_NK
    if task == "binary" and values_NK.shape[1] == 1:
        values_NK = np.hstack([1 - values_NK, values_NK])
    if values_NK.shape[1] < n_columns:
        values_NK = np.pad(values_NK, ((0, 0), (0, n_columns - values_NK.shape[1])))
    total_N1 = values_NK.sum(axis=1, keepdims=True)
    scaled: Floats = values_NK / np.where(total_N1 > 0, total_N1, 1.0)
    return scaled
