"""Text to numbers, one column at a time: which mark is the decimal one, what separates thousands, which signs go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nnlab.data.letters import swapped_marks, without

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_SIGNS = re.compile(r"[$€£¥%\s]|EUR|USD|CHF|GBP|kr\b")
_EXPONENT = r"(?:[eE][+\-]?\d+)?"
_INFINITY = r"(?i:inf(?:inity)?)"
_THOUSANDS = " '’\u00a0\u202f\u2009"
_SPACED = re.compile("[\u00a0\u202f\u2009]")
LONGEST_INTEGER = 15  # digits that float64 keeps exactly
CODE = r"^[+\-]?0\d+$"
_CODE = re.compile(CODE)


@dataclass(frozen=True)
class Style:
    """How a column writes its numbers."""

    decimal: str = "."
    thousands: str = ""
    has_signs: bool = False  # currency, percent, accounting brackets, other minus signs, full-width digits

    @property
    def pattern(self) -> str:
        """A regular expression (of both `re` and RE2) for a number without signs."""
        mark = re.escape(self.decimal)
        fraction = rf"(?:{mark}\d*)?"
        if not self.thousands:
            return rf"^[+\-]?(?:(?:\d+{fraction}|{mark}\d+){_EXPONENT}|{_INFINITY})$"
        between = "[" + re.escape(self.thousands) + "]"
        grouped = rf"[1-9]\d{{0,2}}(?:{between}\d{{2,3}})*{between}\d{{3}}{fraction}"
        return rf"^[+\-]?(?:(?:{grouped}|\d+{fraction}|{mark}\d+){_EXPONENT}|{_INFINITY})$"

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, ready to be matched."""
        return re.compile(self.pattern)

    def words(self) -> str:
        """What is unusual about the style, for the reason of a kind."""
        parts = ["decimal comma"] if self.decimal == "," else []
        if self.thousands:
            parts.append(
                "thousands separated by " + {",": "commas", ".": "points"}.get(self.thousands, "spaces or marks")
            )
        if self.has_signs:
            parts.append("signs such as $ or % left out")
        return ", ".join(parts)


PLAIN = Style()
_PLAIN = re.compile(PLAIN.pattern)
# a number whose point cannot stand between thousands
_POINT = re.compile(r"[+\-]?(?:\d*\.(?:\d{0,2}|\d{4,})|\d{4,}\.\d+|0\d*\.\d+|\.\d+)(?:[eE].*)?")
_STYLES = (PLAIN, Style(thousands=","), Style(","), Style(",", "."), Style(".", _THOUSANDS), Style(",", _THOUSANDS))


@dataclass(frozen=True, eq=False)
class Numbers:
    """The values (NaN: missing or no number), the style they were read in, and which filled cells are no numbers."""

    values: np.ndarray  # (N,) float64
    style: Style
    failed: np.ndarray  # (n_failed,) places, in order
    is_clean: bool  # whether every filled cell is a plain number without blanks around it
    too_large: np.ndarray  # places of numbers beyond float64 and of infinities; NaN in `values`


def styles_of(cells: Sequence[str], decimal: str = "", likely: str = "") -> tuple[list[Style], float]:
    """The styles that fit most of some cells, and the share of cells that they fit; `decimal` leaves no other mark.

    "12,345" may be one number or another: of styles that fit alike those with the `likely` mark stand first, then the
    plainest.
    """
    if decimal != "," and all(map(_PLAIN.match, cells)) and _show_points(cells):
        return [PLAIN], 1.0
    bare = [bare_number(cell) for cell in cells]
    has_signs = any(plain != cell.strip() for plain, cell in zip(bare, cells, strict=True))
    asked = [style for style in _STYLES if not decimal or style.decimal == decimal]
    n_fit = [sum(style.compiled.match(cell) is not None for cell in bare) for style in asked]
    best = [style for style, n in zip(asked, n_fit, strict=True) if n == max(n_fit)]
    best.sort(key=lambda style: bool(likely) and style.decimal != likely)
    return [Style(style.decimal, style.thousands, has_signs) for style in best], max(n_fit) / max(1, len(bare))


