"""What a project's run would cost, told before Start from a few real steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.errors import LimitError

if TYPE_CHECKING:
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space
    from nnlab.training.estimate import Estimate
    from nnlab.training.spec import Training


OF_TORCH_BYTES = 250_000_000  # what a process holds that has imported torch


def cost_of(space: Space, project: Project) -> Estimate:
    """Parameters, bytes and seconds of the project's run; its encoded rows lie ready afterwards.

    Raises `NnlabError` where the run could not start.
    """
    import torch

    from nnlab.network.build import build
    from nnlab.network.network import Network
    from nnlab.prep.encoded import Encoded
    from nnlab.runs.assemble import rows_to_train
    from nnlab.runs.start import spec_of
    from nnlab.training.estimate import estimate
    from nnlab.training.spec import Training

    path = space.encoded(project)
    encoded = Encoded.open(path)
    spec = spec_of(project, encoded, "cost", path.stem)
    head = encoded.fitted.head
    training = Training.parse(spec.project["training"])
    module = build(Network.parse(spec.project["network"]), spec.input_shapes, head, seed=training.weights_seed)
    dealt = (lambda lines: torch.arange(len(lines)) % training.folds) if training.folds else None  # costs as any folds
    data = rows_to_train(encoded, tuple(encoded.fitted.feature_names), dealt)
    cost = estimate(module, data, training, head)
    _refuse_what_cannot_fit(cost, training)
    return cost


def _refuse_what_cannot_fit(cost: Estimate, training: Training) -> None:
    """Raises `LimitError` where the run would take more memory than all there is, with what to shrink."""
    from nnlab.machine import choose, memory

    granted = memory()
    if granted.total_bytes is None or choose(training.device).device.name != "cpu":
        return
    needed = cost.memory_bytes + OF_TORCH_BYTES
    if needed <= granted.total_bytes:
        return
    smaller = (training.batch_size or 1) // 2
    do = "Make the widest layers narrower."
    if smaller:
        do = f"Halve the batch size to {smaller}, or make the widest layers narrower."
    raise LimitError(
        "network, rows and one batch must fit into memory",
        where="memory",
        came=f"about {needed / 1e9:.1f} GB needed, {granted.total_bytes / 1e9:.1f} GB there ({granted.reason})",
        do=do,
        repair={"set": "training.batch_size", "value": smaller} if smaller else None,
    )
