"""Steps that put a value where a cell is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, by_row, each, level_counts, median, steps
from nnlab.prep.wording import number

if TYPE_CHECKING:
    from torch import nn


class Impute(Step):
    """Puts one learnt value where a cell is missing; its families differ in which."""

    def leaves(self, values: Array) -> bool:
        return not np.isnan(values).any()

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Fill

        return Fill(learnt["value"])

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return f"missing → {number(after)}" if np.isnan(before) else ""


@steps
class ImputeMedian(Impute):
    """The median of the training rows, which a few extreme values do not move."""

    kind: Literal["impute_median"] = "impute_median"

    title: ClassVar[str] = "Impute with the median"
    takes: ClassVar[tuple[Form, ...]] = ("number", "moment")

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {"value": np.nan_to_num(np.array([median(row) for row in values], dtype=np.float64))}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return each("median", learnt["value"], facts.form)


@steps
class ImputeMean(Impute):
    """The mean of the training rows."""

    kind: Literal["impute_mean"] = "impute_mean"

    title: ClassVar[str] = "Impute with the mean"
    takes: ClassVar[tuple[Form, ...]] = ("number", "moment")

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {"value": by_row(values, np.mean)}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return each("mean", learnt["value"], facts.form)


@steps
class ImputeMostFrequent(Impute):
    """The most frequent value of the training rows; the smallest, or the first level, of several."""

    kind: Literal["impute_most_frequent"] = "impute_most_frequent"

    title: ClassVar[str] = "Impute with the most frequent value"
    takes: ClassVar[tuple[Form, ...]] = ("number", "level", "moment")
    learns_counts: ClassVar[bool] = True

    def learn(self, values: Array, facts: Facts) -> Learnt:
        if facts.form == "level" and facts.levels:
            counts, _, _ = level_counts(values, facts)
            return {"value": np.array([counts.argmax()], dtype=np.float64)}
        return {"value": by_row(values, _most_frequent)}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        code = int(learnt["value"][0]) if len(learnt["value"]) else 0
        if facts.levels and 0 <= code < len(facts.levels):
            return f"most frequent {facts.levels[code]}"
        return each("most frequent", learnt["value"], facts.form)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        return ""


@steps
class ImputeConstant(Impute):
    """A number of your own, for columns where missing means something known, such as none."""

    kind: Literal["impute_constant"] = "impute_constant"
    value: float = Field(
        0.0,
        ge=-1e15,
        le=1e15,
        description="The number that stands for a missing cell, in the unit of what arrives at this step.",
        json_schema_extra={"why": "Zero is right where an empty cell means that there is none."},
    )

    title: ClassVar[str] = "Impute with a number"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {"value": np.full(len(values), self.value)}

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"constant {number(self.value)}"


@steps
class MissingIndicator(Step):
    """A number of its own beside the value: 1 where the cell is missing, else 0; later steps leave it as it is."""

    kind: Literal["missing_indicator"] = "missing_indicator"

    title: ClassVar[str] = "Add an is-missing column"
    takes: ClassVar[tuple[Form, ...]] = ("number", "level", "moment", "text", "picture")
    is_beside: ClassVar[bool] = True

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        from torch import nn

        return nn.Identity()

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return "is missing: 1 or 0"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return (f"{facts.name} is missing",)


def _most_frequent(row: Array) -> float:
    values, counts = np.unique(row, return_counts=True)
    return float(values[np.argmax(counts)])
