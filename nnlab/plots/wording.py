"""Texts inside a picture: numbers as people read them, and strangers' names shown as the text they are.

Plotly takes its labels for a little HTML, texts between dollar signs for formulas, and `%{...}` for a place to fill in.
"""

from __future__ import annotations

import math
import re

LONGEST = 24  # characters of a name beside an axis
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%{": "%&#123;"}
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPES)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+")
NARROW = "\u202f"  # a narrow space at which no line breaks


def shown(name: str, longest: int = LONGEST) -> str:
    """A name as plotly shows it letter for letter: on one line, shortened, nothing in it acting as markup.

    A blank inside becomes one at which no line breaks.
    """
    return escaped(one_line(name, longest)).replace(" ", "\u00a0")


def one_line(name: str, longest: int = LONGEST) -> str:
    """A name without line breaks or marks that turn the writing direction, shortened."""
    line = _CONTROL.sub(" ", str(name)).strip()
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return line or "(empty)"


def escaped(text: str) -> str:
    """A text of which plotly takes nothing for markup."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text)


def figure(value: float | None, digits: int = 3, *, has_unit: bool = True) -> str:
    """A metric's value: three digits after the point, or three in all where it is large; a dash where there is none.

    What is smaller than its digits is told by powers of ten, or as 0 where the figure has no unit: an R² of -0.0004.
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e6 or (has_unit and 0 < size < 10**-digits / 2):
        text = f"{size:.2e}"
    elif size >= 1000:
        text = count(round(size))
    else:
        text = f"{size:.{digits}f}" if size < 10 else f"{size:.{max(0, digits - 1 - (size >= 100))}f}"
    is_zero = not any(digit in text for digit in "123456789")
    return ("\u2212" if value < 0 and not is_zero else "") + text


def count(number: int) -> str:
    """A count with narrow spaces between the thousands."""
    return f"{number:,}".replace(",", NARROW)


def percent(share: float) -> str:
    """A share as whole percents; what is neither none nor all is never called so."""
    whole = round(100 * share)
    if share > 0 and whole == 0:
        return f"<{NARROW}1{NARROW}%"
    if share < 1 and whole == 100:
        return f">{NARROW}99{NARROW}%"
    return f"{whole}{NARROW}%"
