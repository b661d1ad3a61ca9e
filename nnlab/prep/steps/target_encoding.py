"""The step that puts the target's mean in the place of a level, learnt so that no row sees its own target."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.errors import DataError
from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps
from nnlab.prep.wording import number

if TYPE_CHECKING:
    from torch import nn


@steps
class TargetEncoding(Step):
    """The mean of the target over the training rows of the level, drawn towards the mean of all where they are few.

    One number for numbers and for two classes (the share of the second), one for each of more classes.

    Two kinds of numbers come of it. What is learnt, and what every row to validate, test or predict gets, are the means
    over all training rows. A training row gets another number: the training rows are dealt into folds, alike in their
    targets, and the mean of its level is taken over the other folds (`train_values`). So no row is told its own target,
    and what the network learns to expect of these numbers is what they are worth on new rows: with means over all
    rows, a level of one row would give its target away. Steps that follow learn from these numbers too. Applied to
    a training row later, the preparation gives the means over all rows, as for any row: the same row always has the
    same bits, alone or among others.

    Rare levels beyond those that are kept share one mean; missing is a level of its own; what was never seen gets the
    mean of all. With smoothing m, a level with n rows gets (sum + m · mean of all) / (n + m), as TargetEncoder of
    scikit-learn, after Micci-Barreca (2001), "A preprocessing scheme for high-cardinality categorical attributes".
    """

    kind: Literal["target_encoding"] = "target_encoding"
    smooth: float = Field(
        10.0,
        ge=0,
        le=1e6,
        description="How many rows of the mean of all are mixed into each level.",
        json_schema_extra={"why": "The mean of a few rows is mostly chance.", "search": "log"},
    )
    n_folds: int = Field(5, ge=2, le=50, description="Folds that training rows are dealt into.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="The same seed deals the same folds.")

    title: ClassVar[str] = "Target encoding"
    takes: ClassVar[tuple[Form, ...]] = ("level",)
    gives: ClassVar[Form | None] = "number"
    needs_target: ClassVar[bool] = True
    most_levels: ClassVar[int] = 50_000  # one number each

    def learn(self, values: Array, facts: Facts) -> Learnt:
        target_TN, places = _target(facts), _places(values, len(facts.levels))
        none = np.zeros(len(places), dtype=np.int64)
        sums_TM, counts_M = _sums(target_TN, places, none, len(facts.levels) + 2, 1)
        return {"means": self._means(sums_TM[:, :, 0], counts_M[:, 0])}

    def train_values(self, values: Array, facts: Facts) -> Array:
        target_TN, places, n_places = _target(facts), _places(values, len(facts.levels)), len(facts.levels) + 2
        fold = folds(target_TN[0], self.n_folds, self.seed)
        sums_TMF, counts_MF = _sums(target_TN, places, fold, n_places, self.n_folds)
        rest = [
            self._means(sums_TMF.sum(axis=2) - sums_TMF[:, :, at], counts_MF.sum(axis=1) - counts_MF[:, at])
            for at in range(self.n_folds)
        ]
        return np.array(np.stack(rest, axis=2)[:, places, fold])

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import LevelTable

        return LevelTable(learnt["means"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"mean of the target by level, {number(self.smooth)} rows of all mixed in"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        n_outputs = len(learnt["means"])
        if n_outputs == 1:
            return (f"{facts.name} mean of target",)
        return tuple(f"{facts.name} mean of target {place}" for place in range(1, n_outputs + 1))

    def _means(self, sums_TM: Array, counts_M: Array) -> Array:
        """The smoothed mean of each place, of all rows where it has none."""
        n_rows = counts_M.sum()
        overall_T1 = sums_TM.sum(axis=1, keepdims=True) / max(1.0, n_rows)
        divisor_M = np.where(counts_M + self.smooth > 0, counts_M + self.smooth, 1.0)
        found: Array = (sums_TM + self.smooth * overall_T1) / divisor_M
        return np.where(counts_M > 0, found, overall_T1)


def folds(target: Array, n_folds: int, seed: int) -> npt.NDArray[np.int64]:
    """A fold for each row (N,), by chance, each with its share of every part of the target's range or of every class.

    Were the shares left to chance, the mean of the other folds would tell a little of a row's own: where its fold has
    more than its share, the others have less.
    """
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(target)), target))
    n_decks = -(-len(target) // n_folds)
    decks = rng.permuted(np.tile(np.arange(n_folds), (n_decks, 1)), axis=1).ravel()[: len(target)]
    found = np.empty(len(target), dtype=np.int64)
    found[order] = decks
    return found


def _target(facts: Facts) -> Array:
    if facts.target is None:
        raise DataError("target encoding learns from the target", where=f"column {facts.name[:80]}", came="no target")
    return facts.target


def _places(values: Array, n_levels: int) -> npt.NDArray[np.int64]:
    """The place of each row: its level, then one for other levels, then one for none."""
    flat = values.ravel()
    return np.where(np.isnan(flat), n_levels + 1, np.where(flat < 0, n_levels, flat)).astype(np.int64)


def _sums(
    target_TN: Array, places: npt.NDArray[np.int64], fold: npt.NDArray[np.int64], n_places: int, n_folds: int
) -> tuple[Array, Array]:
    """The sum of each target (T, M, F) and the number of rows (M, F) for every place and fold."""
    at, n_all, shape = places * n_folds + fold, n_places * n_folds, (n_places, n_folds)
    sums = [np.bincount(at, target_N, n_all).reshape(shape) for target_N in target_TN]
    return np.array(sums), np.bincount(at, minlength=n_all).reshape(shape).astype(np.float64)
