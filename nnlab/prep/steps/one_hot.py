"""The step that gives every level of a column a number of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.limits import limits
from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, level_counts, steps
from nnlab.prep.wording import listed

if TYPE_CHECKING:
    from torch import nn

MOST_LEVELS = 1000


@steps
class OneHot(Step):
    """1 in the place of the row's level, 0 elsewhere.

    A place is made only for what the training rows hold: "other" where they have rarer levels than are kept,
    "missing" where they have missing cells. What has no place gets zeros everywhere, because a place that was always
    0 in training would carry an untrained weight.
    """

    kind: Literal["one_hot"] = "one_hot"
    levels: int = Field(
        32,
        ge=1,
        le=MOST_LEVELS,
        description="The most frequent levels that get a place; the rest share 'other'. The limits may allow fewer.",
        json_schema_extra={"why": "Rarer levels have too few rows to learn a weight from.", "search": "log"},
    )
    least_rows: int = Field(
        1,
        ge=1,
        le=1_000_000,
        description="A level with fewer training rows than this joins 'other'.",
    )
    least_share: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="A level with a smaller share of the training rows joins 'other'.",
    )

    title: ClassVar[str] = "One-hot"
    takes: ClassVar[tuple[Form, ...]] = ("level",)
    gives: ClassVar[Form | None] = "number"
    learns_counts: ClassVar[bool] = True

    def learn(self, values: Array, facts: Facts) -> Learnt:
        counts, n_others, n_missing = level_counts(values, facts)
        most = min(self.levels, limits().one_hot_levels, len(facts.levels))
        least = max(self.least_rows, self.least_share * (counts.sum() + n_others + n_missing))
        n_kept = int((counts[:most] >= least).sum())
        has_other = bool(n_others or counts[n_kept:].any())
        return {"places": np.array([n_kept, has_other, bool(n_missing)], dtype=np.float64)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import OneHotSlots

        n_levels, has_other, has_missing = learnt["places"]
        if not 0 <= n_levels <= MOST_LEVELS:
            raise ValueError("more levels than a column can have")
        return OneHotSlots(int(n_levels), bool(has_other), bool(has_missing))

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        names = self.names((), learnt, facts)
        places = [name.removeprefix(f"{facts.name} ").removeprefix("= ") for name in names]
        return f"one-hot, {len(names)}" + (f": {listed(places, 4)}" if places else "")

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        n_levels, has_other, has_missing = learnt["places"]
        levels = [f"= {level}" for level in facts.levels[: int(n_levels)]]
        more = ["is another level"] * bool(has_other) + ["is missing"] * bool(has_missing)
        return tuple(f"{facts.name} {place}" for place in [*levels, *more])
