"""Residual convolutions of three widths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import BatchNorm2d, Conv2d, GlobalPool, Layer, ReLU, Residual
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class SmallResNet(Template):
    """Residual convolutions of three widths."""

    title = "Small ResNet"
    summary = "Three stages of residual convolutions, each with half the size and twice the channels."
    use_when = "For pictures of 28 × 28 and more, when LeNet has stopped gaining."
    why = "Widths of 16, 32 and 64 train within minutes on one core; BatchNorm keeps every depth alike."
    source = "He, Zhang, Ren and Sun 2015, Deep residual learning for image recognition"
    n_steps: ClassVar[int | None] = 600
    needs: ClassVar[Input | None] = "image"

    kind: Literal["small_resnet"] = "small_resnet"
    width: int = Field(
        16,
        ge=1,
        le=256,
        description="How many channels the first stage has.",
        json_schema_extra={"why": "16 suits some thousand small pictures."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        side = min(input_shapes["image"][1:])
        stack: list[Layer] = [conv(self.width), BatchNorm2d(), ReLU()]
        for stage in range(3):
            stride = 2 if stage and side >= 4 else 1
            side //= stride
            width = self.width * 2**stage
            body = (conv(width, stride), BatchNorm2d(), ReLU(), conv(width), BatchNorm2d())
            stack += [Residual(body=body), ReLU()]
        return with_branch(input_shapes, "image", (*stack, GlobalPool(channels="first")))


def conv(width: int, stride: int = 1) -> Conv2d:
    """A convolution of 3 × 3 that keeps the size, or halves it with a stride of 2; BatchNorm follows it."""
    return Conv2d(out_channels=width, kernel_size=3, stride=stride, padding=1, bias=False)
