"""The torch modules that take moments apart: seconds since 1970-01-01 UTC to the parts of a date."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from nnlab.prep.steps.dates import Part

DAY_S = 86_400
WIDEST_S = 3e11  # about 9 500 years either way: beyond lies no date that a calendar has


class DateParts(nn.Module):
    """Seconds (1, N) to some parts of a date: what comes round as sine and cosine, or each as a number."""

    def __init__(self, parts: Sequence[Part], first_s: float, is_round: bool) -> None:
        super().__init__()
        self.parts, self.first_s, self.is_round = tuple(parts), first_s, is_round

    def forward(self, x_1N: torch.Tensor) -> torch.Tensor:
        numbers: list[torch.Tensor] = []
        found = calendar(x_1N, [part.field for part in self.parts], self.first_s)
        for part, value_1N in zip(self.parts, found, strict=True):
            if part.turns and self.is_round:
                angle = (value_1N - part.least) * (2 * math.pi / part.turns)
                numbers += [torch.sin(angle), torch.cos(angle)]
            else:
                numbers.append(value_1N)
        return torch.cat(numbers) if numbers else x_1N[:0]


def calendar(seconds: torch.Tensor, fields: Sequence[str], first_s: float = 0.0) -> list[torch.Tensor]:
    """Parts of UTC moments by their names in `PARTS`, in float64, counted as pandas counts them; NaN stays NaN.

    Dates come from the count of days as in Hinnant, "chrono-compatible low-level date algorithms": whole numbers and
    divisions rounded down, so exact for every date. A week belongs to the year of its Thursday (ISO 8601).
    """
    whole = torch.floor(torch.nan_to_num(seconds).clamp(-WIDEST_S, WIDEST_S)).to(torch.int64)
    days = _down(whole, DAY_S)
    second = whole - days * DAY_S
    year, month, day, of_year = _date(days)
    weekday = torch.remainder(days + 3, 7)
    found: list[torch.Tensor] = []
    for field in fields:
        if field == "elapsed":
            found.append((seconds - first_s) / DAY_S)
            continue
        value = {
            "year": lambda: year,
            "quarter": lambda: _down(month - 1, 3) + 1,
            "month": lambda: month,
            "week": lambda: _down(_date(days - weekday + 3)[3] - 1, 7) + 1,
            "day_of_month": lambda: day,
            "day_of_year": lambda: of_year,
            "day_of_week": lambda: weekday,
            "weekend": lambda: weekday >= 5,
            "hour": lambda: _down(second, 3600),
            "minute": lambda: torch.remainder(_down(second, 60), 60),
        }[field]()
        found.append(torch.where(torch.isnan(seconds), torch.nan, value.to(torch.float64)))
    return found


def _date(days: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Year, month, day of the month and day of the year, the last three from 1, of days since 1970-01-01."""
    shifted = days + 719_468  # days since 0000-03-01, so that the leap day ends the year
    era = _down(shifted, 146_097)
    of_era = shifted - era * 146_097
    year_of_era = _down(of_era - _down(of_era, 1460) + _down(of_era, 36_524) - _down(of_era, 146_096), 365)
    of_year = of_era - (365 * year_of_era + _down(year_of_era, 4) - _down(year_of_era, 100))
    from_march = _down(5 * of_year + 2, 153)
    month = torch.remainder(from_march + 2, 12) + 1
    day = of_year - _down(153 * from_march + 2, 5) + 1
    year = year_of_era + era * 400 + (month < 3)
    return year, month, day, days - _first_day(year) + 1


def _first_day(year: torch.Tensor) -> torch.Tensor:
    """The days from 1970-01-01 to the first of January."""
    before = year - 1
    return 365 * before + _down(before, 4) - _down(before, 100) + _down(before, 400) - 719_162


def _down(value: torch.Tensor, by: int) -> torch.Tensor:
    return torch.div(value, by, rounding_mode="floor")
