"""The steps of one column as they were fitted, and the torch module that applies them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from nnlab.data.columns import ImageForm, Kind
from nnlab.prep.cells import cells
from nnlab.prep.steps import FORMS, Array, Facts, Learnt, Step

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 65_536  # rows at once, so that what lies between a cell and its slot stays small
PICTURE_NUMBERS = 2_000_000  # of pictures at once, 16 MB; they are many numbers a row
LARGEST_FEATURE = 1e18  # sums and products of a few such numbers stay finite in float32


@dataclass(frozen=True, eq=False)
class FittedStep:
    """A step with what it learnt from training rows."""

    step: Step
    learnt: Learnt


@dataclass(frozen=True, eq=False)
class FittedColumn:
    """One feature column: its fitted steps, and what is known of its training values.

    minimum, maximum and median are numbers, or seconds since 1970 for dates; None for other kinds or no value at all.
    `levels` go from most to least frequent; there may be more (`n_levels`) than are kept. `fallback` (K,) is what the
    chain gives for the training median: it stands for a missing value that no step filled. Of pictures `image` is the
    form, and `typical` the first training one, at that size.
    """

    name: str
    kind: Kind
    steps: tuple[FittedStep, ...]
    levels: tuple[str, ...]
    n_levels: int
    n_missing: int
    n_infinite: int
    minimum: float | None
    maximum: float | None
    median: float | None
    is_whole: bool  # every training value is a whole number
    fallback: Array
    image: ImageForm | None = None
    typical: str | None = None

    @property
    def facts(self) -> Facts:
        return Facts(name=self.name, levels=self.levels)

    @cached_property
    def chain(self) -> Chain:
        """The module that applies the steps."""
        return Chain(self.steps, self.fallback)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the numbers that the column becomes, is-missing columns last."""
        names: tuple[str, ...] = (self.name,) if FORMS[self.kind] in ("number", "moment") else ()
        names = pixel_names(self.name, self.image) if self.image else names
        beside: tuple[str, ...] = ()
        for fitted in self.steps:
            if fitted.step.is_beside:
                beside += fitted.step.names((), fitted.learnt, self.facts)
            else:
                names = fitted.step.names(names, fitted.learnt, self.facts)
        return names + beside

    @property
    def n_features(self) -> int:
        return len(self.feature_names)

    def cells(self, series: pd.Series[Any]) -> torch.Tensor:
        """The cells of a typed column as the chain takes them, float64 (K, N): one number a cell, or its pixels."""
        found = cells(series, self.kind, self.levels, self.image)
        return torch.from_numpy(found if found.ndim == 2 else found[None])

    def blocks(self, series: pd.Series[Any]) -> Iterator[tuple[int, torch.Tensor]]:
        """The cells by blocks of rows, each with its first row."""
        n_rows = BLOCK if self.image is None else max(1, PICTURE_NUMBERS // self.image.n_numbers)
        for start in range(0, len(series), n_rows):
            yield start, self.cells(series.iloc[start : start + n_rows])


class Chain(nn.Module):
    """The cells of one column, float64 with NaN for missing, to its numbers: a list of (K, N) blocks.

    A cell is one number, (N,) or (1, N), or the pixels of a picture, (K, N), which are missing together.

    The last word on missing values: whatever the steps left NaN becomes the fallback, so every number is finite.
    """

    fallback_K1: torch.Tensor

    def __init__(self, fitted: tuple[FittedStep, ...], fallback: Array) -> None:
        super().__init__()
        self.main = nn.ModuleList(f.step.module(f.learnt) for f in fitted if not f.step.is_beside)
        self.beside = nn.ModuleList(f.step.module(f.learnt) for f in fitted if f.step.is_beside)
        self.register_buffer("fallback_K1", torch.tensor(fallback, dtype=torch.float64).reshape(-1, 1))

    def forward(self, cells_KN: torch.Tensor) -> list[torch.Tensor]:
        x_KN = cells_KN if cells_KN.ndim == 2 else cells_KN[None]
        missing_1N = torch.isnan(x_KN[:1])
        for module in self.main:
            x_KN = stepped(module, x_KN)
        if x_KN.dtype != torch.bool:
            x_KN = torch.where(torch.isnan(x_KN), self.fallback_K1, x_KN).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
        return [x_KN, *(module(missing_1N) for module in self.beside)]


def pixel_names(column: str, image: ImageForm) -> tuple[str, ...]:
    """A name for each number of a picture: its colour, row and column, counted from 0."""
    colours = ("",) if image.channels == 1 else ("red, ", "green, ", "blue, ")
    return tuple(
        f"{column}[{colour}{row}, {place}]"
        for colour in colours
        for row in range(image.height)
        for place in range(image.width)
    )


def stepped(module: nn.Module, x_KN: torch.Tensor) -> torch.Tensor:
    """The values after one more module; flags become numbers first."""
    answer: torch.Tensor = module(x_KN.to(torch.float64) if x_KN.dtype == torch.bool else x_KN)
    return answer
