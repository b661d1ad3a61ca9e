"""First weights by a rule of one's own."""

from __future__ import annotations

from torch import nn


def initialised(module: nn.Module, how: str, std: float = 0.02) -> nn.Module:
    """The module, weights drawn anew: xavier, he, orthogonal, normal or zero; offsets are 0."""
    for name, parameter in module.named_parameters():
        if parameter.ndim < 2 or "bias" in name or how == "zero":
            nn.init.zeros_(parameter)
        elif how == "xavier":
            nn.init.xavier_uniform_(parameter)
        elif how == "he":
            nn.init.kaiming_uniform_(parameter, nonlinearity="relu")
        elif how == "normal":
            nn.init.normal_(parameter, std=std)
        elif not parameter.is_meta:
            nn.init.orthogonal_(parameter)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        module.weight.data[module.padding_idx] = 0.0
    return module
