"""One number that makes a classifier's answers more or less sure, chosen on rows it has not learnt from.

Guo et al. 2017, On calibration of modern neural networks, section 4.2. The outputs are divided by it; that is done in
the weights of the last layer, so that it goes wherever the weights go. Axes: `N` rows, `K` outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from nnlab.errors import TrainingError
from nnlab.network.head import Head
from nnlab.training.spec import Training

LOWEST, HIGHEST, N_TRIED = 0.6, 3.5, 25
TEMPERATURES = tuple(LOWEST * (HIGHEST / LOWEST) ** (place / (N_TRIED - 1)) for place in range(N_TRIED))
MOST_ROWS = 20_000  # more tell no more about one number

Judging = Callable[[Tensor, Tensor], Tensor]


def best_temperature(logits_NK: Tensor, target: Tensor, judging: Judging) -> float:
    """The temperature, from 0.6 to 3.5, after which these logits have the lowest loss on these rows.

    `judging` gives the mean loss of logits and targets. 1 where no loss is a number.
    """
    every = -(-len(logits_NK) // MOST_ROWS) or 1
    logits_NK, target = logits_NK[::every], target[::every]
    losses = torch.stack([judging(logits_NK / temperature, target) for temperature in TEMPERATURES]).tolist()
    known = [(loss, temperature) for loss, temperature in zip(losses, TEMPERATURES, strict=True) if math.isfinite(loss)]
    return min(known)[1] if known else 1.0


def scales_outputs(training: Training, head: Head, module: nn.Module) -> bool:
    """Whether a temperature is chosen; raises `TrainingError` for a network without a last layer to hold it."""
    if not training.temperature_scaling or head.task == "regression":
        return False
    if isinstance(getattr(module, "head", None), nn.Linear):
        return True
    raise TrainingError(
        "a temperature is kept in the weights of the layer named head",
        where="training.temperature_scaling",
        came="a network without one",
        do="Turn temperature scaling off.",
        repair={"set": "training.temperature_scaling", "value": False},
    )


def scale_head(weights: Mapping[str, Tensor], temperature: float) -> None:
    """Divides what the last layer gives by the temperature, in its weights, in place."""
    if temperature != 1.0:
        for name in ("head.weight", "head.bias"):
            weights[name].div_(temperature)
