"""Texts cut into words: what tokens, n-grams and counts are made of.

Words and numbers are pieces of their own, and so is each sign: "Don't go (2 a.m.)!" becomes don't go ( 2 a . m . ) !
Where a script has no blanks between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) a run of its
letters becomes its characters, each followed by the pair that it begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

# what a script without blanks is cut into: characters and pairs, characters, or what stands between blanks after all
Unspaced: TypeAlias = Literal["pairs", "characters", "blanks"]

LONGEST_WORD = 200  # letters; of a longer word the beginning stands for it
LONGEST_GRAM = 2_000  # letters of several words together
MOST_COUNTED = 2_000_000  # different words held while counting; then the rarest are forgotten
# Thai to Lao; Burmese; Khmer; kana; Chinese characters in all their blocks
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED += "\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"

# what stands above, below or behind a letter and belongs to it: accents, Hebrew and Arabic points, vowels of India
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u200c\u200d\ufe0f"

_LETTERS = rf"[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[{MARKS}])*"
_PIECE = re.compile(rf"(?P<run>[{UNSPACED}]+)|{_LETTERS}(?:['’]{_LETTERS})*|[^\w\s]")
_BETWEEN_BLANKS = re.compile(r"(?P<run>(?!))|\w+(?:['’]\w+)*|[^\w\s]")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def pieces(text: str, lowercase: bool = True, unspaced: Unspaced = "pairs") -> list[str]:
    """The words, signs, and characters of scripts without blanks, in the order of the text."""
    found: list[str] = []
    for run, word in _cut(text, lowercase, unspaced):
        if not run:
            found.append(word)
        elif unspaced == "pairs":
            found += [part for at in range(len(run)) for part in (run[at], run[at : at + 2])]
            del found[-1]  # the last character begins no pair
        else:
            found += run
    return found


def characters(text: str, lowercase: bool = True) -> list[str]:
    """Every character; a run of blanks is one blank."""
    return list(" ".join((text.lower() if lowercase else text).split()))


def is_unspaced(texts: Iterable[str | None]) -> bool:
    """Whether most letters of the texts belong to scripts without blanks between words."""
    n_unspaced = n_letters = 0
    for text in texts:
        if text:
            n_unspaced += len(_UNSPACED.findall(text))
            n_letters += sum(map(str.isalpha, text))
    return 2 * n_unspaced > n_letters > 0


def counted(lists: Iterable[Iterable[str]]) -> Counter[str]:
    """How often each word occurs; of very many different ones those that stay rare are not counted to the end."""
    counts: Counter[str] = Counter()
    least = 1
    for words in lists:
        counts.update(words)
        while len(counts) > MOST_COUNTED:
            counts = Counter({word: n for word, n in counts.items() if n > least})
            least += 1
    return counts


def most_frequent(counts: Counter[str], most: int, least: int) -> tuple[str, ...]:
    """At most so many words from most to least frequent, equal counts in order of text, none rarer than `least`."""
    kept = sorted((word for word, n in counts.items() if n >= least), key=lambda word: (-counts[word], word))
    return tuple(kept[:most])


def numbered(words: Iterable[str], first: int) -> dict[str, int]:
    """The place of each word, counted from `first`."""
    return {word: at for at, word in enumerate(words, first)}


def word_grams(
    text: str, low: int, high: int, lowercase: bool = True, signs: bool = True, unspaced: Unspaced = "pairs"
) -> list[str]:
    """Runs of `low` to `high` neighbouring words, with a blank between them, in scripts with blanks; in others the
    characters, where `low` is 1, and the pairs."""
    found: list[str] = []
    words: list[str] = []
    for run, word in _cut(text, lowercase, unspaced):
        if run:
            found += _grams(run, min(low, 2), max(high, 2) if unspaced == "pairs" else high, "")
            found += _grams(words, low, high, " ")
            words = []
        elif signs or word[0].isalnum():
            words.append(word)
    return found + _grams(words, low, high, " ")


def character_grams(text: str, low: int, high: int, lowercase: bool = True) -> list[str]:
    """Runs of `low` to `high` neighbouring characters, blanks among them."""
    return _grams("".join(characters(text, lowercase)), low, high, "")


def _grams(parts: list[str] | str, low: int, high: int, between: str) -> list[str]:
    lengths = range(low, high + 1)
    return [between.join(parts[at : at + n]) for n in lengths for at in range(len(parts) - n + 1)]


def _cut(text: str, lowercase: bool, unspaced: Unspaced) -> Iterator[tuple[str, str]]:
    """The pieces of a text: a run of a script without blanks, or a word."""
    pattern = _BETWEEN_BLANKS if unspaced == "blanks" else _PIECE
    for match in pattern.finditer(text.lower() if lowercase else text):
        run = match["run"]
        yield (run, "") if run else ("", match[0][:LONGEST_WORD])
