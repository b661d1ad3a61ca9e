"""What a single cell looks like: nothing, a number, a date, a time, yes or no, or text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NUMBER = (
    r"[(]?[+\-−–]?\s?[$€£¥]?\s?[+\-−–]?(?:\d(?:[\d.,'\u00a0\u202f\u2009]| (?=\d{3}))*|\.\d+)(?:[eE][+\-]?\d+)?"
    r"\s?(?:[$€£¥%]|EUR|USD)?[)]?"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}"
    r"|[A-Za-z]{3,9} \d{1,2},? \d{4})"
    r"(?:,?[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp][Mm])?(?:Z| UTC|[+\-]\d{2}:?\d{2})?)?"
    r"|(?:19|20)\d{2}[-/](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])/(?:19|20)\d{2}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}[ -](?:19|20)\d{2}"
)
_CELL = re.compile(
    rf"\s*(?:(?P<date>{_DATE})|(?P<time>\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)|(?P<number>{_NUMBER}|[-+]?(?i:inf(?:inity)?|nan))"
    r"|(?P<bool>true|false|True|False|TRUE|FALSE|yes|no|Yes|No|YES|NO)"
    r"|(?P<empty>NA|N/A|n/a|NaN|nan|null|NULL|None|<NA>|\?|-|\.|\\N)?)\s*"
)
_PLAIN = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")  # numbers that can be nothing else, without a look at all the forms
# a cell that a right dialect would give: no quotes at its ends, none of the usual delimiters inside
_CLEAN = re.compile(r"\s*(?:[^\s\"',;\t|][^\",;\t|]*)?\s*")
TYPED = ("number", "date", "time", "bool")


def form(cell: str) -> str:
    """`number`, `date`, `time`, `bool`, `empty` or `text`."""
    if len(cell) > 64:
        return "text"
    if _PLAIN.fullmatch(cell):
        return "number"
    found = _CELL.fullmatch(cell)
    if found is None and not cell.isascii():
        found = _CELL.fullmatch(unicodedata.normalize("NFKC", cell))  # full-width digits and marks
    return (found.lastgroup or "empty") if found else "text"


def is_clean(cell: str) -> bool:
    """Whether the cell looks like one value rather than like several that a wrong delimiter left together."""
    return _CLEAN.fullmatch(cell[:200]) is not None or form(cell) != "text"


def column_forms(rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """The form that at least nine of ten filled cells of a column have, or `text`; `empty` where none is filled."""
    forms: list[str] = []
    rows = rows[: max(6, 20_000 // max(1, width))]
    for place in range(width):
        forms.append(_likeliest([row[place] for row in rows if place < len(row)]))
    return tuple(forms)


def _likeliest(cells: Sequence[str]) -> str:
    counts = dict.fromkeys((*TYPED, "text", "empty"), 0)
    most_text = 0.1 * len(cells)
    for cell in cells:
        found = form(cell)
        counts[found] += 1
        if found == "text" and counts["text"] > most_text:
            return "text"  # whatever comes below
    n_filled = len(cells) - counts.pop("empty")
    likeliest = max(counts, key=counts.__getitem__)
    if not n_filled:
        return "empty"
    return likeliest if counts[likeliest] >= 0.9 * n_filled else "text"


def fits(row: Sequence[str], forms: Sequence[str]) -> bool:
    """Whether every filled cell of a typed column has the column's form."""
    return all(wanted not in TYPED or form(cell) in (wanted, "empty") for cell, wanted in zip(row, forms, strict=False))
