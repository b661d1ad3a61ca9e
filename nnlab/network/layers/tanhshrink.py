"""What tanh leaves of a number."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Tanhshrink(Layer):
    """What tanh leaves of a number."""

    family = "activations"
    summary = "x − tanh(x): nearly 0 around 0, nearly x − 1 far above."
    use_when = "In sparse codes."
    source = "torch.nn.Tanhshrink"

    kind: Literal["Tanhshrink"] = "Tanhshrink"
