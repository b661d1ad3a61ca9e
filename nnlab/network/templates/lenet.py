"""Two convolutions, each followed by pooling, then a hidden layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, ReLU
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class LeNet(Template):
    """Two convolutions, each followed by pooling, then a hidden layer."""

    title = "LeNet-style"
    summary = "Two convolutions with pooling, then a hidden layer."
    use_when = "For small pictures: digits, letters, signs."
    why = "32 and 64 filters of 3 × 3 learn small pictures within a minute; dropout before the head."
    source = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
    n_steps: ClassVar[int | None] = 600
    needs: ClassVar[Input | None] = "image"

    kind: Literal["lenet"] = "lenet"
    out_channels: int = Field(
        32,
        ge=1,
        le=512,
        description="How many filters the first convolution has; the second has twice as many.",
        json_schema_extra={"why": "32 suit some thousand pictures."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        side = min(input_shapes["image"][1:])
        stack: list[Layer] = []
        for channels in (self.out_channels, 2 * self.out_channels):
            stack += [Conv2d(out_channels=channels, kernel_size=3, padding=1), ReLU()]
            if side >= 4:
                stack.append(MaxPool2d())
                side //= 2
        trunk = (Linear(out_features=128), ReLU(), Dropout(p=0.3))
        return with_branch(input_shapes, "image", (*stack, Flatten()), trunk)
