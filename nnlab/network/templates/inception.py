"""Filters of several sizes side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import BatchNorm2d, Conv2d, Dropout, GlobalPool, Layer, MaxPool2d, Parallel, ReLU
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates, with_branch


@templates
class Inception(Template):
    """Filters of several sizes side by side."""

    title = "Inception-style"
    summary = "Filters of 1, 3 and 5 side by side, twice, with pooling between."
    use_when = "For pictures whose patterns come in several sizes."
    why = "Each size sees other patterns; 1 × 1 filters before the larger ones keep them cheap."
    source = "Szegedy et al. 2015, Going deeper with convolutions"
    n_steps: ClassVar[int | None] = 600
    needs: ClassVar[Input | None] = "image"

    kind: Literal["inception"] = "inception"
    width: int = Field(
        16,
        ge=1,
        le=256,
        description="How many filters of each size.",
        json_schema_extra={"why": "16 suit some thousand small pictures."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        side = min(input_shapes["image"][1:])
        stack: list[Layer] = [
            Conv2d(out_channels=2 * self.width, kernel_size=3, padding=1, bias=False),
            BatchNorm2d(),
            ReLU(),
        ]
        for stage in range(2):
            if side >= 4:
                stack.append(MaxPool2d())
                side //= 2
            stack += [self._module(self.width * 2**stage), BatchNorm2d(), ReLU()]
        return with_branch(input_shapes, "image", (*stack, GlobalPool(channels="first")), (Dropout(p=0.2),))

    def _module(self, width: int) -> Parallel:
        squeeze = (Conv2d(out_channels=width, kernel_size=1), ReLU())
        three = Conv2d(out_channels=width, kernel_size=3, padding=1)
        five = Conv2d(out_channels=width, kernel_size=5, padding=2)
        return Parallel(branches=((Conv2d(out_channels=width, kernel_size=1),), (*squeeze, three), (*squeeze, five)))
