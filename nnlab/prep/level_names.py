"""Levels by their names: how a level is written, found among others, and put in order."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:[.,]\d+)?", re.ASCII)


def level_text(level: object) -> str:
    """A level as text; a whole number without its point, so that 3.0 and "3" are one level."""
    if isinstance(level, float) and level.is_integer() and abs(level) < 1e15:  # numpy's float64 is a float
        return str(int(level))
    return level if isinstance(level, str) else str(level)


def found_level(level: object, known: Collection[str]) -> str:
    """The text under which a level is known; "2.0" and "2,50" stand for the levels "2" and "2.5" of a column of
    numbers that a person made categories of, while "02" is another level."""
    text = level_text(level)
    return text if text in known else usual_text(text)


def usual_text(text: str) -> str:
    """A number as `level_text` writes it, so that "2.0" and "2,50" are "2" and "2.5"; another text as it is."""
    return level_text(float(text.replace(",", "."))) if _NUMBER.fullmatch(text) else text


def natural_order(text: str) -> tuple[int, float, str]:
    """A key that sorts numbers by size before words by letters, and no before yes, false before true."""
    try:
        value = float(text)
    except ValueError:
        return 1, 0.0, text
    return (0, value, text) if math.isfinite(value) else (1, 0.0, text)
