"""An ELU whose outputs keep mean 0 and variance 1."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class SELU(Layer):
    """An ELU whose outputs keep mean 0 and variance 1."""

    family = "activations"
    summary = "A scaled ELU with constants chosen so that outputs keep mean 0 and variance 1."
    use_when = "In deep stacks of Linear layers without normalisation, with AlphaDropout and standardized inputs."
    source = "Klambauer et al. 2017, Self-normalizing neural networks"

    kind: Literal["SELU"] = "SELU"
