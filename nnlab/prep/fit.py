"""Table and recipe to `Fitted`: what is learnt, from training rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from nnlab.data.columns import Column, Columns, ImageForm, Task
from nnlab.data.pictures import form_of, thumbnails
from nnlab.errors import DataError, LimitError
from nnlab.limits import limits
from nnlab.prep.cells import cells, infinite, levels_by_count
from nnlab.prep.chain import LARGEST_FEATURE, PICTURE_NUMBERS, FittedColumn, FittedStep, stepped
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import Recipe, resolve
from nnlab.prep.split import TRAIN, Parts
from nnlab.prep.steps import FORMS, Array, Facts, Learnt, Step
from nnlab.prep.target import fit_target
from nnlab.prep.wording import number

if TYPE_CHECKING:
    import pandas as pd

LEVELS_KEPT = 1000  # of a column; rarer ones count as unseen, and memory stays bounded


def fit(frame: pd.DataFrame, columns: Columns, recipe: Recipe, parts: Parts, task: Task) -> Fitted:
    """What the recipe learns from the rows whose part is train; columns it does not name get their default.

    Raises `SpecError` for a chain that cannot run, `DataError` where no column is left to learn from, `LimitError`
    where a row would become more numbers than is granted.
    """
    whole = resolve(recipe, frame, columns, parts)
    target = fit_target(frame, columns, parts, task)
    is_train = parts == TRAIN
    features = tuple(
        fit_column(column, whole[column.name].steps, frame[column.name].loc[is_train]) for column in columns.features
    )
    n_features = sum(column.n_features for column in features)
    if not n_features:
        raise DataError(
            "a network needs at least one column to learn from",
            where="columns",
            came="none is left after roles, kinds and left-out columns",
            do="Make a column a feature, or choose other steps.",
        )
    if n_features > limits().features:
        raise LimitError(
            f"a row may become {number(limits().features, 9)} numbers",
            where="preparation",
            came=number(n_features, 9),
            do="Leave columns out or keep fewer levels.",
        )
    return Fitted(columns=columns, features=features, target=target, n_rows=int(is_train.sum()))


def fit_column(column: Column, chain: tuple[Step, ...], series_train: pd.Series[Any]) -> FittedColumn:
    """One column's steps, each fitted on what the ones before it make of the training values."""
    levels: list[str] = []
    image = _form(column, series_train) if column.kind == "image" else None
    if FORMS[column.kind] == "level":
        levels, values = levels_by_count(series_train, LEVELS_KEPT)
    elif image is not None:
        step = max(1, -(-len(series_train) * image.n_numbers // PICTURE_NUMBERS))  # pictures far apart stand for all
        values = cells(series_train.iloc[::step], column.kind, image=image)
    else:
        values = cells(series_train, column.kind)
    kept = tuple(levels[:LEVELS_KEPT])
    present = values[~np.isnan(values)] if FORMS[column.kind] in ("number", "moment") else values[:0]
    median = float(np.median(present)) if len(present) else None
    fitted, fallback = _learn(chain, values, Facts(column.name, kept), median)
    return FittedColumn(
        name=column.name,
        kind=column.kind,
        steps=fitted,
        levels=kept,
        n_levels=len(levels),
        n_missing=int((np.isnan(values) if image is None else series_train.isna()).sum()),
        n_infinite=int(infinite(series_train, column.kind).sum()),
        minimum=float(present.min()) if len(present) else None,
        maximum=float(present.max()) if len(present) else None,
        median=median,
        is_whole=column.kind == "numeric" and bool((present == np.floor(present)).all()),
        fallback=fallback,
        image=image,
        typical=next(iter(thumbnails(series_train.dropna().tolist(), image, 1)), None) if image else None,
    )


def _form(column: Column, series_train: pd.Series[Any]) -> ImageForm:
    """The form found when the file was read, or that of the training pictures; a dot where there are none."""
    return column.image or form_of(series_train.dropna().tolist()) or ImageForm(height=1, width=1)


def _learn(
    chain: tuple[Step, ...], values: Array, facts: Facts, median: float | None
) -> tuple[tuple[FittedStep, ...], Array]:
    """The fitted steps, and what they make of the training median (of nothing: zeros)."""
    now_KN = torch.from_numpy(values if values.ndim == 2 else values[None])
    typical_K1 = torch.full((len(now_KN), 1), torch.nan if median is None else median, dtype=torch.float64)
    fitted: list[FittedStep] = []
    last = max((index for index, step in enumerate(chain) if not step.is_beside), default=-1)
    for index, step in enumerate(chain):
        learnt = _owned(step.learn(now_KN.to(torch.float64).numpy(), facts))
        fitted.append(FittedStep(step, learnt))
        if step.is_beside:
            continue
        module = step.module(learnt)
        typical_K1 = stepped(module, typical_K1)
        if index < last:
            now_KN = stepped(module, now_KN)
    ends = torch.nan_to_num(typical_K1.to(torch.float64)[:, 0]).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
    return tuple(fitted), ends.numpy().copy()


def _owned(learnt: Learnt) -> Learnt:
    """The same numbers in arrays that nobody else holds and nobody can change."""
    found = {name: np.array(values, dtype=np.float64, order="C") for name, values in learnt.items()}
    for values in found.values():
        values.setflags(write=False)
    return found
