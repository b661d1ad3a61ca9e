"""What the signs of an expression do to values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlab.cleaning.cells import joined_text
from nnlab.cleaning.expression.values import Values, finite, text, truth

DAY = np.timedelta64(86_400_000_000, "us")


def difference(a: Values, b: Values) -> Values:
    """a − b; of two moments in days, of a moment and a number that many days before it."""
    if a.form == "moment" and b.form != "number":
        return Values("number", days(a.moments() - b.moments()))
    if a.form == "moment":
        return shifted(a, -b.numbers())
    return finite(a.numbers() - b.numbers())


def total(a: Values, b: Values) -> Values:
    """a + b; a moment and a number is that many days after it."""
    if a.form == "moment" or b.form == "moment":
        moment, other = (a, b) if a.form == "moment" else (b, a)
        return shifted(moment, other.numbers())
    return finite(a.numbers() + b.numbers())


def days(gaps: Any) -> Any:
    """Differences of moments in days, NaN where one is missing."""
    whole = gaps.astype("timedelta64[us]")
    return np.where(np.isnat(whole), np.nan, whole.astype(np.int64) / DAY.astype(np.int64))


def shifted(moments: Values, n_days: Any) -> Values:
    """Moments that many days later; what no calendar holds is missing."""
    fits = np.abs(n_days) < 4e6  # eleven thousand years
    steps = np.where(fits, n_days, 0) * DAY.astype(np.int64)
    made = moments.moments() + np.round(steps).astype("timedelta64[us]")
    return Values("moment", np.where(fits, made, np.datetime64("NaT", "us")))


def divided(a: Values, b: Values) -> Values:
    """a ÷ b; by zero is missing."""
    return finite(a.numbers() / b.numbers())


def remainder(a: Values, b: Values) -> Values:
    """What is left of a ÷ b, with the sign of b; by zero is missing."""
    return finite(np.mod(a.numbers(), b.numbers()))


def power(a: Values, b: Values) -> Values:
    """a to the power of b."""
    return finite(np.power(a.numbers(), b.numbers()))


def joined(a: Values, b: Values) -> Values:
    """One text after the other; what is missing adds nothing."""
    return text(joined_text(a.text().combine_chunks(), b.text().combine_chunks(), "", "expression"))


def compared(sign: str) -> Callable[[Values, Values], Values]:
    """The comparison of a sign: of moments where one is, of two texts by = and ≠, else of numbers."""

    def of(a: Values, b: Values) -> Values:
        unknown = (a.is_missing() + b.is_missing()) > 0
        if a.form == "text" and b.form == "text" and sign in "=≠":
            return truth(_same_text(a, b) if sign == "=" else ~_same_text(a, b), unknown)
        if a.form == "moment" or b.form == "moment":
            left, right = a.moments(), b.moments()
            return truth(_SIGNS[sign](left, right), np.isnat(left) | np.isnat(right))
        x, y = (each.truths() if "truth" in (a.form, b.form) else each.numbers() for each in (a, b))
        return truth(_SIGNS[sign](x, y), np.isnan(x) | np.isnan(y))

    return of


def both(a: Values, b: Values) -> Values:
    """a and b: false as soon as one is false, else missing where one is."""
    left, right = a.truths(), b.truths()
    is_false = (left == 0) | (right == 0)
    return truth(~is_false, ~is_false & (np.isnan(left) | np.isnan(right)))


def either(a: Values, b: Values) -> Values:
    """a or b: true as soon as one is true, else missing where one is."""
    left, right = a.truths(), b.truths()
    is_true = (left == 1) | (right == 1)
    return truth(is_true, ~is_true & (np.isnan(left) | np.isnan(right)))


def opposite(a: Values) -> Values:
    """Not a."""
    values = a.truths()
    return truth(values == 0, np.isnan(values))


def _same_text(a: Values, b: Values) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(pc.equal(a.data, b.data), False).to_numpy()


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "≠": np.not_equal,
    "<": np.less,
    "≤": np.less_equal,
    ">": np.greater,
    "≥": np.greater_equal,
}
OPERATORS: dict[str, Callable[..., Values]] = {
    "+": total,
    "-": difference,
    "*": lambda a, b: finite(a.numbers() * b.numbers()),
    "/": divided,
    "%": remainder,
    "^": power,
    "&": joined,
    "negative": lambda a: finite(-a.numbers()),
    "and": both,
    "or": either,
    "not": opposite,
    **{sign: compared(sign) for sign in _SIGNS},
}
