"""Containers: one after the other with a mask, side by side, and the way around."""

from __future__ import annotations

import torch
from torch import nn


class MaskedSequential(nn.Sequential):
    """Layers one after the other; those that ask for it get the mask of what is no padding.

    The ids that arrive make the mask, for 0 is padding: (N, T, 1) while positions stand first, and
    (N, 1, T) where channels do. It goes on as long as the positions do.
    """

    takes_mask = True

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        if mask is None and not x.is_floating_point():
            # the first position counts even where a row is all padding
            mask = torch.cat([torch.ones_like(x[:, :1]), x[:, 1:]], dim=1)[..., None] != 0
        for layer in self:
            takes = mask is not None and getattr(layer, "takes_mask", False)
            x = layer(x, mask) if takes else layer(x)
            if mask is not None:
                mask = getattr(layer, "grown", lambda same: same)(mask)
                sizes = zip(mask.shape[1:], x.shape[1:], strict=False)
                mask = mask if x.ndim == 3 and all(n in (1, m) for n, m in sizes) else None
        return x

    def grown(self, mask: torch.Tensor) -> torch.Tensor:
        """The mask of what comes out, where layers inside add positions or swap the axes."""
        for layer in self:
            mask = getattr(layer, "grown", lambda same: same)(mask)
        return mask


class Residual(nn.Module):
    """Adds what arrives, by way of the shortcut, to what the body makes of it."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut
        self.takes_mask = getattr(body, "takes_mask", False)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        y: torch.Tensor = (self.body(x) if mask is None else self.body(x, mask)) + self.shortcut(x)
        return y


class Parallel(nn.Module):
    """Gives the same to several branches and puts their answers together as `merge` says."""

    def __init__(self, merge: str, **branches: nn.Module) -> None:
        super().__init__()
        self.merge = merge
        self.branches = nn.ModuleDict(branches)
        self.takes_mask = any(getattr(branch, "takes_mask", False) for branch in branches.values())

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        parts = []
        for branch in self.branches.values():
            takes = mask is not None and getattr(branch, "takes_mask", False)
            parts.append(branch(x, mask) if takes else branch(x))
        if self.merge == "cat":
            return torch.cat(parts, dim=1)
        if self.merge == "cat_last":
            return torch.cat(parts, dim=-1)
        y: torch.Tensor = parts[0]
        for part in parts[1:]:
            y = y * part if self.merge == "multiply" else y + part
        return y / len(parts) if self.merge == "mean" else y
