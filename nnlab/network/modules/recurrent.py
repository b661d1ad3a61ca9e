"""Recurrent layers that stop where the text or the series of a row stops."""

from __future__ import annotations

import torch
from torch import nn


class Recurrent(nn.Module):
    """RNN, LSTM or GRU over the positions (N, T, C), stacked and in both directions as asked.

    Gives all positions (N, T, H), their mean or the last one (N, H); H is twice hidden_size in both
    directions. With a mask (N, T, 1), padding at the end, the way back starts where the row ends.
    """

    takes_mask = True

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        out: str = "last",
    ) -> None:
        super().__init__()
        self.out, self.dropout = out, dropout
        wide = hidden_size * (2 if bidirectional else 1)
        sizes = [input_size] + [wide] * (num_layers - 1)
        make = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[cell]
        self.ahead = nn.ModuleList(make(size, hidden_size, batch_first=True) for size in sizes)
        backs = sizes if bidirectional else []
        self.back = nn.ModuleList(make(size, hidden_size, batch_first=True) for size in backs)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        n, t = x.shape[:2]
        place_NT = torch.arange(t, device=x.device).expand(n, t)
        length_N1 = torch.full_like(place_NT[:, :1], t)
        if mask is not None and mask.shape[2] == 1:
            length_N1 = mask.sum(dim=1)
        turned_NT = torch.where(place_NT < length_N1, length_N1 - 1 - place_NT, place_NT)
        for level, ahead in enumerate(self.ahead):
            if level and self.dropout:
                x = nn.functional.dropout(x, self.dropout, self.training)
            y = ahead(x)[0]
            if len(self.back):
                turned = turned_NT[..., None].expand(-1, -1, x.shape[2])
                z = self.back[level](x.gather(1, turned))[0]
                y = torch.cat(
                    [y, z.gather(1, turned_NT[..., None].expand(-1, -1, z.shape[2]))], dim=2
                )
            x = y
        if self.out == "all":
            return x
        if self.out == "mean":
            counts_NT1 = (place_NT < length_N1)[..., None]
            return (x * counts_NT1).sum(dim=1) / length_N1
        half = x.shape[2] // 2 if len(self.back) else x.shape[2]
        last = x.gather(1, (length_N1 - 1)[..., None].expand(-1, 1, x.shape[2]))[:, 0]
        return torch.cat([last[:, :half], x[:, 0, half:]], dim=1)
