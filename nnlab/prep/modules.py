"""The torch modules that apply the steps: values of shape (K, N) in, (K', N) out.

They stand beside the steps and not in them, so that a page can show and edit a recipe while torch is not there yet.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from nnlab.prep.steps.base import LARGEST, Array
from nnlab.prep.steps.power import NEAR

EDGE = 1e-7  # ranks 0 and 1 would be infinite; scikit-learn draws the same line

# Wichura (1988), algorithm AS 241, PPND16: the normal quantile as ratios of polynomials, lowest power first. Written
# out because it needs × ÷ log and sqrt alone, which give the same bits for one row and for many, and which every
# export knows; relative error about 1e-16.
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


class Affine(nn.Module):
    """(x − shift) / scale, each number with its own; the two of shape (K, 1)."""

    shift_K1: torch.Tensor
    scale_K1: torch.Tensor

    def __init__(self, shift: Array, scale: Array) -> None:
        super().__init__()
        self.register_buffer("shift_K1", column(shift))
        self.register_buffer("scale_K1", column(scale))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return (x_KN - self.shift_K1) / self.scale_K1


class Brightness(nn.Module):
    """x / 255: pixels of 0 to 255 become 0 to 1."""

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return x_KN / 255.0


class Clamp(nn.Module):
    """x, but no less than the stored low and no more than the stored high."""

    low_K1: torch.Tensor
    high_K1: torch.Tensor

    def __init__(self, low: Array, high: Array) -> None:
        super().__init__()
        self.register_buffer("low_K1", column(low))
        self.register_buffer("high_K1", column(high))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return torch.clamp(x_KN, self.low_K1, self.high_K1)


class SmoothClip(nn.Module):
    """x / √(1 + (x / edge)²): as it is near 0, and never beyond the edge."""

    def __init__(self, edge: float) -> None:
        super().__init__()
        self.edge = edge

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        part_KN = x_KN / self.edge
        return x_KN / torch.sqrt(1 + part_KN * part_KN)


class Fill(nn.Module):
    """x where it is present, else the stored value."""

    value_K1: torch.Tensor

    def __init__(self, value: Array) -> None:
        super().__init__()
        self.single = single(value)
        self.register_buffer("value_K1", column(value))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return filled(x_KN, self.value_K1, self.single)


class Nothing(nn.Module):
    """No number at all: (K, N) to (0, N)."""

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return x_KN[:0]


class LevelTable(nn.Module):
    """Codes (1, N) to the numbers stored for each level, (T, N): of L levels, then of another one, then of none."""

    numbers_TM: torch.Tensor

    def __init__(self, numbers: Array) -> None:
        super().__init__()
        self.register_buffer("numbers_TM", torch.tensor(numbers, dtype=torch.float64))

    def forward(self, x_1N: torch.Tensor) -> torch.Tensor:
        n_levels = self.numbers_TM.shape[1] - 2
        known_1N = torch.where((x_1N >= 0) & (x_1N < n_levels), x_1N, float(n_levels))
        place_1N = torch.where(torch.isnan(x_1N), float(n_levels + 1), known_1N)
        return self.numbers_TM.index_select(1, place_1N[0].to(torch.int64))


class OneHotSlots(nn.Module):
    """Codes (1, N) to flags (L, N): one for each kept level, then "other", then "missing", where there are such."""

    codes_L1: torch.Tensor

    def __init__(self, n_levels: int, has_other: bool, has_missing: bool) -> None:
        super().__init__()
        self.has_other, self.has_missing = has_other, has_missing
        self.register_buffer("codes_L1", column(np.arange(n_levels, dtype=np.float64)))

    def forward(self, x_1N: torch.Tensor) -> torch.Tensor:
        flags = [x_1N == self.codes_L1]
        if self.has_other:
            flags.append((x_1N < 0) | (x_1N >= len(self.codes_L1)))
        if self.has_missing:
            flags.append(torch.isnan(x_1N))
        return torch.cat(flags) if len(flags) > 1 else flags[0]


class SignedLog(nn.Module):
    """sign(x) · log(1 + |x|)."""

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return torch.sign(x_KN) * torch.log1p(x_KN.abs())


class YeoJohnson(nn.Module):
    """Yeo & Johnson (2000), equation 2.1; the power as exp(λ · log), the same bits alone and batched."""

    lambda_K1: torch.Tensor

    def __init__(self, lambdas: Array) -> None:
        super().__init__()
        self.register_buffer("lambda_K1", column(lambdas))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        log_KN = torch.log1p(x_KN.abs())
        above, below = _bent(log_KN, self.lambda_K1), _bent(log_KN, 2 - self.lambda_K1)
        return torch.where(x_KN < 0, -below, above).clamp(-LARGEST, LARGEST)


class QuantileToNormal(nn.Module):
    """The normal quantile of a value's rank, read off the stored quantiles by straight lines between them.

    A value that several quantiles share has the middle of their ranks. Shapes: quantiles (K, Q), ranks (Q,).
    """

    quantiles_KQ: torch.Tensor
    ranks_Q: torch.Tensor

    def __init__(self, quantiles: Array) -> None:
        super().__init__()
        self.register_buffer("quantiles_KQ", torch.tensor(quantiles, dtype=torch.float64))
        self.register_buffer("ranks_Q", torch.linspace(0, 1, quantiles.shape[1], dtype=torch.float64))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        last = self.ranks_Q.shape[0] - 1
        x_KN = x_KN.contiguous()
        first_at = torch.searchsorted(self.quantiles_KQ, x_KN).clamp(max=last)  # the first quantile not below x
        last_at = (torch.searchsorted(self.quantiles_KQ, x_KN, right=True) - 1).clamp(min=0)  # the last not above x
        below, above = self.quantiles_KQ.gather(1, last_at), self.quantiles_KQ.gather(1, first_at)
        rank_below, rank_above = self.ranks_Q[last_at], self.ranks_Q[first_at]
        gap = above - below
        share = torch.where(gap > 0, (x_KN - below) / torch.where(gap > 0, gap, 1.0), 0.5)
        rank = rank_below + share * (rank_above - rank_below)
        rank = torch.where(x_KN >= self.quantiles_KQ[:, -1:], 1.0, rank)
        rank = torch.where(x_KN <= self.quantiles_KQ[:, :1], 0.0, rank)
        return torch.where(torch.isnan(x_KN), torch.nan, normal_quantile(rank.clamp(EDGE, 1 - EDGE)))


def single(values: Array) -> float | None:
    """The number where it is one, as `filled` takes it."""
    return float(values[0]) if len(values) == 1 else None


def filled(x_KN: torch.Tensor, value_K1: torch.Tensor, single: float | None) -> torch.Tensor:
    """x where it is present, else each number's value; a single one in one pass, which takes half the time."""
    if single is not None and len(x_KN) == 1:
        return torch.nan_to_num(x_KN, nan=single, posinf=math.inf, neginf=-math.inf)
    return torch.where(torch.isnan(x_KN), value_K1, x_KN)


