"""How far the members of a model lie apart in their answers.

Axes: `K` members, `N` rows, `C` classes or outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nnlab.network.modules import Members

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


def outputs_of(module: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """What a network gives for rows, (N, C), on the processor; of several members what each gives, (K, N, C)."""
    outputs: Tensor = module.each(**inputs) if isinstance(module, Members) else module(**inputs)
    return outputs.to("cpu", torch.float32)


def together(module: nn.Module, outputs: Tensor) -> Tensor:
    """The outputs of `outputs_of` as those of one network, (N, C)."""
    is_each = isinstance(module, Members) and outputs.ndim > 2
    return module.averaged(outputs) if is_each else outputs  # type: ignore[operator]


def spread_NC(values: Sequence[npt.ArrayLike]) -> Floats:
    """The standard deviation of the members' answers (N, C), over the members there are, not an estimate from them."""
    found: Floats = np.std(np.stack([np.asarray(each, dtype=np.float64) for each in values]), axis=0)
    return found


def with_spread(found: pd.DataFrame, answers: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The answers with their spread beside: a standard deviation over the members, in the answer's own unit.

    Of numbers in columns "spread", of several outputs "spread_NAME"; of classes "spread", that of the probability of
    the class that is answered; of several yes or no "spread_NAME", that of the probability of yes. `answers` are those
    of each member, decoded.
    """
    found = found.copy()
    if "values" in answers[0]:
        spread = spread_NC([each["values"] for each in answers])
        for k, name in enumerate(list(found.columns)):
            found[name.replace("prediction", "spread", 1)] = spread[:, k]
        return found
    shares = np.stack([np.asarray(each["probabilities"], dtype=np.float64) for each in answers])
    if "prediction" not in found.columns:
        for k, column in enumerate([name for name in found.columns if str(name).startswith("probability_")]):
            found[column.replace("probability", "spread", 1)] = shares[:, :, k].std(axis=0)
        return found
    answered = np.where(np.isnan(shares.mean(0)), 0, shares.mean(0)).argmax(1)
    found.insert(1, "spread", shares[:, np.arange(shares.shape[1]), answered].std(axis=0))
    return found
