"""The step that takes a moment apart: year, month, day of the week and more, those that come round on circles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import fixed, listed, number, year

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Part:
    """A part of a date: how many steps it takes to come round (0: it never does), counted from which number."""

    field: str
    name: str
    turns: int = 0
    least: int = 0


PARTS = (
    Part("year", "year"),
    Part("quarter", "quarter", 4, 1),
    Part("month", "month", 12, 1),
    Part("week", "week", 53, 1),
    Part("day_of_month", "day of the month", 31, 1),
    Part("day_of_year", "day of the year", 366, 1),
    Part("day_of_week", "day of the week", 7),
    Part("weekend", "is at the weekend"),
    Part("hour", "hour", 24),
    Part("minute", "minute", 60),
    Part("elapsed", "days since the first"),
)


@steps
class DateParts(Step):
    """The chosen parts of a date, as far as they vary in training; what comes round does so on a circle.

    On a circle December lies beside January and Sunday beside Monday, which a plain number would put far apart.
    """

    kind: Literal["date_parts"] = "date_parts"
    year: bool = Field(True, description="The year, a number.")
    quarter: bool = Field(False, description="The quarter of the year.")
    month: bool = Field(True, description="The month of the year.")
    week: bool = Field(False, description="The week of the year as ISO 8601 counts it.")
    day_of_month: bool = Field(False, description="The day of the month.")
    day_of_year: bool = Field(False, description="The day of the year.")
    day_of_week: bool = Field(True, description="The day of the week.")
    weekend: bool = Field(False, description="1 on Saturday and Sunday, else 0.")
    hour: bool = Field(True, description="The hour of the day.")
    minute: bool = Field(False, description="The minute of the hour.")
    elapsed: bool = Field(
        False,
        description="Days since the earliest training date, with fractions.",
        json_schema_extra={"why": "For what grows or wears out; rows to predict lie beyond what was learnt."},
    )
    circles: bool = Field(
        True,
        description="What comes round becomes a sine and a cosine; otherwise each part is a number.",
        json_schema_extra={"why": "A circle puts December beside January."},
    )

    title: ClassVar[str] = "Date parts and cycles"
    takes: ClassVar[tuple[Form, ...]] = ("moment",)
    gives: ClassVar[Form | None] = "number"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        import torch

        from nnlab.prep.date_modules import calendar

        found = np.unique(values[~np.isnan(values)])
        chosen = [part.field for part in self._chosen]
        parts = calendar(torch.from_numpy(found)[None], chosen)
        varies = [bool(part.numel() and (part != part[:, :1]).any()) for part in parts]
        first = {"first": found[:1] if len(found) else np.zeros(1)} if self.elapsed else {}
        return {"varies": np.array(varies, dtype=np.float64), **first}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.date_modules import DateParts as Module

        return Module(self._varying(learnt), _first(learnt), self.circles)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        varying = [part.name for part in self._varying(learnt)]
        return listed(varying, 4) if varying else "nothing varies"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{facts.name} {part.name}{wave and ' ' + wave}" for part, wave in self._waves(learnt))

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        if math.isnan(before):
            return ""
        import torch

        from nnlab.prep.date_modules import calendar

        part, wave = self._waves(learnt)[row]
        now = calendar(torch.tensor([[before]], dtype=torch.float64), [part.field], _first(learnt))[0].item()
        if not wave:
            return f"{part.name} {year(now) if part.field == 'year' else number(now)}"
        return f"{wave[:3]}(2π · {number(now - part.least)} / {part.turns}) = {fixed(after)}"

    def years(self, learnt: Learnt) -> frozenset[int]:
        return frozenset(at for at, (part, _) in enumerate(self._waves(learnt)) if part.field == "year")

    @property
    def _chosen(self) -> list[Part]:
        return [part for part in PARTS if getattr(self, part.field)]

    def _varying(self, learnt: Learnt) -> list[Part]:
        return [part for part, flag in zip(self._chosen, learnt["varies"], strict=True) if flag]

    def _waves(self, learnt: Learnt) -> list[tuple[Part, str]]:
        """The part of each number, and whether it is its sine or cosine."""
        return [
            (part, wave)
            for part in self._varying(learnt)
            for wave in (("sine", "cosine") if part.turns and self.circles else ("",))
        ]


def _first(learnt: Learnt) -> float:
    return float(learnt["first"][0]) if "first" in learnt else 0.0
