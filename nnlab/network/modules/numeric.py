"""Numbers of a table as vectors of their own: (N, F) to (N, F, E)."""

from __future__ import annotations

import torch
from torch import nn


class FeatureTokenizer(nn.Module):
    """A vector for each feature: its value times a learnt direction plus a learnt place."""

    def __init__(self, n_features: int, embedding_dim: int) -> None:
        super().__init__()
        bound = embedding_dim**-0.5
        self.weight = nn.Parameter(torch.empty(n_features, embedding_dim).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_features, embedding_dim).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., None] * self.weight + self.bias


class PeriodicEmbedding(nn.Module):
    """Sines and cosines of each feature at learnt frequencies, mapped by weights of its own.

    Gorishniy et al. 2022, On embeddings for numerical features, equations 2 and 3.
    """

    def __init__(
        self, n_features: int, n_frequencies: int, embedding_dim: int, sigma: float
    ) -> None:
        super().__init__()
        self.frequencies = nn.Parameter(torch.randn(n_features, n_frequencies).mul_(sigma))
        bound = (2 * n_frequencies) ** -0.5
        weight = torch.empty(n_features, 2 * n_frequencies, embedding_dim)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_features, embedding_dim).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        turned = 2 * torch.pi * self.frequencies * x[..., None]
        waves = torch.cat([torch.cos(turned), torch.sin(turned)], dim=-1)
        return torch.einsum("nfk,fke->nfe", waves, self.weight) + self.bias


class PiecewiseLinearEmbedding(nn.Module):
    """How far each feature has come through each of its bins, mapped by weights of its own.

    The edges are quantiles of the standard normal distribution: they cut values that were turned
    into normal quantiles into bins of equal share. Gorishniy et al. 2022, equation 1.
    """

    edges: torch.Tensor

    def __init__(self, n_features: int, n_bins: int, embedding_dim: int) -> None:
        super().__init__()
        shares = torch.arange(1, n_bins, dtype=torch.float64, device="cpu") / n_bins
        inner = torch.special.ndtri(shares).clamp(-2.9, 2.9)
        self.register_buffer("edges", torch.tensor([-3.0, *inner.tolist(), 3.0]))
        bound = n_bins**-0.5
        weight = torch.empty(n_features, n_bins, embedding_dim)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_features, embedding_dim).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        share = (x[..., None] - self.edges[:-1]) / (self.edges[1:] - self.edges[:-1])
        return torch.einsum("nfk,fke->nfe", share.clamp(0, 1), self.weight) + self.bias
