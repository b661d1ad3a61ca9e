"""Scales, gates and noise: what is multiplied or added number by number, or row by row."""

from __future__ import annotations

import torch
from torch import nn


class FeatureScale(nn.Module):
    """Multiplies each number of the last axis by a learnt factor of its own, 1 at the start."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(n_features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale


class GatedLinear(nn.Module):
    """SwiGLU: silu(x W₁) · x W₂, brought to the outputs by a third map (Shazeer 2020, eq. 6)."""

    def __init__(self, in_features: int, hidden_features: int, out_features: int) -> None:
        super().__init__()
        self.gate = nn.Linear(in_features, hidden_features, bias=False)
        self.value = nn.Linear(in_features, hidden_features, bias=False)
        self.out = nn.Linear(hidden_features, out_features, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.out(nn.functional.silu(self.gate(x)) * self.value(x))
        return y


class GaussianNoise(nn.Module):
    """Adds normal noise while training, and nothing in use."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x


class SelfBilinear(nn.Module):
    """Every output is a weighted sum of all products of two inputs of a row: xᵀ A x + b."""

    def __init__(self, bilinear: nn.Module) -> None:
        super().__init__()
        self.bilinear = bilinear

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.bilinear(x, x)
        return y


class StochasticDepth(nn.Module):
    """While training, gives 0 for a random share p of the rows and scales up the rest."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.p:
            return x
        kept = torch.rand(x.shape[0], *([1] * (x.ndim - 1)), device=x.device) >= self.p
        return x * kept / (1 - self.p)
