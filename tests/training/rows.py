"""Small tables and networks for the tests of the engine, made from a seed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.network.head import Head
from nnlab.prep.batch import Batch
from nnlab.training.engine import TrainData
from nnlab.training.spec import Training


class TableNetwork(nn.Module):
    """Dropout and BatchNorm between two linear layers, fed by name."""

    def __init__(self, n_features: int, n_outputs: int, width: int = 8) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, n_outputs)
        )

    def forward(self, table: Tensor) -> Tensor:
        return self.body(table)


def head(task: Task) -> Head:
    return Head(task=task, n_outputs={"binary": 1, "multiclass": 3, "multilabel": 2, "regression": 2}[task])


def network(task: Task, n_features: int = 4, seed: int = 0) -> TableNetwork:
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return TableNetwork(n_features, head(task).n_outputs)


def rows(task: Task, n_rows: int, seed: int = 0, n_features: int = 4) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(n_rows, n_features, generator=generator)
    slope = torch.linspace(-1, 1, n_features)
    score = table @ slope + 0.3 * torch.randn(n_rows, generator=generator)
    targets = {
        "binary": (score > 0).long(),
        "multiclass": torch.bucketize(score, torch.tensor([-0.5, 0.5])),
        "multilabel": torch.stack([score > 0, table[:, 0] > 0.3], 1).float(),
        "regression": torch.stack([score, score.square()], 1),
    }
    return Batch({"table": table}, targets[task], torch.arange(n_rows))


def data(task: Task, n_train: int = 37, n_validation: int = 12) -> TrainData:
    return TrainData(rows(task, n_train), rows(task, n_validation, seed=1))


def resolved(task: Task = "binary", n_train: int = 37, **settings: Any) -> Training:
    return Training(**{"batch_size": 8, "epochs": 4, "device": "cpu", **settings}).resolved(n_train, task)
