"""SiLU drawn with straight lines and one parabola."""

from __future__ import annotations

from typing import Literal

from nnlab.network.layer import Layer, layers


@layers
class Hardswish(Layer):
    """SiLU drawn with straight lines and one parabola."""

    family = "activations"
    summary = "SiLU drawn with straight lines and one parabola: x · min(max(x + 3, 0), 6) / 6."
    use_when = "On small devices, where an exponential costs too much."
    source = "Howard et al. 2019, Searching for MobileNetV3"

    kind: Literal["Hardswish"] = "Hardswish"
