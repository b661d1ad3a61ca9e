"""A tiny run in memory that pays torch's first-use costs, so that a real one starts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.data.columns import Task
from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from nnlab.network.head import Head


def rehearse() -> None:
    """Builds and trains a few rows of each task, and traces a step; leaves nothing behind."""
    import torch
    import torch._dynamo  # the first optimizer would import it: half of a cold start

    torch.set_num_threads(1)
    from nnlab.network.head import Head

    heads: tuple[tuple[Task, int], ...] = (("binary", 1), ("multiclass", 3), ("regression", 1))
    for task, n_outputs in heads:
        try:
            _train(Head(task=task, n_outputs=n_outputs))
        except NnlabError:
            continue  # a rehearsal that fails must not keep the run from saying why


def _train(head: Head) -> None:
    import torch

    from nnlab.network.build import build
    from nnlab.network.templates import default_network
    from nnlab.prep import encoded, modules  # noqa: F401  imported early: a run opens it
    from nnlab.prep.batch import Batch
    from nnlab.runs import assemble, checkpoint, saver, trainer  # noqa: F401
    from nnlab.training.engine import Engine, TrainData
    from nnlab.training.race import Tracing
    from nnlab.training.spec import Training

    n_rows, shapes = 32, {"table": (4,)}
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n_rows, 4, generator=generator)
    y = x[:, :1].clone() if head.task == "regression" else torch.arange(n_rows) % max(2, head.n_outputs)
    batch = Batch(inputs={"table": x}, target=y, lines=torch.arange(n_rows))
    training = Training(epochs=1, batch_size=16).resolved(n_rows, head.task)
    module = build(default_network(shapes, head, n_rows), shapes, head)
    tracing: Tracing = "always" if head.task == "binary" else "never"  # once fills torch's tables
    engine = Engine(module, TrainData(batch, batch), training, head, tracing)
    for _event in engine.run():
        pass
    tensors, plain = engine.state()
    checkpoint.packed(tensors, plain)
