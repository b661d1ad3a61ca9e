"""The modules that torch.nn lacks. They depend on torch alone: printed code carries their source as it stands here."""

from __future__ import annotations

import torch
from torch import nn


class Residual(nn.Module):
    """Adds what arrives, by way of the shortcut, to what the body makes of it."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.body(x) + self.shortcut(x)
        return y
