"""What convolutions come with: looking back only, and weighing channels."""

from __future__ import annotations

import torch
from torch import nn


class CausalConv1d(nn.Conv1d):
    """A convolution along (N, C, L) that looks back only; zeros stand before the first position."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        reach = self.dilation[0] * (self.kernel_size[0] - 1)
        return super().forward(nn.functional.pad(input, (reach, 0)))


class SqueezeExcitation(nn.Module):
    """Weighs each channel of (N, C, ...) by a number from 0 to 1 that follows from all means."""

    def __init__(self, n_channels: int, n_squeezed: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(n_channels, n_squeezed)
        self.excite = nn.Linear(n_squeezed, n_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        means_NC = x.flatten(2).mean(dim=2) if x.ndim > 2 else x
        weights_NC = torch.sigmoid(self.excite(torch.relu(self.squeeze(means_NC))))
        return x * weights_NC.reshape(*weights_NC.shape, *([1] * (x.ndim - 2)))
