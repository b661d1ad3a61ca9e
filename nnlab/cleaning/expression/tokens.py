"""The text of an expression cut into words: numbers, quoted text, names, signs, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from nnlab.errors import SpecError

LONGEST_EXPRESSION = 2_000  # characters
LONGEST_TEXT = 200  # characters of a text within quotes
SIGNS = (
    "<=",
    ">=",
    "<>",
    "!=",
    "==",
    "**",
    "≤",
    "≥",
    "≠",
    "<",
    ">",
    "=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "&",
    "(",
    ")",
    ",",
)
_WORD = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<text>"(?:[^"]|"")*"|' + r"'(?:[^']|'')*')"
    r"|(?P<quoted>\[(?:[^\]]|\]\])*\]|`(?:[^`]|``)*`)"
    r"|(?P<name>[^\W\d]\w*)"
    rf"|(?P<sign>{'|'.join(map(re.escape, SIGNS))})"
)


class Token(NamedTuple):
    """A word: what it is (number, text, quoted, name, sign or end), what it says, and its place from 1."""

    kind: str
    text: str
    at: int

    @property
    def quoted(self) -> str:
        """What it says as an error tells it; the end is no word of the expression."""
        return self.text if self.kind == "end" else f'"{self.text}"'


def tokens(expression: str) -> Iterator[Token]:
    """The words of an expression, and an end; raises `SpecError` with the place of what is none."""
    if len(expression) > LONGEST_EXPRESSION:
        raise SpecError(
            f"an expression may have {LONGEST_EXPRESSION} characters", where="expression", came=f"{len(expression)}"
        )
    place = 0
    while place < len(expression):
        found = _WORD.match(expression, place)
        if found is None:
            unclosed = {'"': "text that never ends", "'": "text that never ends", "[": "a name without ]"}
            refuse("this is not understood", place + 1, unclosed.get(expression[place], f'"{expression[place]}"'))
        kind, text = str(found.lastgroup), found.group()
        if kind in ("text", "quoted"):
            end = text[-1]
            text = text[1:-1].replace(end * 2, end)
            if kind == "text" and len(text) > LONGEST_TEXT:
                refuse(f"a text may have {LONGEST_TEXT} characters", place + 1, f"{len(text)}")
        if kind != "blank":
            yield Token(kind, text, place + 1)
        place = found.end()
    yield Token("end", "the end", place + 1)


def refuse(rule: str, at: int, came: str, do: str = "") -> NoReturn:
    """Raises the `SpecError` that names the place."""
    raise SpecError(rule, where=f"expression, character {at}", came=came[:80], do=do)
