"""The step that keeps a picture a picture: what convolutions take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, by_row, not_zero, steps
from nnlab.prep.wording import number

if TYPE_CHECKING:
    from torch import nn


@steps
class Picture(Step):
    """The picture as channels, rows and columns in the network's input `image`.

    Each colour less its mean over the training pictures, divided by its deviation; a missing picture becomes zeros.
    """

    kind: Literal["picture"] = "picture"

    title: ClassVar[str] = "Picture"
    takes: ClassVar[tuple[Form, ...]] = ("picture",)
    gives: ClassVar[Form | None] = "image"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        n_channels = facts.image.channels if facts.image else 1
        by_colour = values.reshape(n_channels, -1)
        mean = by_row(by_colour, np.mean)
        scale = not_zero(by_row(by_colour, np.std, 1.0), mean)
        n_pixels = len(values) // n_channels
        return {"shift": np.repeat(mean, n_pixels), "scale": np.repeat(scale, n_pixels)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Affine

        return Affine(learnt["shift"], learnt["scale"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        size = facts.image.words() if facts.image else f"{number(len(learnt['shift']), 9)} pixels"
        return f"a picture of {size}, each colour less its mean, in its deviation"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return ()