def _show_points(cells: Sequence[str]) -> bool:
    """Whether plain numbers have no point at all, or one that is a decimal mark beyond doubt."""
    pointed = [cell for cell in cells if "." in cell]
    return not pointed or any(map(_POINT.fullmatch, pointed))


def decimal_mark(columns: Iterable[Sequence[str]], known: str = "") -> str:
    """The decimal mark that a file's columns agree on where they show one, "" where they do not.

    `known` is a mark that other columns have shown.

    A column shows it that can be read with one mark only: "0,5" does, "12,345" does not.
    """
    shown = {known} if known else set[str]()
    for cells in columns:
        if any("," in cell or "." in cell for cell in cells) and _fits_any(bare_number(cells[0])):
            found, share = styles_of(cells)
            marks = {style.decimal for style in found}
            shown |= marks if share == 1.0 and len(marks) == 1 else set()
    return shown.pop() if len(shown) == 1 else ""


def _fits_any(cell: str) -> bool:
    return any(style.compiled.match(cell) for style in _STYLES)


def parse_numbers(text: pa.ChunkedArray, style: Style, also_missing: Sequence[str] = ()) -> Numbers:
    """The numbers in an array of text (null: missing) written in a style; `also_missing` texts count as missing."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    failed = np.zeros(0, dtype=np.int64)
    quick = _quick(text, style, also_missing)
    if quick is not None:
        values, is_clean = quick
    else:
        is_clean = False
        bare = _bare_array(text, style)
        is_number = pc.match_substring_regex(bare, style.pattern)
        is_known = pc.or_(is_number, pc.is_in(pc.utf8_trim_whitespace(text), pa.array(also_missing, text.type)))
        failed = np.flatnonzero(pc.fill_null(pc.invert(is_known), False).to_numpy())
        plain = _dotted(pc.if_else(is_number, bare, None), style)
        values = pc.cast(plain, pa.float64()).to_numpy()  # null becomes NaN
    infinite = np.zeros(0, dtype=np.int64)
    if any(np.isinf(end) for end in ends(values)):
        infinite = np.flatnonzero(np.isinf(values))
        values = values.copy()
        values[infinite] = np.nan
    return Numbers(values, style, failed, is_clean, infinite)


def ends(values: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest of some numbers, NaN left out; NaN twice where there are none."""
    import numpy as np

    return float(np.fmin.reduce(values, initial=np.nan)), float(np.fmax.reduce(values, initial=np.nan))


def best_numbers(text: pa.ChunkedArray, styles: Sequence[Style], also_missing: Sequence[str] = ()) -> Numbers:
    """The numbers in the first of some styles that leaves no cell over, else in the one that leaves fewest."""
    best = parse_numbers(text, styles[0], also_missing)
    for style in styles[1:]:
        if not len(best.failed):
            break
        other = parse_numbers(text, style, also_missing)
        best = other if len(other.failed) < len(best.failed) else best
    return best


def _quick(text: pa.ChunkedArray, style: Style, also_missing: Sequence[str]) -> tuple[np.ndarray, bool] | None:
    """The numbers by arrow's own parser and whether nothing had to be changed; None where a cell needs a closer look.

    Beside what the pattern of the style takes, arrow takes only NaN, in any spelling: where one is left over, None.
    """
    import numpy as np
    import pyarrow as pa

    if style.thousands or style.has_signs:
        return None
    pattern = style.compiled
    marks = [mark for mark in also_missing if not pattern.match(mark)]
    are_known = not any(mark[-1:].isdigit() for mark in marks)
    known = pa.array(marks, text.type)
    values = np.empty(len(text))
    at = n_missing = 0
    has_marks = False
    for chunk in text.chunks:
        numbers = None if has_marks else _cast(chunk, style)
        if numbers is None and are_known:  # arrow looks at every cell before it refuses: later chunks begin here
            has_marks = True
            numbers = _cast(without(chunk, known), style)
        if numbers is None:
            return None
        values[at : at + len(chunk)] = numbers.to_numpy(zero_copy_only=False)  # null becomes NaN
        at += len(chunk)
        n_missing += numbers.null_count
    is_clean = style == PLAIN and not has_marks
    return (values, is_clean) if is_clean or np.count_nonzero(np.isnan(values)) == n_missing else None


