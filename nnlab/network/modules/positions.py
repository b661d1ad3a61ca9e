"""Positions of a text or a series: where they are, a place for the answer, and many made one."""

from __future__ import annotations

import torch
from torch import nn


class ClassToken(nn.Module):
    """Puts a learnt vector before the positions (N, T, E): the network gathers its answer there."""

    def __init__(self, embedding_dim: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, embedding_dim).mul_(0.02))

    def grown(self, mask: torch.Tensor) -> torch.Tensor:
        """The mask with the new position, which always counts."""
        return torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)


class LearnedPositions(nn.Module):
    """Adds a learnt vector to each position of (N, T, E)."""

    def __init__(self, n_positions: int, embedding_dim: int) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(n_positions, embedding_dim).mul_(0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.positions


class SinusoidalPositions(nn.Module):
    """Adds sines and cosines of each position to (N, T, E) (Vaswani et al. 2017, section 3.5)."""

    waves: torch.Tensor

    def __init__(self, n_positions: int, embedding_dim: int) -> None:
        super().__init__()
        place = torch.arange(n_positions)[:, None]
        rate = 10_000.0 ** (-2 * torch.arange((embedding_dim + 1) // 2) / embedding_dim)
        waves = torch.stack([torch.sin(place * rate), torch.cos(place * rate)], dim=2).flatten(1)
        self.register_buffer("waves", waves[:, :embedding_dim].contiguous(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.waves


class PoolPositions(nn.Module):
    """Makes one vector of all positions: of (N, T, C), or of (N, C, ...) with channels first.

    Positions outside the mask do not count.
    """

    takes_mask = True

    def __init__(self, how: str, channels: str) -> None:
        super().__init__()
        self.how, self.channels = how, channels

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        x_NTC = x if self.channels == "last" else x.flatten(2).transpose(1, 2)
        if mask is not None and self.channels == "first":
            mask = mask.transpose(1, 2)
        if mask is None or mask.shape[1:] != (x_NTC.shape[1], 1):
            mask = torch.ones_like(x_NTC[..., :1], dtype=torch.bool)
        if self.how == "first":
            return x_NTC[:, 0]
        if self.how == "last":  # the last position that counts
            place = torch.arange(mask.shape[1], device=x.device)
            last = torch.where(mask[..., 0], place, 0).amax(dim=1)
            return x_NTC.gather(1, last[:, None, None].expand(-1, 1, x_NTC.shape[2]))[:, 0]
        if self.how == "max":
            return x_NTC.masked_fill(~mask, torch.finfo(x.dtype).min).amax(dim=1)
        total = (x_NTC * mask).sum(dim=1)
        return total if self.how == "sum" else total / mask.sum(dim=1)


class Transposed(nn.Module):
    """Swaps positions and channels: (N, T, C) to (N, C, T), and back."""

    def grown(self, mask: torch.Tensor) -> torch.Tensor:
        """The mask, swapped as what it is of."""
        return mask.transpose(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


class PlacesAsPositions(nn.Module):
    """Makes a list of a picture's places: (N, C, H, W) to (N, H · W, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)
