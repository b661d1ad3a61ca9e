"""Soft nearest neighbours: a learnt map of the inputs, and the rows remembered in it."""

from __future__ import annotations

import torch
from torch import nn


class NearestRows(nn.Module):
    """Hands on what arrives, and beside that answers from the remembered rows nearest to it.

    A row's place is sharpness · (scale · x) W. The answer is the mean of the remembered answers,
    each weighed by softmax(−distance); Ye et al. 2024. Axes: N rows, M remembered rows, D
    dimensions of a place, K outputs. `keys` (M, D) and `answers` (M, K), of classes the shares of
    each, are empty until rows are remembered; `share` is the part that their answer has.
    """

    keys: torch.Tensor
    answers: torch.Tensor
    share: torch.Tensor

    def __init__(self, n_features: int, embedding_dim: int, n_candidates: int = 1024) -> None:
        super().__init__()
        self.n_candidates = n_candidates  # of a step of training
        n_dims = min(n_features, embedding_dim)
        self.scale = nn.Parameter(torch.ones(n_features))
        self.log_sharpness = nn.Parameter(torch.full((1,), 8 / (2 * n_features) ** 0.5).log())
        random = torch.randn(n_features, n_dims) / n_dims**0.5
        self.weight = nn.Parameter(torch.eye(n_features) if n_dims == n_features else random)
        self.register_buffer("keys", torch.zeros(0, n_dims))
        self.register_buffer("answers", torch.zeros(0, 0))
        self.register_buffer("share", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def placed(self, x: torch.Tensor) -> torch.Tensor:
        """The places of rows, (N, D)."""
        return self.log_sharpness.exp() * ((x * self.scale) @ self.weight)

    def told(
        self,
        places: torch.Tensor,
        keys: torch.Tensor,
        answers: torch.Tensor,
        hidden: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The answer of the rows near each place, (N, K); those `hidden` (N, M) are not asked."""
        squares = places.square().sum(1, keepdim=True) + keys.square().sum(1)
        distance = (squares - 2 * places @ keys.T).clamp(min=1e-6).sqrt()
        if hidden is not None:
            distance = distance.masked_fill(hidden, 1e9)
        return (-distance).softmax(1) @ answers

    def blended(self, x: torch.Tensor, outputs: torch.Tensor, task: str) -> torch.Tensor:
        """The outputs with the remembered rows' answers in them, block by block of rows."""
        if not len(self.keys):
            return outputs
        n_rows = max(1, 4_000_000 // len(self.keys))
        pairs = zip(torch.split(x, n_rows), torch.split(outputs, n_rows), strict=True)
        told = [
            self.mixed(own, self.told(self.placed(rows), self.keys, self.answers), self.share, task)
            for rows, own in pairs
        ]
        return torch.cat(told) if told else outputs

    @staticmethod
    def mixed(
        outputs: torch.Tensor, told: torch.Tensor, share: torch.Tensor, task: str
    ) -> torch.Tensor:
        """Outputs of a network and shares or numbers told beside it as one network's outputs."""
        if task == "regression":
            return outputs + share * (told - outputs)
        if task == "multiclass":
            own = outputs.log_softmax(1) + torch.log1p(-share)
            return torch.logaddexp(own, told.clamp(min=1e-7).log() + share.log())
        yes = nn.functional.logsigmoid(outputs) + torch.log1p(-share)
        no = nn.functional.logsigmoid(-outputs) + torch.log1p(-share)
        told = told.clamp(1e-7, 1 - 1e-7)
        yes = torch.logaddexp(yes, told.log() + share.log())
        return yes - torch.logaddexp(no, torch.log1p(-told) + share.log())

    @staticmethod
    def as_outputs(told: torch.Tensor, task: str) -> torch.Tensor:
        """Shares or numbers that were told as what a network gives: log-odds, scores or numbers."""
        if task == "regression":
            return told
        told = told.clamp(1e-6, 1 - 1e-6)
        return told.log() if task == "multiclass" else told.log() - torch.log1p(-told)

    def _load_from_state_dict(
        self, state_dict: dict[str, torch.Tensor], prefix: str, *rest: object
    ) -> None:
        for name in ("keys", "answers"):  # as many rows as there were
            if prefix + name in state_dict:
                setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)
