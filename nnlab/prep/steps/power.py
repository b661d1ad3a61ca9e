"""Steps that pull in long tails: the signed logarithm and the Yeo-Johnson power."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, by_row, each, steps
from nnlab.prep.wording import fixed, number

if TYPE_CHECKING:
    from torch import nn

MOST_TO_FIT = 100_000  # rows that the power is sought on; more change its third digit at most
NEAR = 1e-9  # a power this near to 0 or 2 is the logarithm

_GUARD = threading.Lock()  # what is warned of is one matter for all threads


@steps
class Log1p(Step):
    """log(1 + |value|) with the value's sign: tenfold becomes a step, whatever the size."""

    kind: Literal["log1p"] = "log1p"

    title: ClassVar[str] = "Logarithm"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import SignedLog

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
        from nnlab.prep.modules import YeoJohnson

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


def _likeliest_power(row: Array) -> float:
    from scipy.stats import yeojohnson_normmax  # what scikit-learn asks too, which stays out of the server

    sample = row[:: -(-len(row) // MOST_TO_FIT)]
    if sample.min() == sample.max():
        return 1.0
    with (
        _GUARD,
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
    ):  # which filters hold is one matter for all threads
        warnings.simplefilter("ignore")  # extreme values overflow on the way to a likely power; the answer is checked
        try:
            power = float(yeojohnson_normmax(sample))
        except ValueError:
            return 1.0
    return power if np.isfinite(power) and abs(power) < 100 else 1.0
