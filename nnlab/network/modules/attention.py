"""Attention among the positions of a row; padding is never looked at."""

from __future__ import annotations

import torch
from torch import nn


class SelfAttention(nn.MultiheadAttention):
    """Attention of the positions (N, T, E) among themselves; none looks outside the mask."""

    takes_mask = True

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        padding = None if mask is None or mask.shape[2] > 1 else ~mask[..., 0]
        y: torch.Tensor = super().forward(x, x, x, key_padding_mask=padding, need_weights=False)[0]
        return y


class EncoderLayer(nn.TransformerEncoderLayer):
    """One layer of a Transformer encoder over (N, T, E); none looks outside the mask."""

    takes_mask = True

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        padding = None if mask is None or mask.shape[2] > 1 else ~mask[..., 0]
        y: torch.Tensor = super().forward(x, src_key_padding_mask=padding)
        return y
