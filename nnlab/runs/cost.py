"""What a project's run would cost, told before Start from a few real steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space
    from nnlab.training.estimate import Estimate


def cost_of(space: Space, project: Project) -> Estimate:
    """Parameters, bytes and seconds of the project's run; its encoded rows lie ready afterwards.

    Raises `NnlabError` where the run could not start.
    """
    from nnlab.network.build import build
    from nnlab.network.network import Network
    from nnlab.prep.encoded import Encoded
    from nnlab.runs.start import spec_of
    from nnlab.training.engine import TrainData
    from nnlab.training.estimate import estimate
    from nnlab.training.spec import Training

    path = space.encoded(project)
    encoded = Encoded.open(path)
    spec = spec_of(project, encoded, "cost", path.stem)
    head = encoded.fitted.head
    module = build(Network.parse(spec.project["network"]), spec.input_shapes, head, seed=spec.seed)
    data = TrainData(encoded.part("train"), encoded.part("validation"), tuple(encoded.fitted.feature_names))
    return estimate(module, data, Training.parse(spec.project["training"]), head)
