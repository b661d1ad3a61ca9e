"""A tanh with longer arms."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Softsign(Layer):
    """A tanh with longer arms."""

    family = "activations"
    summary = "x / (1 + |x|): from −1 to 1, and slower to get there than Tanh."
    use_when = "Instead of Tanh where units get stuck at its ends."
    source = "Bergstra et al. 2009, Quadratic polynomials learn better image features"

    kind: Literal["Softsign"] = "Softsign"
