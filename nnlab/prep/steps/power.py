"""Steps that pull in long tails: the signed logarithm and the Yeo-Johnson power."""

from __future__ import annotations

import warnings
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import nn

from nnlab.prep.steps.base import LARGEST, Array, Facts, Learnt, Step, by_row, column, each, steps
from nnlab.prep.wording import fixed, number

MOST_TO_FIT = 100_000  # rows that the power is sought on; more change its third digit at most
NEAR = 1e-9  # a power this near to 0 or 2 is the logarithm


class SignedLog(nn.Module):
    """sign(x) · log(1 + |x|)."""

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        return torch.sign(x_KN) * torch.log1p(x_KN.abs())


class YeoJohnson(nn.Module):
    """Yeo & Johnson (2000), equation 2.1; the power as exp(λ · log), the same bits alone and batched."""

    lambda_K1: torch.Tensor

    def __init__(self, lambdas: Array) -> None:
        super().__init__()
        self.register_buffer("lambda_K1", column(lambdas))

    def forward(self, x_KN: torch.Tensor) -> torch.Tensor:
        log_KN = torch.log1p(x_KN.abs())
        above, below = _bent(log_KN, self.lambda_K1), _bent(log_KN, 2 - self.lambda_K1)
        return torch.where(x_KN < 0, -below, above).clamp(-LARGEST, LARGEST)


@steps
class Log1p(Step):
    """log(1 + |value|) with the value's sign: tenfold becomes a step, whatever the size."""

    kind: Literal["log1p"] = "log1p"

    title: ClassVar[str] = "Logarithm"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        return SignedLog()

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return "log(1 + value), sign kept"

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        sign = "−" if before < 0 else ""
        return f"{sign}log(1 + {number(abs(before))}) = {fixed(after)}"


@steps
class Power(Step):
    """The Yeo-Johnson power that makes the training values as bell-shaped as a power can."""

    kind: Literal["power"] = "power"

    title: ClassVar[str] = "Power (Yeo-Johnson)"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {"lambda": by_row(values, _likeliest_power, 1.0)}

    def module(self, learnt: Learnt) -> nn.Module:
        return YeoJohnson(learnt["lambda"])

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return each("Yeo-Johnson, λ", learnt["lambda"])

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        power = float(learnt["lambda"][row])
        base, sign = number(1 + abs(before)), "−" if before < 0 else ""
        power = 2 - power if before < 0 else power
        if abs(power) < NEAR:
            return f"{sign}log({base}) = {fixed(after)}"
        return f"{sign}({base} ^ {fixed(power)} − 1) / {fixed(power)} = {fixed(after)}"


def _bent(log: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    is_log = power.abs() < NEAR
    divisor = torch.where(is_log, 1.0, power)
    return torch.where(is_log, log, (torch.exp(power * log) - 1) / divisor)


def _likeliest_power(row: Array) -> float:
    from sklearn.preprocessing import PowerTransformer

    sample = row[:: -(-len(row) // MOST_TO_FIT)]
    if sample.min() == sample.max():
        return 1.0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # extreme values overflow on the way to a likely power; the answer is checked
        try:
            power = float(PowerTransformer(standardize=False).fit(sample[:, None]).lambdas_[0])
        except ValueError:
            return 1.0
    return power if np.isfinite(power) and abs(power) < 100 else 1.0
