"""A ReLU that ends at 6."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class ReLU6(Layer):
    """A ReLU that ends at 6."""

    family = "activations"
    summary = "max(0, x), but no more than 6."
    use_when = "Where numbers must stay small, such as on devices with few bits."
    source = "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10"

    kind: Literal["ReLU6"] = "ReLU6"
