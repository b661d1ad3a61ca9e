"""The step that gives levels their place in an order."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from nnlab.prep.level_names import natural_order
from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import number

if TYPE_CHECKING:
    from torch import nn

MOST_SHOWN = 60  # letters of the order in a sentence


@steps
class Ordinal(Step):
    """0 for the first level, 1 for the second, and so on: for levels that have an order, such as sizes or grades.

    The order is yours; nothing said: numbers by size, then words by letters. A level that the order leaves out counts
    as one that was not seen in training; one that it names is known, even if no training row has it.
    """

    kind: Literal["ordinal"] = "ordinal"
    order: str = Field(
        "",
        max_length=100_000,
        description="The levels from first to last with commas between, such as: low, medium, high.",
        json_schema_extra={"why": "By letters high comes before low. A level with a comma stands in double quotes."},
    )
    unseen: Literal["missing", "before the first", "after the last"] = Field(
        "missing", description="What a level is that the order does not name."
    )

    title: ClassVar[str] = "Ordinal"
    takes: ClassVar[tuple[Form, ...]] = ("level",)
    gives: ClassVar[Form | None] = "number"
    learns_counts: ClassVar[bool] = True

    @field_validator("order")
    @classmethod
    def _once(cls, order: str) -> str:
        names = _listed(order)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"a level has one place in the order, and {twice[:40]} has several")
        return order

    def known_levels(self) -> tuple[str, ...]:
        return _listed(self.order)

    def learn(self, values: Array, facts: Facts) -> Learnt:
        place_of = {level: place for place, level in enumerate(self._order(facts))}
        return {"places": np.array([place_of.get(level, -1) for level in facts.levels], dtype=np.float64)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import LevelTable

        places = learnt["places"]
        n_places = len(self.known_levels()) or len(places)
        unseen = {"missing": np.nan, "before the first": -1.0, "after the last": float(n_places)}[self.unseen]
        return LevelTable(np.array([[*np.where(places < 0, unseen, places), unseen, np.nan]]))

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        order = self._order(facts)
        shown = ""
        for level in order:
            more = f"{shown} < {level}" if shown else level[:MOST_SHOWN]
            if len(more) > MOST_SHOWN:
                return f"{shown} < … < {order[-1][:15]}"
            shown = more
        return shown or "no level"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return (facts.name,)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return f"place {number(after)}, counted from 0"

    def _order(self, facts: Facts) -> tuple[str, ...]:
        return self.known_levels() or tuple(sorted(facts.levels, key=natural_order))


def _listed(order: str) -> tuple[str, ...]:
    """The levels of a list with commas; blanks around a level do not count, an empty one is none."""
    rows = csv.reader([order.replace("\n", ",").replace("\r", ",")], skipinitialspace=True)
    return tuple(level for row in rows for level in map(str.strip, row) if level)
