"""What the figures come to, in one sentence: does the network beat the baselines, or can these rows not tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Says = Literal["beats", "loses to", "cannot be told from"]

TITLES = {
    "majority": "majority",
    "mean": "mean",
    "last_value": "last value",
    "last_season": "last season",
    "linear": "linear",
    "lightgbm": "LightGBM",
}
_NAMES = {
    "linear": "the linear model",
    "lightgbm": "LightGBM",
    "mean": "always saying the mean",
    "last_value": "saying the last value again",
    "last_season": "saying the value of a season before",
}
_LONGEST_CLASS = 40  # characters
_ORDER: tuple[Says, ...] = ("loses to", "cannot be told from", "beats")
NOTHING_LEFT = "no rows are left to judge"
_ZERO = 1e-9  # a difference below is the rounding of float64, not a better model


class Compared(NamedTuple):
    """One baseline beside the network: how much better the network is, its 95 % interval, and what that says."""

    name: str
    difference: float | None
    low: float | None
    high: float | None
    says: Says | None


def says(low: float, high: float) -> Says:
    """What the 95 % interval of a paired difference says."""
    if low > _ZERO:
        return "beats"
    return "loses to" if high < -_ZERO else "cannot be told from"


def number(count: int) -> str:
    """A count with narrow no-break spaces between the thousands."""
    return f"{count:,}".replace(",", "\u202f")


def title(model: str) -> str:
    """A model's name as pictures show it."""
    return TITLES.get(model, model)


def shortened(name: str, longest: int = _LONGEST_CLASS) -> str:
    """A name that came with the data, on one line and not too long for a sentence."""
    line = " ".join(name.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def named(model: str, majority_class: str) -> str:
    """A baseline's name inside a sentence."""
    if model == "majority" and not majority_class:
        return "always saying the commoner answer"
    if model == "majority":
        return f"always saying “{shortened(majority_class)}”"
    return _NAMES.get(model, model)


def verdict(
    n_test: int, n_used: int, headline_title: str, value: float | None, compared: Iterable[Compared], majority: str
) -> str:
    """The sentence.

    Args:
        n_used: rows that trained or validated.
        value: the network's headline figure.
        majority: the class that the majority baseline says.
    """
    compared = tuple(compared)
    if n_test == 0:
        rows = f"All {number(n_used)} rows are" if n_used != 1 else "The only row is"
        return f"{rows} used for training: {NOTHING_LEFT}."
    place = f"On {'this 1 test row' if n_test == 1 else f'these {number(n_test)} test rows'}"
    if value is None:
        return f"{place} the {headline_title} cannot be computed, so nothing can be said about the baselines."
    told = [one for one in compared if one.says is not None]
    if not compared:
        return f"{place} the network's {headline_title} is {value:.3f}."
    if not told:
        if any(one.difference is not None for one in compared):
            return f"{place} nothing can be told: they are too few for a 95 % interval."
        return f"{place} the network's {headline_title} is {value:.3f}; no baseline could be fitted to compare it with."
    parts = []
    for word in _ORDER:
        names = [named(one.name, majority) for one in told if one.says == word]
        if names:
            parts.append(f"{word} {_joined(names, 'or' if word == 'cannot be told from' else 'and')}")
    return f"{place}, by {headline_title}, the network {'; it '.join(parts)}."


def detail(compared: Iterable[Compared], best_epoch: int | None, *, has_validation: bool = True) -> str:
    """The evidence below the sentence: each difference with its interval, and the epoch that is judged.

    Without rows to validate on, the loss on training rows has chosen it.
    """
    parts: list[str] = []
    for one in compared:
        if one.difference is not None and one.low is not None and one.high is not None and one.name not in _CONSTANT:
            to = _NAMES.get(one.name, one.name)
            head = "Difference to" if not parts else "to"
            between = f"{signed(one.low)} to {signed(one.high)}"
            parts.append(f"{head} {to} {signed(one.difference)}, {'' if parts else _INTERVAL}{between}")
    sentences = ["; ".join(parts)] if parts else []
    if best_epoch is not None:
        rows = "validation" if has_validation else "training"
        sentences.append(f"Epoch {number(best_epoch)}, the one with the lowest loss on the {rows} rows")
    return "".join(f"{sentence}. " for sentence in sentences).strip()


_CONSTANT = ("majority", "mean")
_INTERVAL = "95\u202f% interval "


def signed(value: float) -> str:
    """A difference with its sign, three digits after the point, and a true minus."""
    text = f"{abs(value):.3f}" if abs(value) < 1000 else f"{abs(value):.3g}"
    if not any(digit in text for digit in "123456789"):
        return text
    return ("+" if value > 0 else "\u2212") + text


def _joined(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
