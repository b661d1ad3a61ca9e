"""Each number times its own sigmoid."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class SiLU(Layer):
    """Each number times its own sigmoid."""

    family = "activations"
    summary = "Each number times its own sigmoid, a smooth ReLU: x · σ(x)."
    use_when = "A good first choice after a Linear layer on tables: smooth, and no unit dies."
    source = "Elfwing, Uchibe and Doya 2017, Sigmoid-weighted linear units; Ramachandran, Zoph and Le 2017 (as Swish)"

    kind: Literal["SiLU"] = "SiLU"
