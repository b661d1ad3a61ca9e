"""Training in one call, for plain Python: the engine's events collected, the best weights put into the module."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from nnlab.network.head import Head
from nnlab.training.engine import Engine, TrainData
from nnlab.training.events import Epoch, Step
from nnlab.training.named import named_tensors
from nnlab.training.spec import Training

Watch = Callable[[Step | Epoch], None]


def fit(
    module: nn.Module, data: TrainData, training: Training, head: Head, watch: Watch | None = None
) -> tuple[Epoch, ...]:
    """Trains the module to the end and gives back its epochs; the module then holds its best epoch, dropout off.

    `training` may be unresolved. `watch` is called with every event. Raises `TrainingError` as `Engine.run` does.
    """
    assert data.train.target is not None, "rows to train on carry their target"
    engine = Engine(module, data, training.resolved(len(data.train.target), head.task), head)
    epochs = []
    for event in engine.run():
        if watch is not None:
            watch(event)
        if isinstance(event, Epoch):
            epochs.append(event)
    best = engine.best_weights
    if best is not None and engine.candidates is not None:
        module.load_state_dict(engine.stored(best))
    elif best is not None:
        with torch.no_grad():
            for name, tensor in named_tensors(module):
                tensor.copy_(best[name])
    module.eval()
    return tuple(epochs)
