"""The lie made visible: the score of a quick model with one thing done rightly and done wrongly, side by side.

Only rows that train or validate are looked at; they are divided anew a few times, and both ways are judged on rows
that the quick model did not learn from. scikit-learn is imported when a reading is taken, never before.

Axes: `N` rows, `F` features, `K` outputs or classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from nnlab.audit.quick_model import Memory, Scorer
from nnlab.baseline_rows import BaselineRows
from nnlab.data.columns import Column, Columns, Role, Task
from nnlab.errors import DataError
from nnlab.prep.batch import Batch
from nnlab.prep.crossed import crossed
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.lookback import Windows
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import LEFT_OUT, TEST, TRAIN, Parts, Split, has_target, parts
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Practice = Literal["choose_columns", "target_encoding", "fit_on_all", "copies", "column", "split"]
Progress = Callable[[float, str], None]
Floats = npt.NDArray[np.float64]

PRACTICES: tuple[Practice, ...] = get_args(Practice)
MOST_ROWS = 5_000
MOST_CELLS = 20_000_000  # rows × features
N_DRAWS = 5  # how often the rows are divided anew; the scores are means
FEWEST_DRAWS = 2  # of very wide tables, whose preparation takes long
WIDE = 2_500  # features that are prepared for each draw more
N_CHOSEN = 20  # columns that choosing keeps
N_FOLDS = 5  # of cross-fitted target encoding
SMOOTHING = 5.0  # rows' worth of the overall mean in every level's mean
TELLING = 0.02  # a smaller difference of two scores says nothing
SINGLE_ROWS = "Single rows are compared, without the past that a window brings."
JUDGED = 0.25  # of the rows in each draw


class LeakReading(Spec):
    """Two scores of the same rows, and what the difference means."""

    what: Practice = Field(description="What was done rightly and wrongly.")
    column: str = Field("", description="The column it is about, if it is about one.")
    right: float = Field(description="The mean score with it done rightly, or without the column.")
    wrong: float = Field(description="The mean score with it done wrongly, or with the column.")
    done_right: str = Field(description="The right way in a few words.")
    done_wrong: str = Field(description="The wrong way in a few words.")
    metric: str = Field(description="AUC (of several classes: the mean over them) or R².")
    n_rows: int = Field(description="Rows that were looked at.")
    sentence: str = Field(description="What the two scores say, for people.")

    @property
    def is_telling(self) -> bool:
        """Whether the wrong way looks better by enough to matter."""
        return self.wrong - self.right >= TELLING


def offered(columns: Columns, name: str = "", *, has_copies: bool = True) -> tuple[Practice, ...]:
    """What can be measured about a column, or with no name about the whole table; looks at kinds and roles alone."""
    if not columns.targets:
        return ()
    if name:
        column = columns[name]
        if column.role in ("group", "time"):
            return ("split",)
        is_feature = column.role == "feature"
        has_others = len(columns.features) > 1  # without its only feature a model has nothing to learn from
        said: list[Practice] = ["column"] if is_feature and has_others else []
        said += ["target_encoding"] if is_feature and column.kind in ("categorical", "id", "text") else []
        said += ["split"] if column.role in ("feature", "ignore") and column.kind in ("id", "datetime") else []
        return tuple(said)
    found: list[Practice] = ["choose_columns", "fit_on_all"]
    found += ["copies"] if has_copies and columns.split_column is None else []
    found += ["split"] if columns.group_columns or columns.time_column else []
    return tuple(found)


def leak_reading(
    frame: pd.DataFrame,
    columns: Columns,
    task: Task,
    split: Split,
    what: Practice,
    column: str = "",
    *,
    recipe: Recipe | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> LeakReading:
    """Both scores of one practice; the same arguments give the same reading.

    frame: typed by the columns' kinds. column: needed for "column" and "target_encoding"; for "split" the column that
    becomes the group (or the time, if it holds dates) where it has neither role yet. Of a recipe with windows single
    rows are compared, and the sentence says so. Raises `DataError` where the rows are too few, the target or the
    column is missing, or no feature is left.
    """
    recipe = recipe or Recipe()
    looks_back = recipe.windows.are_wanted
    if not columns.features:
        raise DataError(
            "the leak meter compares what a quick model learns from the features of single rows",
            where="leak meter",
            came="no feature beside the past of the target" if looks_back else "no feature",
            do="Make a column a feature.",
        )
    rows = _Rows(frame, columns, task, split, recipe.having(windows=Windows()), column, seed)
    measure = _MEASURES[what]
    scores: list[tuple[float, float]] = []
    n_draws = 1 if what == "split" and rows.role == "time" else rows.n_draws
    for draw in range(n_draws):
        if progress is not None:
            progress(draw / n_draws, f"draw {draw + 1} of {n_draws}")
        scores.append(measure(rows, seed + draw))
    known = [pair for pair in scores if np.isfinite(pair).all()]
    if not known:
        raise DataError(
            "the rows that judge must hold at least two different targets",
            where="leak meter",
            came=f"{len(rows.frame)} rows",
            do="Use more rows.",
        )
    right, wrong = (round(float(np.mean(side)), 4) for side in zip(*known, strict=True))
    metric = "R²" if task == "regression" else "AUC"
    bad, good = _ways(what, column, rows.role)
    return LeakReading(
        what=what,
        column=column,
        right=right,
        wrong=wrong,
        done_right=good,
        done_wrong=bad,
        metric=metric,
        n_rows=len(rows.frame),
        sentence=_sentence(what, f"{metric} {wrong:.2f} {bad}, {right:.2f} {good}", wrong - right)
        + (f" {SINGLE_ROWS}" if looks_back else ""),
    )


class _Rows:
    """The rows that may be looked at, as many as are quick, and how they are divided and prepared."""

    def __init__(
        self, frame: pd.DataFrame, columns: Columns, task: Task, split: Split, recipe: Recipe, column: str, seed: int
    ) -> None:
        self.task, self.recipe, self.column = task, recipe, column
        part = parts(frame, columns, task, split)
        usable = (part != TEST) & (part != LEFT_OUT) & has_target(frame, columns, task)
        self.role = _role(columns, column)
        self.columns = columns if not column else _known(columns, column)
        n_features = max(1, len(columns.features))
        self.n_draws = int(np.clip(WIDE // n_features, FEWEST_DRAWS, N_DRAWS))
        most = max(100, min(MOST_ROWS, MOST_CELLS // n_features))
        rows = np.flatnonzero(usable)
        if len(rows) < 20:
            raise DataError("the leak meter needs at least 20 rows", where="leak meter", came=f"{len(rows)} rows")
        if len(rows) > most:
            rows = np.sort(np.random.default_rng(seed).permutation(rows)[:most])
        self.frame = frame.iloc[rows]

    def parts(self, seed: int, columns: Columns | None = None) -> Parts:
        """A draw of rows to learn from and rows to judge, by the roles of the columns."""
        drawn = Split(train=1 - JUDGED, validation=0.0, test=JUDGED, seed=seed)
        chosen = self.columns if columns is None else columns
        return parts(self.frame, _without_roles(chosen, ("split",)), self.task, drawn)

    def prepared(self, part: Parts, columns: Columns | None = None) -> tuple[Fitted, Any]:
        """What the recipe learns from the rows that train, and the features of all rows, (N, F), sparse if need be."""
        fitted = fit(self.frame, columns or self.columns, self.recipe, part, self.task)
        every = crossed(fitted, self.frame, part)
        learns = torch.from_numpy(part == TRAIN)
        train = Batch({name: rows[learns] for name, rows in every.inputs.items()}, None, every.lines[learns])
        found = BaselineRows(fitted, train).of(every)
        if isinstance(found, np.ndarray):
            return fitted, found.astype(np.float64)
        is_small = found.shape[0] * found.shape[1] <= MOST_CELLS
        return fitted, found.toarray().astype(np.float64) if is_small else found

    def scorer(self, fitted: Fitted, part: Parts) -> Scorer:
        target = fitted.targets(self.frame).numpy()
        return Scorer(self.task, target, part == TRAIN, part == TEST, fitted.head.n_outputs)


def _choose_columns(rows: _Rows, seed: int) -> tuple[float, float]:
    part = rows.parts(seed)
    fitted, x_NF = rows.prepared(part)
    scorer = rows.scorer(fitted, part)
    if not isinstance(x_NF, np.ndarray):
        raise DataError("there are too many features to choose from", where="leak meter", came=str(x_NF.shape[1]))
    n_kept = min(N_CHOSEN, max(1, x_NF.shape[1] // 2))
    right = scorer.strength(x_NF, part == TRAIN)
    wrong = scorer.strength(x_NF, (part == TRAIN) | (part == TEST))
    kept = [np.sort(np.argsort(-strength_F, kind="stable")[:n_kept]) for strength_F in (right, wrong)]
    return scorer.linear(x_NF[:, kept[0]]), scorer.linear(x_NF[:, kept[1]])


def _target_encoding(rows: _Rows, seed: int) -> tuple[float, float]:
    part = rows.parts(seed)
    fitted = fit(rows.frame, _alone(rows.columns, rows.column), Recipe(), part, rows.task)
    scorer = rows.scorer(fitted, part)
    codes = rows.frame[rows.column].factorize(use_na_sentinel=False)[0]
    y_NK = scorer.indicators()
    learns = np.flatnonzero(part == TRAIN)
    right = _means(codes, y_NK, learns)
    folds = np.random.default_rng(seed).permutation(len(learns)) % N_FOLDS
    for fold in range(N_FOLDS):
        held = learns[folds == fold]
        right[held] = _means(codes, y_NK, learns[folds != fold])[held]
    return scorer.linear(right), scorer.linear(_means(codes, y_NK, np.arange(len(codes))))


def _fit_on_all(rows: _Rows, seed: int) -> tuple[float, float]:
    part = rows.parts(seed)
    fitted, right_NF = rows.prepared(part)
    scorer = rows.scorer(fitted, part)
    _, wrong_NF = rows.prepared(np.where(part == TEST, TRAIN, part).astype(np.int8))
    return scorer.linear(right_NF), scorer.linear(wrong_NF)


def _copies(rows: _Rows, seed: int) -> tuple[float, float]:
    right = rows.parts(seed)
    wrong = right.copy()
    drawn = right != LEFT_OUT
    wrong[drawn] = np.random.default_rng(seed).permutation(right[drawn])  # as many of each, row by row
    return _remembered(rows, right, rows.columns, seed), _remembered(rows, wrong, rows.columns, seed)


def _column(rows: _Rows, seed: int) -> tuple[float, float]:
    part = rows.parts(seed)
    fitted, x_NF = rows.prepared(part)
    if rows.column not in {column.name for column in fitted.used}:
        raise DataError("the column is left out already", where="leak meter", came=rows.column[:200])
    scorer = rows.scorer(fitted, part)
    if len(fitted.used) == 1:
        return 0.0 if rows.task == "regression" else 0.5, scorer.linear(x_NF)  # without it nothing is left
    _, without_NF = rows.prepared(part, rows.columns.changed(rows.column, role="ignore"))
    return scorer.linear(without_NF), scorer.linear(x_NF)


def _split(rows: _Rows, seed: int) -> tuple[float, float]:
    if rows.role not in ("group", "time"):
        do = "Name the column that tells groups or times."
        raise DataError("no column has the role group or time", where="leak meter", do=do)
    columns = rows.columns.changed(rows.column, role=rows.role) if rows.column else rows.columns
    at_random = _without_roles(columns, ("group", "time"))
    right, wrong = rows.parts(seed, columns), rows.parts(seed, at_random)
    return _remembered(rows, right, columns, seed), _remembered(rows, wrong, at_random, seed)


_MEASURES: dict[Practice, Callable[[_Rows, int], tuple[float, float]]] = {
    "choose_columns": _choose_columns,
    "target_encoding": _target_encoding,
    "fit_on_all": _fit_on_all,
    "copies": _copies,
    "column": _column,
    "split": _split,
}


def _remembered(rows: _Rows, part: Parts, columns: Columns, seed: int) -> float:
    """The score of a model that can learn rows by heart, as networks can and a linear one cannot."""
    fitted, x_NF = rows.prepared(part, columns)
    return Memory(rows.scorer(fitted, part), seed).score(x_NF)


def _means(codes: npt.NDArray[np.int64], y_NK: Floats, rows: npt.NDArray[np.int64]) -> Floats:
    """Each row's level as the mean target of that level in `rows`, (N, K), drawn a little to the mean of all."""
    n_levels = int(codes.max()) + 1
    total, n_rows = np.zeros((n_levels, y_NK.shape[1])), np.bincount(codes[rows], minlength=n_levels)[:, None]
    np.add.at(total, codes[rows], y_NK[rows])
    found: Floats = ((total + SMOOTHING * y_NK[rows].mean(axis=0)) / (n_rows + SMOOTHING))[codes]
    return found


