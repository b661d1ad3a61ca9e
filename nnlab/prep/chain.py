"""The steps of one column as they were fitted, and the torch module that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from nnlab.data.columns import Kind
from nnlab.prep.steps import FORMS, Array, Facts, Learnt, Step

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
    chain gives for the training median: it stands for a missing value that no step filled.
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


class Chain(nn.Module):
    """The cells of one column, (N,) float64 with NaN for missing, to its numbers: a list of (K, N) blocks.

    The last word on missing values: whatever the steps left NaN becomes the fallback, so every number is finite.
    """

    fallback_K1: torch.Tensor

    def __init__(self, fitted: tuple[FittedStep, ...], fallback: Array) -> None:
        super().__init__()
        self.main = nn.ModuleList(f.step.module(f.learnt) for f in fitted if not f.step.is_beside)
        self.beside = nn.ModuleList(f.step.module(f.learnt) for f in fitted if f.step.is_beside)
        self.register_buffer("fallback_K1", torch.tensor(fallback, dtype=torch.float64).reshape(-1, 1))

    def forward(self, cells_N: torch.Tensor) -> list[torch.Tensor]:
        missing_1N = torch.isnan(cells_N)[None]
        x_KN = cells_N[None]
        for module in self.main:
            x_KN = stepped(module, x_KN)
        if x_KN.dtype != torch.bool:
            x_KN = torch.where(torch.isnan(x_KN), self.fallback_K1, x_KN).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
        return [x_KN, *(module(missing_1N) for module in self.beside)]


def stepped(module: nn.Module, x_KN: torch.Tensor) -> torch.Tensor:
    """The values after one more module; flags become numbers first."""
    answer: torch.Tensor = module(x_KN.to(torch.float64) if x_KN.dtype == torch.bool else x_KN)
    return answer
