"""What a run of several members needs beside its network: its folds, and what cannot work said before Start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.errors import LimitError, TrainingError
from nnlab.limits import limits

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.prep.fitted import Fitted
    from nnlab.runs.project import Project
    from nnlab.training.spec import Training


def check_members(training: Training, fitted: Fitted) -> None:
    """Raises `TrainingError` for folds of rows that overlap."""
    if training.folds and fitted.windows is not None:
        raise TrainingError(
            "windows of a series overlap, so that no fold of them is unseen by the other members",
            where="training.folds",
            came=f"{training.folds} folds",
            do="Set folds to 0: the validation rows, which follow in time, choose every member's best epoch.",
            repair={"set": "training.folds", "value": 0},
        )


def check_size(training: Training, n_parameters: int) -> None:
    """Raises `LimitError` where the members together have more parameters than a network may."""
    total, most = training.members * n_parameters, limits().parameters
    if total > most and training.members > 1:
        raise LimitError(
            f"all members together may have {most} parameters",
            where="training.members",
            came=f"{training.members} times {n_parameters}",
            do="Train fewer members, or make the widest layers narrower.",
            repair={"set": "training.members", "value": max(1, most // n_parameters)},
        )


def folds_of(frame: pd.DataFrame, project: Project) -> bytes:
    """The fold of every line to train and validate on, as a safetensors file: `line` and `fold`, (N,) each."""
    import torch

    from nnlab.data.table import typed
    from nnlab.data.task import resolve_task
    from nnlab.prep.folds import folds
    from nnlab.prep.split import parts
    from nnlab.runs.checkpoint import packed

    frame = typed(frame, project.columns)
    task, _ = resolve_task(frame, project.columns)
    part = parts(frame, project.columns, task, project.split)
    fold_N = folds(frame, project.columns, task, project.split, part, project.training.folds)
    is_dealt = (part == 0) | (part == 1)
    lines = torch.from_numpy(frame.index.to_numpy()[is_dealt].astype("int64"))
    return packed({"line": lines, "fold": torch.from_numpy(fold_N[is_dealt])}, {"folds": project.training.folds})
