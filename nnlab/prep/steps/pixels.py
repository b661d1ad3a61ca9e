"""The step that makes numbers of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import fixed, number

if TYPE_CHECKING:
    from torch import nn


@steps
class PixelNumbers(Step):
    """Each pixel divided by 255, so that black is 0 and white is 1; channel by channel, row by row."""

    kind: Literal["pixels"] = "pixels"

    title: ClassVar[str] = "Pixels from 0 to 1"
    takes: ClassVar[tuple[Form, ...]] = ("picture",)
    gives: ClassVar[Form | None] = "number"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Brightness

        return Brightness()

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return "pixels / 255"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return f"{number(before)} / 255 = {fixed(after)}" if before > 0 else ""
