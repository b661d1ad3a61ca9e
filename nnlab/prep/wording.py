"""Numbers and dates as people read them: few digits, a real minus, thin spaces between thousands."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

THIN = "\u202f"
MINUS = "\u2212"
LONGEST_WORD = 24  # letters
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(value: float, digits: int = 4) -> str:
    """A number with at most `digits` significant digits, none before the point lost: "28", "−0.09", "1 200 000"."""
    if math.isnan(value):
        return "missing"
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else f"{MINUS if value < 0 else ''}∞"
    size = math.floor(math.log10(abs(value)))
    if size >= 15 or size < -5:
        text = f"{value:.{digits - 1}g}"
    else:
        text = f"{value:,.{max(digits - 1 - size, 0)}f}".replace(",", THIN)
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def fixed(value: float, places: int = 2) -> str:
    """A number for a formula, with a fixed number of places where it is of ordinary size: "29.10"."""
    if math.isfinite(value) and (value == 0 or 10.0**-places <= abs(value) < 1e9):
        return f"{value:,.{places}f}".replace(",", THIN).replace("-", MINUS)
    return number(value)


def moment(seconds: float) -> str:
    """A date, with its time where it has one, from seconds since 1970-01-01: "2024-02-29 13:05"."""
    if math.isnan(seconds):
        return "missing"
    try:
        when = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{number(seconds / 31_556_952 + 1970)} (year)"
    return f"{when:%Y-%m-%d}" if seconds % 86_400 == 0 else f"{when:%Y-%m-%d %H:%M}"


def year(value: float, digits: int = 4) -> str:
    """A year, which has no space between thousands: "1949"."""
    return number(value, digits).replace(THIN, "")


def listed(names: list[str], most: int = 5) -> str:
    """Names in a sentence, the rest counted: "a, b and 3 more"."""
    cut = [name if len(name) <= 60 else name[:59] + "…" for name in names]
    if len(cut) > most:
        return f"{', '.join(cut[: most - 1])} and {len(cut) - most + 1} more"
    return " and ".join(part for part in (", ".join(cut[:-1]), cut[-1] if cut else "") if part)


def quoted(word: str) -> str:
    """A word in its quotes, so that a comma or a full stop is seen to be one: "“james”", "“,”"."""
    return f"“{word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 1] + '…'}”"


def fitting(said: list[str], room: int) -> str:
    """As many of the parts as have room, in letters, one at least; the rest counted: "a · b · 3 more"."""

    def first(n: int) -> str:
        return " · ".join([*said[:n], f"{number(len(said) - n, 9)} more"])

    whole = " · ".join(said)
    if len(whole) <= room or len(said) < 2:
        return whole
    n = 1
    while n + 1 < len(said) and len(first(n + 1)) <= room:
        n += 1
    return first(n)
