"""Numbers in a workbook's cells as text: whole numbers plain, dates and times as ISO 8601."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Literal

Style = Literal["", "date", "time", "elapsed"]

_SAID = re.compile(r'"[^"]*"|\\.|[_*].')  # what a format shows as it stands
_BRACKETS = re.compile(r"\[[^\]]*\]")  # colours, conditions, currencies
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DAY_S = 86_400
_LAST_SERIAL = 2_958_466  # 10000-01-01
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)


def style_of(code: str) -> Style:
    """What a number format shows a number as, by its code; empty: as a number."""
    first = _SAID.sub("", code[:255]).split(";")[0]
    if _ELAPSED.search(first):
        return "elapsed"
    letters = _BRACKETS.sub("", first).lower()
    if "general" in letters:
        return ""
    if "y" in letters or "d" in letters or ("m" in letters and not ("h" in letters or "s" in letters)):
        return "date"
    return "time" if "h" in letters or "s" in letters else ""


def shown(value: str, style: Style, is_1904: bool = False) -> str:
    """The text of a number's cell: as its style shows it, without a fraction where it has none."""
    if not style and value.isdecimal() and value.isascii():
        return value  # not by way of a float, which has 15 digits
    try:
        number = float(value)
    except ValueError:
        return value
    if style and 0 <= number < _LAST_SERIAL:
        return _clock(number, style, is_1904)
    return plain_number(number)


def plain_number(number: float) -> str:
    """A number as short as it can be read back; `5` for 5.0."""
    if number.is_integer():
        return str(int(number)) if abs(number) < 1e15 else repr(number)
    return repr(number) if math.isfinite(number) else ""


def clock_time(milliseconds: int) -> str:
    """Hours, minutes and seconds, with as many hours as it takes: `13:45:00`, `36:30:00.250`."""
    seconds, rest = divmod(milliseconds, 1000)
    fraction = f".{rest:03}" if rest else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _clock(serial: float, style: Style, is_1904: bool) -> str:
    milliseconds = round(serial * _DAY_S * 1000)
    days, rest = divmod(milliseconds, _DAY_S * 1000)
    if style == "elapsed" or (style == "time" and days == 0):
        return clock_time(milliseconds)
    if not is_1904 and days == 60:
        day = "1900-02-29"  # a day that never was, which Excel counts all the same
    else:
        before = timedelta(1) if not is_1904 and days < 60 else timedelta(0)
        day = ((_EPOCH_1904 if is_1904 else _EPOCH) + timedelta(days) + before).date().isoformat()
    return f"{day} {clock_time(rest)}" if rest else day
