"""Each number times the tanh of its softplus."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Mish(Layer):
    """Each number times the tanh of its softplus."""

    family = "activations"
    summary = "Each number times the tanh of its softplus: x · tanh(log(1 + eˣ))."
    use_when = "An alternative to SiLU, somewhat slower."
    source = "Misra 2019, Mish: a self regularized non-monotonic activation function"

    kind: Literal["Mish"] = "Mish"
