"""Several networks of one design that answer together."""

from __future__ import annotations

import torch
from torch import nn


class Members(nn.Module):
    """The mean answer of its members: of the probabilities for classes, of the numbers otherwise.

    What comes out reads as one network's output does: log-odds for yes or no, scores whose softmax
    is the mean probability, numbers. `task` is "binary", "multiclass", "multilabel" or
    "regression".
    """

    def __init__(self, members: list[nn.Module], task: str) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.task = task

    def each(self, **inputs: torch.Tensor) -> torch.Tensor:
        """What every member gives, (K members, N rows, n_outputs)."""
        return torch.stack([member(**inputs) for member in self.members])

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        return self.averaged(self.each(**inputs))

    def averaged(self, outputs: torch.Tensor) -> torch.Tensor:
        """The outputs (K, N, n_outputs) as one, (N, n_outputs)."""
        if self.task == "regression":
            return outputs.mean(0)
        if self.task == "multiclass":
            return outputs.log_softmax(-1).logsumexp(0)
        yes = nn.functional.logsigmoid(outputs).logsumexp(0)
        return yes - nn.functional.logsigmoid(-outputs).logsumexp(0)
