"""Columns of text: their levels, and whether they are categories, yes and no, sentences, identifiers or one value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnlab.data.columns import Kind, Role
from nnlab.data.distinct import first_and_count
from nnlab.data.letters import ends_are_plain
from nnlab.data.reading import Reading

if TYPE_CHECKING:
    import pyarrow as pa

YES_NO = (
    frozenset({"true", "false"}),
    frozenset({"yes", "no"}),
    frozenset({"y", "n"}),
    frozenset({"t", "f"}),
    frozenset({"on", "off"}),
    frozenset({"1", "0"}),
    frozenset({"ja", "nein"}),
    frozenset({"wahr", "falsch"}),
    frozenset({"oui", "non"}),
    frozenset({"vrai", "faux"}),
    frozenset({"si", "no"}),
    frozenset({"sí", "no"}),
    frozenset({"sì", "no"}),
    frozenset({"vero", "falso"}),
    frozenset({"verdadero", "falso"}),
    frozenset({"verdadeiro", "falso"}),
    frozenset({"sim", "não"}),
    frozenset({"sim", "nao"}),
    frozenset({"ja", "nee"}),
    frozenset({"ja", "nej"}),
    frozenset({"ja", "nei"}),
    frozenset({"kyllä", "ei"}),
    frozenset({"tak", "nie"}),
    frozenset({"ano", "ne"}),
    frozenset({"igen", "nem"}),
    frozenset({"evet", "hayır"}),
    frozenset({"да", "нет"}),
    frozenset({"так", "ні"}),
    frozenset({"ναι", "όχι"}),
    frozenset({"نعم", "لا"}),
    frozenset({"כן", "לא"}),
    frozenset({"是", "否"}),
    frozenset({"有", "无"}),
    frozenset({"はい", "いいえ"}),
    frozenset({"예", "아니오"}),
)
# scripts that put no blank between words, and about how many letters a word has in them
_UNBROKEN = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0002fa1f]|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{3}")
LETTERS_A_WORD = 2
FEW = 20  # levels that are categories however few rows there are
SENTENCE = 5  # words on average that make text of cells, few as they are
MOST_LEVELS = 2000  # categories beyond this are left out until they are asked for
N_LOOKED_AT = 500
FEW_ROWS = 256


@dataclass(frozen=True, eq=False)
class Levels:
    """A column of text, stripped and with its missing cells null, and how many different values it has.

    `first` holds at least the first `N_LOOKED_AT` of them in order of appearance, or all.
    """

    text: pa.ChunkedArray
    first: pa.Array
    n_levels: int
    n_filled: int


def levels_of(text: pa.ChunkedArray, reading: Reading, with_weak: bool = False) -> Levels:
    """The levels of an array of text; `with_weak`: also what counts as missing only among values becomes missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = reading.missing + (reading.missing_among_values if with_weak else ())
    if len(text) <= FEW_ROWS:
        return _levels_of_few(text, frozenset(missing))
    first, n_levels = first_and_count(text, N_LOOKED_AT)
    if not _is_stripped(pa.chunked_array([first]) if len(first) == n_levels else text.drop_null(), missing):
        nothing = pa.array(missing, text.type)
        text = pc.utf8_trim_whitespace(text)
        text = pc.if_else(pc.is_in(text, nothing), pa.scalar(None, text.type), text)
        first, n_levels = first_and_count(text, N_LOOKED_AT)
    return Levels(text, first, n_levels, len(text) - text.null_count)


def _is_stripped(filled: pa.ChunkedArray, missing: tuple[str, ...]) -> bool:
    """Whether no text has blanks at its ends and none stands for a missing value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    are_plain = all(map(ends_are_plain, filled.chunks))
    if not are_plain and not pc.utf8_trim_whitespace(filled).equals(filled):
        return False
    longest = max((len(mark.encode()) for mark in missing), default=-1)
    short = filled.filter(pc.less_equal(pc.binary_length(filled), longest))
    return not pc.any(pc.is_in(short, pa.array(missing, filled.type))).as_py()


def _levels_of_few(text: pa.ChunkedArray, missing: frozenset[str]) -> Levels:
    """The same without arrow's fixed costs, which tables of ten thousand columns and ten rows would pay in each."""
    import pyarrow as pa

    cells = text.to_pylist()
    stripped = [None if cell is None or (plain := cell.strip()) in missing else plain for cell in cells]
    filled = [cell for cell in stripped if cell is not None]
    made = text if stripped == cells else pa.chunked_array([pa.array(stripped, text.type)])
    first = pa.array(dict.fromkeys(filled), text.type)
    return Levels(made, first, len(first), len(filled))


def kind_of_levels(levels: Levels, why: str = "") -> tuple[Kind, Role, str]:
    """The kind and role of a column of text, and the reason in a sentence or two; `why` it is no number goes first."""
    lead = f"{why[:1].upper()}{why[1:]}. " if why else ""
    n_rows, n, n_filled = len(levels.text), levels.n_levels, levels.n_filled
    if not n:
        return "constant", "ignore", "Every cell is missing."
    if n == 1 and n_filled == n_rows > 1:
        return "constant", "ignore", "Every row has the same value."
    if n <= 2 and _is_yes_no(levels):
        return "boolean", "feature", f"{lead}Only {' and '.join(levels.first.to_pylist())}."
    looked = levels.first.slice(0, N_LOOKED_AT).to_pylist()
    n_words = sum(map(_n_words, looked)) / len(looked)
    n_letters = sum(map(len, looked)) / len(looked)
    is_text = n_words >= 3 or n_letters > 60 if n > FEW else n_words >= SENTENCE and n >= SENTENCE
    if (is_text and n > 0.5 * n_filled) or n_letters > 200:
        return "text", "feature", f"Text of {max(1, round(n_words))} words on average, {n} different."
    if n > FEW and n >= 0.95 * n_filled:
        return "id", "ignore", f"{lead}Nearly every row has a value of its own, which names the row."
    found = f"{lead}{n} different texts"
    if n > MOST_LEVELS or (n > FEW and n > 0.5 * n_filled):
        return "categorical", "ignore", f"{found} in {n_filled} filled rows are too many to learn from; left out."
    return "categorical", "feature", f"{found}."


def _n_words(cell: str) -> float:
    """How many words a cell has; Chinese, Japanese, Thai and the like write no blanks between them."""
    n_parts = len(cell.split())
    return n_parts if cell.isascii() else max(n_parts, len(_UNBROKEN.findall(cell)) / LETTERS_A_WORD)


def _is_yes_no(levels: Levels) -> bool:
    return frozenset(cell.lower() for cell in levels.first.to_pylist()) in YES_NO