def column(values: Array) -> torch.Tensor:
    """The K numbers as a float64 tensor (K, 1) of its own."""
    return torch.tensor(values, dtype=torch.float64).reshape(-1, 1)


def normal_quantile(rank: torch.Tensor) -> torch.Tensor:
    """The z below which a normal value falls with probability `rank`, elementwise; rank inside (0, 1), float64."""
    q = rank - 0.5
    centre = q * _ratio(0.180625 - q * q, _CENTRE)
    r = torch.sqrt(-torch.log(torch.where(q < 0, rank, 1 - rank)))
    tail = torch.where(r <= 5, _ratio(r - 1.6, _MIDDLE), _ratio(r - 5, _FAR))
    return torch.where(q.abs() <= 0.425, centre, torch.where(q < 0, -tail, tail))


def _bent(log: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    is_log = power.abs() < NEAR
    divisor = torch.where(is_log, 1.0, power)
    return torch.where(is_log, log, (torch.exp(power * log) - 1) / divisor)


def _ratio(x: torch.Tensor, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> torch.Tensor:
    above, below = (torch.full_like(x, part[-1]) for part in coefficients)
    for over, under in zip(coefficients[0][-2::-1], coefficients[1][-2::-1], strict=True):
        above, below = above * x + over, below * x + under
    return above / below