def _cast(chunk: pa.Array, style: Style) -> pa.Array | None:
    """The numbers where every cell is one in a style without thousands and signs, or NaN in any spelling."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if style.decimal == ",":
        chunk = swapped_marks(chunk)  # a point becomes a comma, which arrow refuses
    try:
        return pc.cast(chunk, pa.float64())
    except pa.ArrowInvalid:
        return None


def are_codes(text: pa.ChunkedArray, values: np.ndarray, sample: Sequence[str]) -> str:
    """Why digits are rather names than amounts (leading zeros, too many digits), or nothing."""
    import pyarrow.compute as pc

    if len(sample) == len(text):
        if any(map(_CODE.match, sample)):
            return "whole numbers with leading zeros are codes"
    elif not any("." in cell or "," in cell for cell in sample):
        starts = text.filter(pc.starts_with(text, "0"))
        if len(starts) and pc.any(pc.match_substring_regex(starts, CODE)).as_py():
            return "whole numbers with leading zeros are codes"
    if max(map(abs, ends(values))) >= 10.0**LONGEST_INTEGER:
        long = rf"^[+\-]?\d{{{LONGEST_INTEGER + 1},}}$"
        if pc.any(pc.match_substring_regex(text, long)).as_py():
            return f"whole numbers of more than {LONGEST_INTEGER} digits would lose their last ones"
    if sum(cell[0] == "+" and len(cell) > 9 and cell[1:].isdigit() for cell in sample) * 2 > len(sample):
        return "digits after a plus sign are telephone numbers"
    return ""


def bare_number(cell: str) -> str:
    """A cell without currency, percent and brackets, in plain digits and with a plain minus."""
    cell = unicodedata.normalize("NFKC", cell) if not cell.isascii() and not _SPACED.search(cell) else cell
    cell = cell.strip().replace("−", "-").replace("–", "-")
    if cell.startswith("(") and cell.endswith(")"):
        cell = "-" + cell[1:-1]
    if _SIGNS.search(cell):
        cell = re.sub(r"^([+\-]?)\s*(?:[$€£¥]|EUR|USD|CHF|GBP)\s*([+\-]?)", r"\1\2", cell)
        cell = re.sub(r"\s*(?:[$€£¥%]|EUR|USD|CHF|GBP|kr)$", "", cell)
    return cell


def _bare_array(text: pa.ChunkedArray, style: Style) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(text)
    if not style.has_signs:
        return bare
    if style.thousands != _THOUSANDS:
        bare = pc.utf8_normalize(bare, "NFKC")
    bare = pc.replace_substring_regex(bare, "[−–]", "-")
    bare = pc.replace_substring_regex(bare, r"^\((.*)\)$", r"-\1")
    bare = pc.replace_substring_regex(bare, r"^([+\-]?)\s*(?:[$€£¥]|EUR|USD|CHF|GBP)\s*([+\-]?)", r"\1\2")
    return pc.replace_substring_regex(bare, r"\s*(?:[$€£¥%]|EUR|USD|CHF|GBP|kr)$", "")


def _dotted(bare: pa.ChunkedArray, style: Style) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    for mark in style.thousands:
        bare = pc.replace_substring(bare, mark, "")
    return pc.replace_substring(bare, ",", ".") if style.decimal == "," else bare