def _known(columns: Columns, name: str) -> Columns:
    """The columns as they are, once it is sure that this one is no target."""
    if columns[name].role == "target":
        raise DataError("the target is no column to measure", where="leak meter", came=name[:200], column=name)
    return columns


def _role(columns: Columns, name: str) -> Role | None:
    if name and columns[name].role not in ("group", "time"):
        return "time" if columns[name].kind == "datetime" else "group"
    if name:
        return columns[name].role
    return "time" if columns.time_column else "group" if columns.group_columns else None


def _without_roles(columns: Columns, roles: tuple[Role, ...]) -> Columns:
    return columns.having(
        columns=tuple(each.having(role="ignore") if each.role in roles else each for each in columns.columns)
    )


def _alone(columns: Columns, name: str) -> Columns:
    """Only this feature, as a column that gives a number whatever its kind."""
    kept: list[Column] = []
    for column in columns.columns:
        if column.name == name:
            kept.append(column.having(role="feature", kind="categorical", image=None))
        elif column.role == "target":
            kept.append(column)
    return columns.having(columns=tuple(kept))


def _ways(what: Practice, column: str, role: Role | None) -> tuple[str, str]:
    """The wrong way and the right one, in words."""
    by_role = "in the order of time" if role == "time" else "by whole groups"
    ways: dict[Practice, tuple[str, str]] = {
        "choose_columns": ("choosing columns before the split", "choosing within the training rows"),
        "target_encoding": ("encoded by the target of all rows", "by that of other training rows"),
        "fit_on_all": ("scaling and filling learnt from all rows", "learnt from the training rows"),
        "copies": ("copies of a row on both sides", "copies kept on one side"),
        "column": (f"with {column[:60]}", "without it"),
        "split": ("rows divided at random", f"rows divided {by_role}"),
    }
    return ways[what]


def _sentence(what: Practice, scores: str, gap: float) -> str:
    if gap < TELLING:
        end = "it makes no difference that can be told here" if gap > -TELLING else "it gains nothing here"
    elif what == "column":
        end = "if its values are known only afterwards, the difference will not be there for new rows"
    else:
        end = f"{gap:.2f} of that score will not be there for new rows"
    return f"{scores}: {end}."
