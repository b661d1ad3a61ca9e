"""The steps of one column as they were fitted, and the torch module that applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from nnlab.data.columns import ImageForm, Kind
from nnlab.prep.cells import reader
from nnlab.prep.modules import filled, single
from nnlab.prep.steps import FORMS, INPUT_OF, Array, Encoder, Facts, Form, InputName, Learnt, Step, TextStep

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 65_536  # rows at once, so that what lies between a cell and its slot stays small
PICTURE_NUMBERS = 2_000_000  # of pictures or texts at once, 16 MB; they are many numbers a row
LARGEST_FEATURE = 1e18  # sums and products of a few such numbers stay finite in float32


@dataclass(frozen=True, eq=False)
class FittedStep:
    """A step with what it learnt from training rows; words of a step that reads texts."""

    step: Step
    learnt: Learnt
    words: tuple[str, ...] = ()

    @cached_property
    def encoder(self) -> Encoder | None:
        """What reads texts for this step; None for a step that goes on from numbers."""
        return self.step.encoder(self.learnt, self.words) if isinstance(self.step, TextStep) else None

    @property
    def n_cells(self) -> int:
        """How many numbers the encoder makes of a text; 0 where there is none."""
        return self.step.n_cells(self.learnt, self.words) if isinstance(self.step, TextStep) else 0


@dataclass(frozen=True, eq=False)
class FittedColumn:
    """One feature column: its fitted steps, and what is known of its training values.

    minimum, maximum and median are numbers, or seconds since 1970 for dates; None for other kinds or no value at all.
    `levels` go from most to least frequent; there may be more (`n_levels`) than are kept. `fallback` (K,) is what the
    chain gives for the training median or the first level, of nothing zeros: it stands for a missing value that no step
    filled. Of pictures `image` is the form, and `typical` the first training one, at that size; of texts that are used
    the first training one; of dates the last training one that does not lie after the median.
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
    image: ImageForm | None = None
    typical: str | None = None
    stored_fallback: Array | None = None  # as it was written down; None: it is worked out when it is asked for

    @property
    def facts(self) -> Facts:
        return Facts(name=self.name, levels=self.levels, image=self.image, words=self.words)

    def facts_with(self, target: Array) -> Facts:
        """What a step that needs the target is told."""
        return replace(self.facts, form="level", target=target)

    @cached_property
    def main(self) -> tuple[FittedStep, ...]:
        """The steps that change the value, first to last."""
        return tuple(fitted for fitted in self.steps if not fitted.step.is_beside)

    @cached_property
    def fallback(self) -> Array:
        """What stands for a missing value that no step filled, (K,), finite."""
        if self.stored_fallback is not None:
            return self.stored_fallback
        known = 0.0 if self.levels else self.median
        n_numbers = 1 if self.image is None else self.image.n_numbers
        typical_K1 = torch.full((n_numbers, 1), torch.nan if known is None else known, dtype=torch.float64)
        for each in self.main:
            typical_K1 = as_tensor(each.encoder([None])) if each.encoder else typical_K1
            typical_K1 = stepped(each.step.module(each.learnt), typical_K1)
        ends = torch.nan_to_num(typical_K1.to(torch.float64)[:, 0]).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
        return ends.numpy().copy()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that the step for text learnt."""
        return next((fitted.words for fitted in self.main if fitted.words), ())

    @cached_property
    def input(self) -> InputName:
        """The input of the network that the value feeds; what stands beside goes to the table."""
        form: Form = FORMS[self.kind]
        for fitted in self.main:
            form = fitted.step.gives or form
        return INPUT_OF.get(form, "table")

    @property
    def is_used(self) -> bool:
        """Whether the column feeds any input."""
        return self.n_features > 0 or self.input != "table"

    @cached_property
    def n_values(self) -> int:
        """How many numbers or ids the value itself becomes."""
        if self.input == "table":
            return self.n_features - sum(len(f.step.names((), f.learnt, self.facts)) for f in self._beside)
        return len(self.fallback)

    @property
    def n_ids(self) -> int:
        """How many ids of its own a column of codes or tokens may give; 0 for numbers."""
        return self.main[-1].step.n_ids(self.main[-1].learnt, self.words) if self.main else 0

    @property
    def _beside(self) -> tuple[FittedStep, ...]:
        return tuple(fitted for fitted in self.steps if fitted.step.is_beside)

    @property
    def n_cells(self) -> int:
        """How many numbers a cell is before the first step."""
        own = self.image.n_numbers if self.image else max(1, *(f.n_cells for f in self.main), 1)
        return own + sum(fitted.n_cells for fitted in self._beside)

    @cached_property
    def chain(self) -> Chain:
        """The module that applies the steps."""
        return Chain(self.steps, self.fallback)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the numbers that the column becomes, is-missing columns last."""
        names: tuple[str, ...] = (self.name,) if FORMS[self.kind] in ("number", "moment") else ()
        names = pixel_names(self.name, self.image) if self.image and self.input == "table" else names
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
        """The cells of a typed column as the chain takes them, float64 (K, N): one number a cell, its pixels, or what
        the steps for text read in it, those that stand beside last."""
        return self.reader(series)(slice(None))

    def reader(self, series: pd.Series[Any]) -> Callable[[slice], torch.Tensor]:
        """What gives the cells of some rows, as `cells` does of all: what concerns the whole column is done once."""
        encoders = [fitted.encoder for fitted in (*self.main[:1], *self._beside) if fitted.encoder]
        if not encoders:
            read = reader(series, self.kind, self.levels, self.image)
            return lambda rows: as_tensor(read(rows))
        value = None if self.main and self.main[0].encoder else reader(series, self.kind, self.levels)

        def texts(rows: slice) -> torch.Tensor:
            found = [] if value is None else [value(rows)[None]]
            cells_of = texts_of(series.iloc[rows])
            found += [encoder(cells_of) for encoder in encoders]
            return as_tensor(np.concatenate(found) if len(found) > 1 else found[0])

        return texts

    def blocks(self, series: pd.Series[Any]) -> Iterator[tuple[slice, torch.Tensor]]:
        """The cells by blocks of rows, each with its rows."""
        n_rows = min(BLOCK, max(1, PICTURE_NUMBERS // self.n_cells))
        read = self.reader(series)
        for start in range(0, len(series), n_rows):
            rows = slice(start, min(start + n_rows, len(series)))
            yield rows, read(rows)


class Chain(nn.Module):
    """The cells of one column, float64 with NaN for missing, to its numbers: a list of (K, N) blocks, the value first.

    A cell is one number, (N,) or (1, N), the pixels of a picture or what was read in a text, (K, N), which are missing
    together. What steps beside read in a text comes behind the value's own cells.

    The last word on missing values: whatever the steps left NaN becomes the fallback, so every number is finite.
    """

    fallback_K1: torch.Tensor

    def __init__(self, fitted: tuple[FittedStep, ...], fallback: Array) -> None:
        super().__init__()
        self.main = nn.ModuleList(f.step.module(f.learnt) for f in fitted if not f.step.is_beside)
        self.beside = nn.ModuleList(f.step.module(f.learnt) for f in fitted if f.step.is_beside)
        self.n_read = tuple(f.n_cells for f in fitted if f.step.is_beside)
        self.single = single(fallback)
        self.register_buffer("fallback_K1", torch.tensor(fallback, dtype=torch.float64).reshape(-1, 1))

    def forward(self, cells_KN: torch.Tensor) -> list[torch.Tensor]:
        x_KN = cells_KN if cells_KN.ndim == 2 else cells_KN[None]
        missing_1N = torch.isnan(x_KN[:1]) if len(self.beside) else x_KN[:1]
        x_KN, read_KN = x_KN[: len(x_KN) - sum(self.n_read)], x_KN[len(x_KN) - sum(self.n_read) :]
        for module in self.main:
            x_KN = stepped(module, x_KN)
        if x_KN.dtype != torch.bool:
            x_KN = filled(x_KN, self.fallback_K1, self.single).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
        blocks, at = [x_KN], 0
        for module, n_read in zip(self.beside, self.n_read, strict=True):
            blocks.append(module(read_KN[at : at + n_read] if n_read else missing_1N))
            at += n_read
        return blocks


def texts_of(series: pd.Series[Any]) -> list[str | None]:
    """The cells of a column of text, missing as None."""
    return [cell if isinstance(cell, str) else None for cell in series.tolist()]


def as_tensor(cells: Array) -> torch.Tensor:
    """The cells as a tensor (K, N) in the same memory where that can be: torch cannot say that nobody writes into it.

    pandas lends its memory for reading; modules give new tensors and write into none.
    """
    found = (cells if cells.ndim == 2 else cells[None]).view()
    if not found.flags.writeable:
        try:
            found.flags.writeable = True  # what torch would warn of
        except ValueError:  # memory of a file, or of arrow
            found = found.copy()
    return torch.from_numpy(found)


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
