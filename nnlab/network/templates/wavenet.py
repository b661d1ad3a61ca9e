"""Causal convolutions that see twice as far with each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import CausalConv1d, Conv1d, GlobalPool, Residual, SiLU, Transpose
from nnlab.network.network import Input, Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, on_window, templates

MOST_LEVELS = 10  # see 1 024 steps back


@templates
class WaveNet(Template):
    """Causal convolutions that see twice as far with each layer."""

    title = "Dilated causal stack"
    summary = "Causal convolutions whose dilation doubles, each with a way around; the last step is read."
    use_when = "For long windows: sixteen layers would see sixty thousand steps."
    why = "As many layers as the window needs to be seen whole."
    source = "van den Oord et al. 2016, WaveNet"
    needs: ClassVar[Input | None] = "sequence"

    kind: Literal["wavenet"] = "wavenet"
    out_channels: int = Field(
        32,
        ge=1,
        le=1024,
        description="How many channels the stack has.",
        json_schema_extra={"why": "32 suit some hundred windows."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        self.refuse_other_data(input_shapes)
        n_steps = input_shapes["sequence"][0]
        dilations = [2**level for level in range(max(1, (n_steps - 1).bit_length()))][:MOST_LEVELS]
        blocks = tuple(
            Residual(body=(CausalConv1d(out_channels=self.out_channels, dilation=dilation), SiLU()))
            for dilation in dilations
        )
        first = Conv1d(out_channels=self.out_channels, kernel_size=1)
        stack = (Transpose(), first, *blocks, GlobalPool(how="last", channels="first"))
        return on_window(input_shapes, head, stack)
