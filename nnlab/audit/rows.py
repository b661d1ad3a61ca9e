"""The rows under audit: typed, with their parts, and what several checks need computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.audit.truth import Truth, truths_of
from nnlab.data.columns import Column, Columns, Role, Task
from nnlab.prep.cells import cells
from nnlab.prep.grouped import groups_of
from nnlab.prep.level_names import level_text
from nnlab.prep.repeats import repeated
from nnlab.prep.split import LEFT_OUT, TRAIN, VALIDATION, Parts, Split, parts

if TYPE_CHECKING:
    import pandas as pd

Indices = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]
SCORED = ("numeric", "categorical", "boolean", "datetime")  # kinds that a score of one column is told for
MOST_KEPT = 20_000_000  # cells
MOST_TRAIN = 20_000  # rows that the audit's own models learn from
MOST_VALIDATION = 10_000
FEW_VALIDATION = 200  # held-out rows; with fewer, five turns over training and validation rows hold out all of them
N_FOLDS = 5
LEAST_HELD_OUT = 15  # rows; on fewer nothing is said about leakage
SEED = 0


class Rows:
    """A typed frame with its columns, task and parts; `task` is None while the target cannot be learnt."""

    def __init__(
        self, frame: pd.DataFrame, columns: Columns, task: Task | None, parts: Parts, split: Split | None = None
    ) -> None:
        self.frame, self.columns, self.task, self.parts, self.split = frame, columns, task, parts, split or Split()
        self.alone: dict[tuple[int, str], float] = {}  # scores of one column: kept by `probe`
        self.together: dict[tuple[int | str, ...], float] = {}  # scores of many: kept by `leakage`
        self.n_compared = 0  # findings that were given a score with and without
        self.told: dict[tuple[str, str], str] = {}  # the voice in which a target's column is told of already
        self._codes: dict[str, tuple[Indices, Any]] = {}
        self._numbers: dict[str, Array] = {}

    @property
    def _is_small(self) -> bool:
        """Whether there is memory to keep what was computed of each column; of a large table it is computed again."""
        return self.frame.size <= MOST_KEPT

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    @property
    def features(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns.features if column.name in self.frame.columns)

    @property
    def scored(self) -> tuple[Column, ...]:
        """The features that are numbers, levels or dates."""
        return tuple(column for column in self.features if column.kind in SCORED)

    @property
    def numeric(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.features if column.kind == "numeric")

    @cached_property
    def truths(self) -> tuple[Truth, ...]:
        """What is to be predicted, one for each target."""
        return truths_of(self.frame, self.columns, self.task) if self.task else ()

    @cached_property
    def train(self) -> Indices:
        """The places of all training rows."""
        return np.flatnonzero(self.parts == TRAIN)

    @cached_property
    def seen(self) -> Indices:
        """The places of training and validation rows: what the audit's models may look at."""
        return np.flatnonzero((self.parts == TRAIN) | (self.parts == VALIDATION))

    @cached_property
    def labelled(self) -> Indices:
        return np.flatnonzero(self.parts != LEFT_OUT)

    @cached_property
    def repeats(self) -> Indices:
        """The group of each row: rows alike in all features and targets share one."""
        return repeated(self.frame, self.columns)

    @cached_property
    def folds(self) -> tuple[tuple[Indices, Indices], ...]:
        """Places to learn from and places to judge on, without a test row; of many rows a fixed sample.

        One pair, or five where few rows validate; none where nothing could be told.
        """
        validation = np.flatnonzero(self.parts == VALIDATION)
        decides = self.columns.split_column or self.columns.time_column
        if len(validation) >= (LEAST_HELD_OUT if decides else FEW_VALIDATION):
            return ((_sample(self.train, MOST_TRAIN), _sample(validation, MOST_VALIDATION)),)
        if decides or len(self.seen) < LEAST_HELD_OUT:
            return ()
        _, groups = np.unique(self._together()[self.seen], return_inverse=True)
        turn_of = np.random.default_rng(SEED).permutation(int(groups.max()) + 1) % N_FOLDS
        turns = turn_of[groups]
        parted = ((self.seen[turns != turn], self.seen[turns == turn]) for turn in range(N_FOLDS))
        return tuple((learnt, judged) for learnt, judged in parted if len(learnt) and len(judged))

    def _together(self) -> Indices:
        """The group of each row that a turn holds out whole: of the person's own groups, else rows alike."""
        if self.columns.group_columns:
            return groups_of(self.frame, self.columns.group_columns)
        return self.repeats

    @property
    def n_judged(self) -> int:
        """How many rows held-out scores rest on."""
        return sum(len(judged) for _, judged in self.folds)

    @property
    def n_learnt(self) -> int:
        """How many rows the audit's models learn from."""
        return max((len(learnt) for learnt, _ in self.folds), default=0)

    def divided(self, name: str, role: Role) -> Rows:
        """Training and validation rows divided anew, as they are with another role for a column; no test row is among
        them."""
        assert self.task is not None, "only asked of rows with a task"
        columns, frame = self.columns.changed(name, role=role), self.frame.iloc[self.seen]
        return Rows(frame, columns, self.task, parts(frame, columns, self.task, self.split), self.split)

    def codes(self, name: str) -> tuple[Indices, Any]:
        """The place of each row's value among the column's distinct values (N,), −1 for missing, and these values."""
        if name in self._codes:
            return self._codes[name]
        codes, distinct = self.frame[name].factorize()
        found = codes.astype(np.int64), distinct
        if self._is_small:
            self._codes[name] = found
        return found

    def numbers(self, name: str) -> Array:
        """A column of numbers or dates as float64 (N,), NaN for missing."""
        if name in self._numbers:
            return self._numbers[name]
        found = cells(self.frame[name], self.columns[name].kind)
        if self._is_small:
            self._numbers[name] = found
        return found

    def is_missing(self, name: str) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = self.frame[name].isna().to_numpy()
        return found

    def leaking(self, target: str) -> set[str]:
        """The columns that are told of as leaks already."""
        return {name for (about, name), voice in self.told.items() if about == target and voice == "leak"}

    def lines(self, places: Indices, most: int = 20) -> list[int]:
        """The lines of the file in which these rows stand, the first few."""
        return [int(line) for line in self.frame.index[places[:most]]]

    def level(self, name: str, code: int) -> str:
        """A distinct value as text."""
        return level_text(self.codes(name)[1][code])


def _sample(places: Indices, most: int) -> Indices:
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(SEED).choice(places, most, replace=False))
