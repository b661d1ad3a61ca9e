"""The step that takes a moment apart: year, and the turning of month, day of the week and hour."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import nn

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import fixed, listed

DAY_S = 86_400
WIDEST_S = 3e11  # about 9 500 years either way: beyond lies no date that a calendar has
PARTS = ("year", "month", "day of the week", "hour")
TURNS = (0, 12, 7, 24)  # how many steps a part takes to come round; 0: it never does


class DateParts(nn.Module):
    """Seconds since 1970-01-01 UTC (1, N) to the parts that vary: a year as it is, the others as sine and cosine."""

    def __init__(self, varies: tuple[bool, ...]) -> None:
        super().__init__()
        self.varies = varies

    def forward(self, x_1N: torch.Tensor) -> torch.Tensor:
        numbers: list[torch.Tensor] = []
        for part, turns, varies in zip(calendar(x_1N), TURNS, self.varies, strict=True):
            if varies and turns:
                angle = part * (2 * math.pi / turns)
                numbers += [torch.sin(angle), torch.cos(angle)]
            elif varies:
                numbers.append(part)
        return torch.cat(numbers) if numbers else x_1N[:0]


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
        present = torch.from_numpy(np.unique(values[~np.isnan(values)]))[None]
        varies = [bool(part.numel() and (part != part[:, :1]).any()) for part in calendar(present)]
        return {"varies": np.array(varies, dtype=np.float64)}

    def module(self, learnt: Learnt) -> nn.Module:
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
        lines: list[tuple[str, int, int, str]] = []
        for part, turns, flag, value in zip(
            PARTS, TURNS, learnt["varies"], calendar(torch.tensor([[before]], dtype=torch.float64)), strict=True
        ):
            waves = ("sin", "cos") if turns else ("",)
            lines += [(part, int(value.item()), turns, wave) for wave in waves if flag]
        part, value_now, turns, wave = lines[row]
        return f"{wave}(2π · {value_now} / {turns}) = {fixed(after)}" if turns else f"{part} {value_now}"


def calendar(seconds: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Year, month from 0, day of the week from 0 for Monday, and hour of UTC moments, in float64; NaN stays NaN.

    The date comes from the count of days as in Hinnant, "chrono-compatible low-level date algorithms": whole numbers
    and divisions rounded down, so exact for every date.
    """
    whole = torch.floor(torch.nan_to_num(seconds).clamp(-WIDEST_S, WIDEST_S)).to(torch.int64)
    days = torch.div(whole, DAY_S, rounding_mode="floor")
    hour = torch.div(whole - days * DAY_S, 3600, rounding_mode="floor")
    shifted = days + 719_468  # days since 0000-03-01, so that the leap day ends the year
    era = torch.div(shifted, 146_097, rounding_mode="floor")
    of_era = shifted - era * 146_097
    year_of_era = _down(of_era - _down(of_era, 1460) + _down(of_era, 36_524) - _down(of_era, 146_096), 365)
    of_year = of_era - (365 * year_of_era + _down(year_of_era, 4) - _down(year_of_era, 100))
    from_march = _down(5 * of_year + 2, 153)
    month = torch.remainder(from_march + 2, 12)
    year = year_of_era + era * 400 + (month < 2)
    missing = torch.isnan(seconds)
    year_, month_, weekday_, hour_ = (
        torch.where(missing, torch.nan, part.to(torch.float64))
        for part in (year, month, torch.remainder(days + 3, 7), hour)
    )
    return year_, month_, weekday_, hour_


def _down(value: torch.Tensor, by: int) -> torch.Tensor:
    return torch.div(value, by, rounding_mode="floor")
