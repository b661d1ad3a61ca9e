"""The step that gives every level a number to be looked up by: what an Embedding takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, level_counts, steps
from nnlab.prep.wording import number

if TYPE_CHECKING:
    from torch import nn

MOST_LEVELS = 1000  # as many as a column keeps


@steps
class EmbeddingCodes(Step):
    """The level's id, in the network's input `codes`: 0 rare or not seen, 1 missing, then from most to least frequent.

    An Embedding in the branch `codes` learns what each level stands for.
    """

    kind: Literal["embedding_codes"] = "embedding_codes"
    levels: int = Field(
        MOST_LEVELS,
        ge=1,
        le=MOST_LEVELS,
        description="The most frequent levels that get an id; the rest share one.",
        json_schema_extra={"search": "log"},
    )
    least_rows: int = Field(
        2,
        ge=1,
        le=1_000_000,
        description="A level with fewer training rows than this shares the id of levels that were not seen.",
        json_schema_extra={"why": "Levels seen once show the network what to make of one it has not seen."},
    )

    title: ClassVar[str] = "Embedding codes"
    takes: ClassVar[tuple[Form, ...]] = ("level",)
    gives: ClassVar[Form | None] = "codes"
    learns_counts: ClassVar[bool] = True

    def learn(self, values: Array, facts: Facts) -> Learnt:
        counts = level_counts(values, facts)[0][: self.levels]
        return {"n_levels": np.array([(counts >= self.least_rows).sum()], dtype=np.float64)}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.text_modules import LevelIds

        return LevelIds(_n_levels(learnt))

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"an id for each of {number(_n_levels(learnt), 9)} levels"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return ()

    def n_ids(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return _n_levels(learnt) + 2


def _n_levels(learnt: Learnt) -> int:
    n_levels = int(learnt["n_levels"][0])
    if not 0 <= n_levels <= MOST_LEVELS:
        raise ValueError("more levels than a column can have")
    return n_levels
