"""Random tables for tests, and the files in which Python's csv module writes them: the table itself is the oracle."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

DIALECTS: dict[str, dict[str, Any]] = {
    "comma": {"lineterminator": "\r\n"},
    "comma, every cell in quotes": {"quoting": csv.QUOTE_ALL},
    "comma, texts in quotes": {"quoting": csv.QUOTE_NONNUMERIC},
    "comma, old Mac": {"lineterminator": "\r", "quoting": csv.QUOTE_ALL},
    "comma, single quotes": {"quotechar": "'", "quoting": csv.QUOTE_NONNUMERIC},
    "comma, backslash": {"escapechar": "\\", "doublequote": False, "quoting": csv.QUOTE_NONNUMERIC},
    "semicolon": {"delimiter": ";", "lineterminator": "\r\n"},
    "semicolon, decimal comma": {"delimiter": ";"},
    "tab": {"delimiter": "\t"},
    "bar": {"delimiter": "|"},
    "unit separator": {"delimiter": "\x1f"},
    "caret": {"delimiter": "^", "quoting": csv.QUOTE_NONNUMERIC},
}
_LATIN = "Haus Garten Äpfel schön Straße grün Müller für über Öl Tür Café déjà façon niño año señor"
_CHINESE = "数据 学习 网络 训练 模型 北京 上海 我们 今天 天气 很好 中国 人民 大学 学生 老师 工作 时间 问题"
_JAPANESE = "データ 学習 東京 大阪 今日は 天気が よい です 日本語 私は 学生 先生 仕事 時間 問題 ありがとう"
WORDS = {
    "utf-8": f"{_LATIN} {_CHINESE} Ελλάδα Москва 🙂 עברית العربية ไทย".split(),
    "utf-8-sig": f"{_LATIN} {_JAPANESE}".split(),
    "utf-16": f"{_LATIN} {_CHINESE} Москва".split(),
    "gb18030": _CHINESE.split(),
    "cp1252": _LATIN.split(),
    "shift_jis": _JAPANESE.split(),
}
_NAMES = (
    "price", "two words", "with,comma", 'with "quotes"', "semi;colon", "x/y", "naïve", "index", "class", "a'b", "%",
    "total (EUR)", "line one\nline two", "_", "A", "a", "Unnamed: 0",
)  # fmt: skip
# what stands between two words of a text: every delimiter, quotes in all places, line ends, marks of comments
_BETWEEN = (
    " ", " ", " ", "  ", ", ", ",", ";", "; ", "\t", "|", '"', '" ', ' "', '""', "'", "' ", " '", "\n", "\n\n", "#",
    ":", "^", "\\", " - ", "=",
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A table as it must come back (None: missing; else the text that stands in the file), and its file."""

    names: list[str]
    columns: list[list[str | None]]
    data: bytes


def number_of(cell: str) -> float:
    """The number that the writer meant."""
    return float(cell.replace(",", "."))


@st.composite
def written_tables(draw: st.DrawFn, dialect: str, encoding: str, n_rows: tuple[int, int] = (10, 40)) -> Written:
    """Tables of numbers, words, codes and awkward text in any order, some names odd, equal or empty."""
    # A number and a text in every table: without numbers nobody can tell a header from a row, and
    # without some text in its script no encoding can be guessed.
    kinds = draw(st.permutations(["number", "text", *draw(st.lists(st.sampled_from(sorted(_CELLS)), max_size=4))]))
    height = draw(st.integers(*n_rows))
    rng = random.Random(draw(st.integers(0, 2**32)))
    mark = "," if "decimal comma" in dialect else "."
    columns = [[_CELLS[kind](rng, WORDS[encoding], mark) for _ in range(height)] for kind in kinds]
    header, names = _header(rng, len(kinds), encoding, draw(st.sampled_from(["", "empty", "equal"])))
    text = _file([header, *zip(*columns, strict=True)], dialect)
    # Two backslashes alone may as well be meant as two: only an escaped quotation mark shows that one is an escape.
    assume("escapechar" not in DIALECTS[dialect] or '\\"' in text or "\\\\" not in text)
    return Written(
        names,
        [[None if cell in ("", "NA") else str(cell) for cell in column] for column in columns],
        text.encode(encoding),
    )


def _file(rows: list[Any], dialect: str) -> str:
    sink = io.StringIO()
    csv.writer(sink, **{"lineterminator": "\n", **DIALECTS[dialect]}).writerows(rows)
    return sink.getvalue()


class _Number(float):
    """A number that Python's csv module knows for one and writes letter by letter as it was drawn."""

    def __new__(cls, text: str) -> _Number:
        made = super().__new__(cls, text.replace(",", "."))
        made.text = text
        return made

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def _number(rng: random.Random, words: list[str], mark: str) -> str | float:
    # Two places after the mark: 1,234 alone could as well be more than a thousand.
    text = f"{rng.randint(-99999, 99999) / 100:.2f}".replace(".", mark)
    return text if mark == "," else _Number(text)


def _maybe_number(rng: random.Random, words: list[str], mark: str) -> str | float:
    return rng.choice(["", "NA"]) if rng.random() < 0.2 else _number(rng, words, mark)


def _level(rng: random.Random, words: list[str], mark: str) -> str:
    return rng.choice(["", *words[:5]])


def _code(rng: random.Random, words: list[str], mark: str) -> str:
    return f"{rng.randint(0, 999):05d}"


def _text(rng: random.Random, words: list[str], mark: str) -> str:
    text = rng.choice(words)
    for _ in range(rng.randint(1, 6)):
        text += rng.choice(_BETWEEN) + rng.choice(words)
    return rng.choice(["{}", "{}", "{}.", '"{}"', "({})"]).format(text)


_CELLS: dict[str, Callable[[random.Random, list[str], str], str | float]] = {
    "number": _number, "number, some missing": _maybe_number, "level": _level, "code": _code, "text": _text,
}  # fmt: skip


def _header(rng: random.Random, width: int, encoding: str, odd: str) -> tuple[list[str], list[str]]:
    """A header as it is written, and the names that it gives."""
    known = [name for name in (*_NAMES, *WORDS[encoding]) if _has_letters_of(encoding, name)]
    header = rng.sample(known, width)
    names = list(header)
    if odd == "empty":
        header[0], names[0] = "", "column_1"
    if odd == "equal":
        header[-1], names[-1] = header[0], f"{names[0]}_2"
    return header, names


def _has_letters_of(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
