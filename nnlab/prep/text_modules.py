"""The torch modules behind the steps that give ids, and those for texts: values of shape (K, N) in, (K', N) out.

As those of modules.py they hold to operations whose bits do not depend on how many rows come along.
"""

from __future__ import annotations

import torch
from torch import nn

from nnlab.prep.modules import column
from nnlab.prep.steps.base import Array


class LevelIds(nn.Module):
    """Places of levels (1, N) to ids: 0 for a level that is not kept, 1 for a missing one, 2 for the first level."""

    def __init__(self, n_levels: int) -> None:
        super().__init__()
        self.n_levels = n_levels

    def forward(self, x_1N: torch.Tensor) -> torch.Tensor:
        is_kept = (x_1N >= 0) & (x_1N < self.n_levels)
        return torch.where(torch.isnan(x_1N), 1.0, torch.where(is_kept, torch.floor(x_1N) + 2, 0.0))


class TokenIds(nn.Module):
    """Ids (T, N), those that cannot be 1, and padding, 0, in the place of a missing text."""

    def __init__(self, n_ids: int) -> None:
        super().__init__()
        self.n_ids = n_ids

    def forward(self, x_TN: torch.Tensor) -> torch.Tensor:
        is_id = (x_TN >= 0) & (x_TN < self.n_ids)
        return torch.where(torch.isnan(x_TN), 0.0, torch.where(is_id, torch.floor(x_TN), 1.0))


class WordWeights(nn.Module):
    """Counts of words (K, N) to TF-IDF: each times its weight, the row to length 1; a row without a word stays zero."""

    weight_K1: torch.Tensor

    def __init__(self, weight: Array, sublinear: bool) -> None:
        super().__init__()
        self.sublinear = sublinear
        self.register_buffer("weight_K1", column(weight))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        x_KN = torch.nan_to_num(x_KN).clamp(min=0)
        if self.sublinear:
            x_KN = torch.where(x_KN > 0, 1 + torch.log(x_KN.clamp(min=1)), 0.0)
        x_KN = x_KN * self.weight_K1
        length_N = torch.sqrt(folded(x_KN * x_KN))
        return x_KN / torch.where(length_N > 0, length_N, 1.0)


class Lengths(nn.Module):
    """(4, N) as they were measured, the logarithm of the counts, standardized; what is missing becomes 0."""

    shift_K1: torch.Tensor
    scale_K1: torch.Tensor

    def __init__(self, shift: Array, scale: Array, n_counts: int) -> None:
        super().__init__()
        self.n_counts = n_counts
        self.register_buffer("shift_K1", column(shift))
        self.register_buffer("scale_K1", column(scale))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        counts = torch.log1p(x_KN[: self.n_counts].clamp(min=0))
        return torch.nan_to_num((torch.cat([counts, x_KN[self.n_counts :]]) - self.shift_K1) / self.scale_K1)


def folded(x_KN: torch.Tensor) -> torch.Tensor:
    """The sum of the K numbers of each row, (1, N), or (0, N) of none.

    The upper half is added onto the lower one until one is left: additions of pairs in an order that K alone decides,
    where a library's own sum orders them by what lies beside each other in memory.
    """
    while len(x_KN) > 1:
        half = len(x_KN) // 2
        paired = x_KN[:half] + x_KN[half : 2 * half]
        x_KN = paired if len(x_KN) % 2 == 0 else torch.cat([paired, x_KN[2 * half :]])
    return x_KN
