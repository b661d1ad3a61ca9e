"""The functions of expressions: one entry each, with how it is written; pages and manual list them from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlab.cleaning import cells, pattern
from nnlab.cleaning.expression.operators import days, joined
from nnlab.cleaning.expression.values import Values, finite, text, truth
from nnlab.errors import SpecError

MANY = 50  # parts that a function of any number of them takes
DATE_WORDS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "Mon": "%b", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True)
class Function:
    """How a function is written, what it gives, how many parts it takes, which of them are constants, and its work."""

    usage: str
    meaning: str
    work: Callable[..., Values]
    least: int
    most: int
    constants: dict[int, type] = field(default_factory=dict)


FUNCTIONS: dict[str, Function] = {}


def function(
    usage: str, meaning: str, least: int = 1, most: int | None = None, **constants: type
) -> Callable[[Callable[..., Values]], Callable[..., Values]]:
    """Registers a function under the name its usage begins with; `_1=str` says that the second part is a constant."""

    def add(work: Callable[..., Values]) -> Callable[..., Values]:
        name = usage.partition("(")[0]
        if name in FUNCTIONS:
            raise ValueError(f"a function {name} is registered already")
        places = {int(key[1:]): kind for key, kind in constants.items()}
        FUNCTIONS[name] = Function(usage, meaning, work, least, most or least, places)
        return work

    return add


def _numeric(usage: str, meaning: str, work: Callable[[Any], Any]) -> None:
    function(usage, meaning)(lambda x: finite(work(x.numbers())))


_numeric("abs(x)", "the size of a number without its sign", np.abs)
_numeric("floor(x)", "the next whole number below", np.floor)
_numeric("ceil(x)", "the next whole number above", np.ceil)
_numeric("sqrt(x)", "the square root; of a negative number missing", np.sqrt)
_numeric("log(x)", "the natural logarithm; of zero and less missing", np.log)
_numeric("log10(x)", "the logarithm to base 10", np.log10)
_numeric("exp(x)", "e to the power of a number", np.exp)


@function("round(x, digits)", "a number with that many digits after the point; none said: a whole one", 1, 2, _1=float)
def _round(x: Values, digits: float = 0.0) -> Values:
    return finite(np.round(x.numbers(), int(np.clip(digits, -300, 300))))


@function("min(a, b, ...)", "the smallest of several numbers that are there", 1, MANY)
def _min(*parts: Values) -> Values:
    return finite(np.fmin.reduce([part.numbers() for part in parts]))


@function("max(a, b, ...)", "the largest of several numbers that are there", 1, MANY)
def _max(*parts: Values) -> Values:
    return finite(np.fmax.reduce([part.numbers() for part in parts]))


@function("number(x)", "text as a number, where it is written as one")
def _number(x: Values) -> Values:
    return Values("number", x.numbers())


@function("text(x)", "anything as text")
def _text(x: Values) -> Values:
    return text(x.text())


@function("if(condition, a, b)", "a where the condition is true, else b; nothing said for b: missing", 2, 3)
def _if(condition: Values, a: Values, b: Values | None = None) -> Values:
    is_true = condition.truths() == 1
    if b is None:
        b = Values("missing", np.full(len(a), np.nan))
    return _chosen(is_true, a, b)


@function("coalesce(a, b, ...)", "the first of several that is not missing", 1, MANY)
def _coalesce(*parts: Values) -> Values:
    found = parts[0]
    for part in parts[1:]:
        found = _chosen(found.is_missing() == 0, found, part)
    return found


@function("is_missing(x)", "whether a cell is missing")
def _is_missing(x: Values) -> Values:
    return truth(x.is_missing(), False)


@function("length(x)", "how many characters a text has")
def _length(x: Values) -> Values:
    import pyarrow.compute as pc

    lengths = pc.utf8_length(x.text()).to_numpy(zero_copy_only=False)
    return Values("number", np.asarray(lengths, dtype=np.float64))


def _of_text(usage: str, meaning: str, name: str) -> None:
    def work(x: Values) -> Values:
        import pyarrow.compute as pc

        return text(getattr(pc, name)(x.text()))

    function(usage, meaning)(work)


_of_text("lower(x)", "a text in small letters", "utf8_lower")
_of_text("upper(x)", "a text in capital letters", "utf8_upper")
_of_text("trim(x)", "a text without blanks at its ends", "utf8_trim_whitespace")


@function("concat(a, b, ...)", "several texts one after another, as a & b; what is missing adds nothing", 1, MANY)
def _concat(*parts: Values) -> Values:
    found = text(parts[0].text())
    for part in parts[1:]:
        found = joined(found, part)
    return found


@function('replace(x, "old", "new")', "a text with every old replaced by new", 3, 3, _1=str, _2=str)
def _replace(x: Values, old: str, new: str) -> Values:
    import pyarrow.compute as pc

    found = x.text()
    if not old:
        return text(found)
    n_times = pc.sum(pc.count_substring(found, old)).as_py() or 0
    cells.check_bytes(cells.n_bytes_of(found) + n_times * len(new.encode()), "expression")
    return text(pc.replace_substring(found, old, new))


@function('extract(x, "pattern")', "what the first group of a pattern finds", 2, 2, _1=str)
def _extract(x: Values, wanted: str) -> Values:
    return text(pattern.group(x.text(), wanted if "(" in wanted else f"({wanted})", 1))


def _looks(usage: str, meaning: str, name: str) -> None:
    def work(x: Values, wanted: str) -> Values:
        import pyarrow.compute as pc

        found = x.text()
        return _told(pattern.matches(found, wanted) if name == "" else getattr(pc, name)(found, wanted))

    function(usage, meaning, 2, 2, _1=str)(work)


_looks('contains(x, "part")', "whether a text contains another", "match_substring")
_looks('starts_with(x, "part")', "whether a text begins so", "starts_with")
_looks('ends_with(x, "part")', "whether a text ends so", "ends_with")
_looks('matches(x, "pattern")', "whether a pattern is found in a text", "")


@function('date(x, "DD.MM.YYYY")', "text as a date; no form said: 2024-01-31 or 2024-01-31 08:30", 1, 2, _1=str)
def _date(x: Values, form: str = "") -> Values:
    if not form or x.form == "moment":
        return Values("moment", x.moments())
    if "%" in form:
        raise SpecError(
            "a form of dates is written in letters", where="date", came=form, do="Such as DD.MM.YYYY hh:mm."
        )
    for word, code in DATE_WORDS.items():
        form = form.replace(word, code)
    return Values("moment", cells.moments_in(x.text(), form))


@function("days_between(a, b)", "the days from a to b, with their fractions", 2)
def _days_between(a: Values, b: Values) -> Values:
    return Values("number", days(b.moments() - a.moments()))


@function("hours_between(a, b)", "the hours from a to b, with their fractions", 2)
def _hours_between(a: Values, b: Values) -> Values:
    return Values("number", days(b.moments() - a.moments()) * 24)


def _part(usage: str, meaning: str, name: str, add: int = 0) -> None:
    def work(x: Values) -> Values:
        import pandas as pd

        stamps = pd.DatetimeIndex(x.moments())
        return Values("number", np.asarray(getattr(stamps, name), dtype=np.float64) + add)

    function(usage, meaning)(work)


_part("year(x)", "the year of a date", "year")
_part("month(x)", "the month of a date, 1 to 12", "month")
_part("day(x)", "the day of the month, 1 to 31", "day")
_part("weekday(x)", "the day of the week, Monday 1 to Sunday 7", "day_of_week", 1)
_part("hour(x)", "the hour of a time, 0 to 23", "hour")


def _chosen(is_first: Any, a: Values, b: Values) -> Values:
    """a where the flags say so, else b; of two forms both become text."""
    if "missing" in (a.form, b.form):
        a, b = (_empty_as(b, len(a)), b) if a.form == "missing" else (a, _empty_as(a, len(b)))
    if a.form != b.form:
        numeric = {"number", "truth"}
        a, b = (Values(*_number_pair(each)) if {a.form, b.form} <= numeric else text(each.text()) for each in (a, b))
    if a.form == "text":
        import pyarrow as pa
        import pyarrow.compute as pc

        whole = [each.data.combine_chunks() for each in (a, b)]
        return text(pc.if_else(pa.array(is_first), *whole))
    return Values(a.form, np.where(is_first, a.data, b.data))


def _number_pair(values: Values) -> tuple[Any, Any]:
    return "number", values.numbers()


def _empty_as(like: Values, n_rows: int) -> Values:
    """Nothing but missing cells, in the form of others."""
    import pyarrow as pa

    if like.form == "text":
        return Values("text", pa.chunked_array([pa.nulls(n_rows, pa.large_string())]))
    empty: Any = np.datetime64("NaT", "us") if like.form == "moment" else np.nan
    return Values(like.form, np.full(n_rows, empty))


def _told(found: Any) -> Values:
    import pyarrow.compute as pc

    unknown = pc.is_null(found).to_numpy()
    return truth(pc.fill_null(found, False).to_numpy(), unknown)
