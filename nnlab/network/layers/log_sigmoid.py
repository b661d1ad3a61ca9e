"""The logarithm of a sigmoid."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class LogSigmoid(Layer):
    """The logarithm of a sigmoid."""

    family = "activations"
    summary = "log(1 / (1 + e^(−x))): near x far below 0, near 0 far above."
    use_when = "Where logarithms of chances are added up."
    source = "torch.nn.LogSigmoid"

    kind: Literal["LogSigmoid"] = "LogSigmoid"
