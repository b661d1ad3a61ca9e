"""Table and recipe to `Fitted`: what is learnt, from training rows only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from nnlab.data.columns import Column, Columns, ImageForm, Task
from nnlab.data.pictures import form_of, thumbnails
from nnlab.errors import DataError, LimitError
from nnlab.limits import limits
from nnlab.machine import on_all_cores
from nnlab.network.shapes import size
from nnlab.prep.cells import Levels, cells, cells_in, infinite
from nnlab.prep.chain import (
    PICTURE_NUMBERS,
    FittedColumn,
    FittedStep,
    as_tensor,
    stepped,
    texts_of,
)
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import Recipe, is_large, resolve
from nnlab.prep.split import TRAIN, Parts
from nnlab.prep.steps import FORMS, Array, Facts, Learnt, Step, Texts, TextStep
from nnlab.prep.steps.base import LEVELS_KEPT, median
from nnlab.prep.target import fit_target
from nnlab.prep.windows import FittedWindows, fit_windows
from nnlab.prep.wording import number

if TYPE_CHECKING:
    import pandas as pd

A_FEW = 1000  # values among which most columns show that they are not whole
TEXT_NUMBERS = 20_000_000  # of texts that steps after the one that reads them learn from, 160 MB
LONGEST_TYPICAL = 2_000  # letters of the text that a form begins with


def fit(
    frame: pd.DataFrame,
    columns: Columns,
    recipe: Recipe,
    parts: Parts,
    task: Task,
    known: Mapping[str, FittedColumn] | None = None,
) -> Fitted:
    """What the recipe learns from the rows whose part is train; columns it does not name get their default.

    Columns in `known` were learnt from the same rows by the same steps, and are taken as they are; those that learn
    from the target are learnt anew.

    Raises `SpecError` for a chain that cannot run, `DataError` where no column is left to learn from, `LimitError`
    where a row would become more numbers than is granted.
    """
    chains = {entry.column: entry.steps for entry in resolve(recipe, frame, columns, parts).columns}
    known = known or {}
    target = fit_target(frame, columns, parts, task, recipe.target)
    is_train = parts == TRAIN
    train = None if is_train.all() else np.flatnonzero(is_train)  # of all rows no copy is taken
    windows: FittedWindows | None = None
    asked = columns.features
    if recipe.windows.are_wanted:
        if recipe.target.transform not in ("auto", "standardize"):
            raise DataError(
                "the target of windows is standardized, as its own past is",
                where="recipe.target.transform",
                came=recipe.target.transform,
                do="Set the target's transform to standardize.",
                repair={"set": "recipe.target.transform", "value": "standardize"},
            )
        windows, ahead = fit_windows(frame, columns, recipe.windows, parts, task, target)
        asked = tuple(column for column in asked if column.name not in windows.channels)
    needs_target = any(step.needs_target for column in asked for step in chains[column.name])
    if windows is not None and needs_target:
        raise DataError(
            "a step that learns from the target cannot stand beside windows of it",
            where="recipe",
            came="target encoding",
            do="Choose one-hot or embedding codes for the column.",
        )
    target_TN = target.numbers(frame.loc[is_train, list(target.names)]) if needs_target else None

    def learnt(column: Column) -> FittedColumn:
        chain = chains[column.name]
        if column.name in known and not any(step.needs_target for step in chain):
            return known[column.name]
        return fit_column(column, chain, _in_rows(frame[column.name], train), target_TN)

    n_new = len(asked) - len(known)
    features = tuple(on_all_cores(learnt, asked) if is_large(frame, n_new) else map(learnt, asked))
    if windows is None and not any(column.is_used for column in features):
        raise DataError(
            "a network needs at least one column to learn from",
            where="columns",
            came="none is left after roles, kinds and left-out columns",
            do="Make a column a feature, or choose other steps.",
        )
    n_numbers = sum(column.n_features + (column.n_values if column.input != "table" else 0) for column in features)
    n_numbers += size(windows.shape) if windows else 0
    if n_numbers > limits().features:
        raise LimitError(
            f"a row may become {number(limits().features, 9)} numbers",
            where="preparation",
            came=number(n_numbers, 9),
            do="Leave columns out or keep fewer levels.",
        )
    target = ahead if windows else target
    made = Fitted(columns=columns, features=features, target=target, n_rows=int(is_train.sum()), windows=windows)
    _ = made.input_shapes  # says now what cannot be joined
    return made


def _in_rows(series: pd.Series[Any], rows: npt.NDArray[np.int64] | None) -> pd.Series[Any]:
    return series if rows is None else cells_in(series, rows)


def fit_column(
    column: Column, chain: tuple[Step, ...], series_train: pd.Series[Any], target: Array | None = None
) -> FittedColumn:
    """One column's steps, each fitted on what the ones before it make of the training values.

    target: of the training rows as `FittedTarget.numbers` gives it, for steps that need it.
    """
    form = FORMS[column.kind]
    if form == "level":
        return _fit_levels(column, chain, series_train, target)
    image = _form(column, series_train) if column.kind == "image" else None
    step = 1 if image is None else max(1, -(-len(series_train) * image.n_numbers // PICTURE_NUMBERS))
    values = cells(series_train.iloc[::step], column.kind, image=image)  # pictures far apart stand for all
    texts = _texts(chain, series_train)
    fitted = _learn(chain, values, Facts(column.name, form=form, image=image), texts)
    measured = _Measured.of(values, fitted) if form in ("number", "moment") else _Measured()
    return FittedColumn(
        name=column.name,
        kind=column.kind,
        steps=fitted,
        levels=(),
        n_levels=0,
        n_missing=int((np.isnan(values) if image is None else series_train.isna()).sum()),
        n_infinite=int(infinite(series_train, column.kind).sum()),
        minimum=measured.minimum,
        maximum=measured.maximum,
        median=measured.median,
        is_whole=column.kind == "numeric" and measured.is_whole,
        image=image,
        typical=_typical(series_train, image, texts) if form != "moment" else _moment(series_train, values, measured),
    )


def _fit_levels(
    column: Column, chain: tuple[Step, ...], series_train: pd.Series[Any], target: Array | None
) -> FittedColumn:
    """A column of levels; where every step can learn from the counts of levels, that is all it sees."""
    most = max((step.most_levels for step in chain), default=LEVELS_KEPT)
    found = Levels.of(series_train, most)
    known = dict.fromkeys(level for step in chain for level in step.known_levels())
    kept = (*found.levels[:most], *(level for level in known if level not in found.levels[:most]))
    facts, texts = Facts(column.name, kept, form="level", target=target), _texts(chain, series_train)
    main = [step for step in chain if not step.is_beside]
    if all(step.learns_counts for step in main) and all(step.gives is None for step in main[:-1]):
        fitted = _learn(chain, found.places, replace(facts, counts=found.counts))
    else:
        fitted = _learn(chain, found.values, facts, texts)
    return FittedColumn(
        name=column.name,
        kind=column.kind,
        steps=fitted,
        levels=kept,
        n_levels=len(found.levels),
        n_missing=found.n_missing,
        n_infinite=0,
        minimum=None,
        maximum=None,
        median=None,
        is_whole=False,
    )


def _typical(series_train: pd.Series[Any], image: ImageForm | None, texts: Texts) -> str | None:
    """What a form begins with: the first training picture, or the first text of a column whose texts are read."""
    if image is not None:
        return next(iter(thumbnails(series_train.dropna().tolist(), image, 1)), None)
    return next((text[:LONGEST_TYPICAL] for text in texts if text), None)


def _moment(series_train: pd.Series[Any], values: Array, measured: _Measured) -> str | None:
    """What a form begins with: the last training date that does not lie after the median, which may fall between two.

    `values` (N,) are the dates as numbers.
    """
    if measured.median is None:
        return None
    at = int(np.where(values <= measured.median, values, -np.inf).argmax())
    return str(series_train.iloc[at]).removesuffix(" 00:00:00")


def _texts(chain: tuple[Step, ...], series_train: pd.Series[Any]) -> Texts:
    """The cells as texts where a step reads them."""
    return texts_of(series_train) if any(isinstance(step, TextStep) for step in chain) else []


def _form(column: Column, series_train: pd.Series[Any]) -> ImageForm:
    """The form found when the file was read, or that of the training pictures; a dot where there are none."""
    return column.image or form_of(series_train.dropna().tolist()) or ImageForm(height=1, width=1)


@dataclass(frozen=True)
class _Measured:
    """What is known of the training values that are there; None where there are none."""

    minimum: float | None = None
    maximum: float | None = None
    median: float | None = None
    is_whole: bool = True

    @classmethod
    def of(cls, values: Array, fitted: tuple[FittedStep, ...]) -> _Measured:
        """Of numbers (N,); a median that the first step has learnt is not sought again."""
        minimum = float(np.fmin.reduce(values)) if len(values) else math.nan
        if math.isnan(minimum):
            return cls()
        first = next((each for each in fitted if not each.step.is_beside), None)
        has_it = first is not None and first.step.kind == "impute_median"
        middle = float(first.learnt["value"][0]) if first is not None and has_it else median(values)
        is_whole = all(_are_whole(values[some]) for some in (slice(A_FEW), slice(A_FEW, None)))
        return cls(minimum, float(np.fmax.reduce(values)), middle, is_whole)


def _are_whole(values: Array) -> bool:
    """Whether every value that is there is a whole number."""
    return not (np.floor(values) < values).any()


def _learn(chain: tuple[Step, ...], values: Array, facts: Facts, texts: Texts = ()) -> tuple[FittedStep, ...]:
    """The steps, each fitted on what the ones before it make of the training values."""
    now_KN = as_tensor(values)
    fitted: list[FittedStep] = []
    last = max((index for index, step in enumerate(chain) if not step.is_beside), default=-1)
    for index, step in enumerate(chain):
        if isinstance(step, TextStep):
            learnt, words = step.learn_texts(texts, facts)
            fitted.append(FittedStep(step, _owned(learnt), words))
        else:
            fitted.append(FittedStep(step, _owned(step.learn(now_KN.to(torch.float64).numpy(), facts))))
        if step.is_beside:
            continue
        if index < last and not step.leaves(now_KN.numpy()):
            own = step.train_values(now_KN.to(torch.float64).numpy(), facts) if step.needs_target else None
            module = step.module(fitted[-1].learnt)
            now_KN = as_tensor(own) if own is not None else stepped(module, _read(fitted[-1], texts, now_KN))
        facts = replace(facts, words=fitted[-1].words or facts.words, form=step.gives or facts.form)
    return tuple(fitted)


def _read(fitted: FittedStep, texts: Texts, now_KN: torch.Tensor) -> torch.Tensor:
    """What a step starts from: what it reads in texts, those far apart standing for all; else what has come so far."""
    if fitted.encoder is None:
        return now_KN
    apart = max(1, -(-len(texts) * fitted.n_cells // TEXT_NUMBERS))
    return as_tensor(fitted.encoder(texts[::apart]))


def _owned(learnt: Learnt) -> Learnt:
    """The same numbers in arrays that nobody else holds and nobody can change."""
    found = {name: np.array(values, dtype=np.float64, order="C") for name, values in learnt.items()}
    for values in found.values():
        values.setflags(write=False)
    return found
