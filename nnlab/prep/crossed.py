"""Rows as tensors to learn from: as the preparation gives them, but for numbers that hold a training row's own target.

A step that learns from the target (target encoding) would tell each training row a little of its answer. Such a row
gets what the step learns without it, out of fold; every other row, and every row ever predicted, gets what
`Fitted.apply` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from nnlab.prep.batch import Batch
from nnlab.prep.chain import Chain, FittedColumn, as_tensor, stepped
from nnlab.prep.fitted import Fitted
from nnlab.prep.split import TRAIN, Parts
from nnlab.prep.steps import Array

if TYPE_CHECKING:
    import pandas as pd


def crossed(fitted: Fitted, frame: pd.DataFrame, parts: Parts) -> Batch:
    """The inputs of every row as `fitted.apply`, training rows out of fold; they must be those it was fitted on."""
    batch = fitted.apply(frame)
    touched = [column for column in fitted.used if any(each.step.needs_target for each in column.main)]
    if not touched:
        return batch
    rows = np.flatnonzero(parts == TRAIN)
    train = frame.iloc[rows]
    target_TN = fitted.target.numbers(train)
    for column in touched:
        numbers_KN = _out_of_fold(column, train, target_TN)
        first = fitted.slots_of[column.name].start
        batch.inputs["table"][torch.from_numpy(rows), first : first + len(numbers_KN)] = numbers_KN.T
    return batch


def _out_of_fold(column: FittedColumn, train: pd.DataFrame, target_TN: Array) -> Tensor:
    """What the column's value becomes in training rows, float32 (K, N)."""
    x_KN, facts = column.cells(train[column.name]), column.facts_with(target_TN)
    at = next(index for index, each in enumerate(column.main) if each.step.needs_target)
    for each in column.main[:at]:
        x_KN = stepped(each.step.module(each.learnt), x_KN)
    own = column.main[at].step.train_values(x_KN.to(torch.float64).numpy(), facts)
    assert own is not None, "a step that needs the target has values of its own for training rows"
    blocks: list[Tensor] = Chain(column.main[at + 1 :], column.fallback)(as_tensor(own))
    return blocks[0].to(torch.float32)
