"""The torch modules that lay a number along edges learnt from training rows: bins, piecewise-linear codes, splines.

Axes: `K` numbers, `N` rows, `B` bins or curves of each number. What comes out has shape (K·B, N), the B of a number
one after the other.
"""

from __future__ import annotations

import torch
from torch import nn

from nnlab.prep.steps.base import Array


class Bins(nn.Module):
    """Flags: whether low ≤ x < high, for each bin of each number; no bin for a missing value."""

    low_KB1: torch.Tensor
    high_KB1: torch.Tensor

    def __init__(self, low: Array, high: Array) -> None:
        super().__init__()
        self.register_buffer("low_KB1", _kept(low))
        self.register_buffer("high_KB1", _kept(high))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        x_K1N = x_KN[:, None]
        return ((x_K1N >= self.low_KB1) & (x_K1N < self.high_KB1)).flatten(0, 1)


class PiecewiseLinear(nn.Module):
    """(x − start) / width, kept between least and most: how much of each bin lies below x."""

    start_KB1: torch.Tensor
    width_KB1: torch.Tensor
    least_KB1: torch.Tensor
    most_KB1: torch.Tensor

    def __init__(self, start: Array, width: Array, least: Array, most: Array) -> None:
        super().__init__()
        for name, values in (("start", start), ("width", width), ("least", least), ("most", most)):
            self.register_buffer(f"{name}_KB1", _kept(values))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        share_KBN = (x_KN[:, None] - self.start_KB1) / self.width_KB1
        return torch.clamp(share_KBN, self.least_KB1, self.most_KB1).flatten(0, 1)


class BSplines(nn.Module):
    """The B-spline curves over ascending knots (de Boor's recursion); beyond the outer knots as at them."""

    knots_KE1: torch.Tensor
    low_K1: torch.Tensor
    high_K1: torch.Tensor

    def __init__(self, knots: Array, low: Array, high: Array, degree: int) -> None:
        super().__init__()
        self.degree = degree
        self.register_buffer("knots_KE1", _kept(knots))
        self.register_buffer("low_K1", torch.tensor(low, dtype=torch.float64).reshape(-1, 1))
        self.register_buffer("high_K1", torch.tensor(high, dtype=torch.float64).reshape(-1, 1))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        x_K1N, t_KE1 = torch.clamp(x_KN, self.low_K1, self.high_K1)[:, None], self.knots_KE1
        curves = ((x_K1N >= t_KE1[:, :-1]) & (x_K1N < t_KE1[:, 1:])).to(torch.float64)
        for d in range(1, self.degree + 1):
            n = curves.shape[1] - 1
            rising = (x_K1N - t_KE1[:, :n]) / (t_KE1[:, d : d + n] - t_KE1[:, :n])
            falling = (t_KE1[:, d + 1 : d + 1 + n] - x_K1N) / (t_KE1[:, d + 1 : d + 1 + n] - t_KE1[:, 1 : 1 + n])
            curves = rising * curves[:, :-1] + falling * curves[:, 1:]
        return curves.flatten(0, 1)


def _kept(values: Array) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)[..., None]
