"""The step that takes a moment apart: year, and the turning of month, day of the week and hour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import fixed, listed

if TYPE_CHECKING:
    from torch import nn

PARTS = ("year", "month", "day of the week", "hour")
TURNS = (0, 12, 7, 24)  # how many steps a part takes to come round; 0: it never does


@steps
class DateCycles(Step):
    """Year, month, day of the week and hour, as far as they vary in training; what comes round does so on a circle.

    On a circle December lies beside January and Sunday beside Monday, which a plain number would put far apart.
    """

    kind: Literal["date_parts"] = "date_parts"

    title: ClassVar[str] = "Date parts and cycles"
    takes: ClassVar[tuple[Form, ...]] = ("moment",)
    gives: ClassVar[Form | None] = "number"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        import torch

        from nnlab.prep.modules import calendar

        present = torch.from_numpy(np.unique(values[~np.isnan(values)]))[None]
        varies = [bool(part.numel() and (part != part[:, :1]).any()) for part in calendar(present)]
        return {"varies": np.array(varies, dtype=np.float64)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import DateParts

        return DateParts(tuple(bool(flag) for flag in learnt["varies"]))

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        varying = [part for part, flag in zip(PARTS, learnt["varies"], strict=True) if flag]
        return listed(varying) if varying else "nothing varies"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        found: list[str] = []
        for part, turns, flag in zip(PARTS, TURNS, learnt["varies"], strict=True):
            if flag:
                found += (
                    [f"{facts.name} {part} {wave}" for wave in ("sine", "cosine")]
                    if turns
                    else [f"{facts.name} {part}"]
                )
        return tuple(found)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        if math.isnan(before):
            return ""
        import torch

        from nnlab.prep.modules import calendar

        lines: list[tuple[str, int, int, str]] = []
        for part, turns, flag, value in zip(
            PARTS, TURNS, learnt["varies"], calendar(torch.tensor([[before]], dtype=torch.float64)), strict=True
        ):
            waves = ("sin", "cos") if turns else ("",)
            lines += [(part, int(value.item()), turns, wave) for wave in waves if flag]
        part, value_now, turns, wave = lines[row]
        return f"{wave}(2π · {value_now} / {turns}) = {fixed(after)}" if turns else f"{part} {value_now}"
