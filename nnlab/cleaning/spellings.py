"""Values of a column that may be one value spelt in several ways, with their counts: proposals, never more.

Four looks, from sure to daring: the same but for capitals, blanks and punctuation; the same without accents; one letter
apart in a long word; a short form of the only value that begins so. Digits and signs that carry meaning (C, C++, A+)
are never taken for punctuation. The first look's key is OpenRefine's fingerprint without its sorting of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from nnlab.cleaning.steps import MergeSpellings, Spelling

if TYPE_CHECKING:
    import pandas as pd

Why = Literal["", "capitals, blanks, punctuation", "accents", "a letter", "short form"]
MOST_DISTINCT = 2_000  # of a column that is looked at
MOST_TYPOS = 1_000  # values among which single letters are looked for
MOST_FOR_SHORT = 60  # with more values, a letter stands for too many of them
SHORTEST_TYPO = 5  # letters of a word that may hold a wrong one
RARER = 3  # how many times rarer a misspelling is at least
OPPOSITES = {"yes": "no", "no": "yes", "on": "off", "off": "on"}  # short for nothing where both are there
LONGEST = 100  # letters; longer ones are sentences
_BETWEEN = re.compile(r"(?<=[^\W\d_])[-_/\\](?=[^\W\d_])")
_POINTS = re.compile(r"(?<!\d)[.,;:!?'\"“”‘’´`()\[\]{}](?!\d)")


@dataclass(frozen=True)
class Spelt:
    """A value as it is written, the rows it stands in, and why it may be another one."""

    text: str
    n_rows: int
    why: Why = ""

    @property
    def is_sure(self) -> bool:
        """Whether only its look differs; a letter more or less may be another word, and nobody can know."""
        return self.why in ("capitals, blanks, punctuation", "accents")


@dataclass(frozen=True)
class Proposal:
    """Spellings of one column that may be one: the one that would stay, and the others."""

    column: str
    kept: Spelt
    merged: tuple[Spelt, ...]


def proposals(frame: pd.DataFrame, names: Iterable[str]) -> tuple[Proposal, ...]:
    """What may be merged in these columns of a frame, those of text; the most rows first within a column."""
    found: list[Proposal] = []
    for name in names:
        series = frame[name]
        if series.dtype != "str":
            continue
        counts: pd.Series[Any] = series.value_counts()
        if 2 <= len(counts) <= MOST_DISTINCT:
            found += spellings(name, {str(text): int(n) for text, n in counts.items()})
    return tuple(found)


def spellings(column: str, counts: Mapping[str, int]) -> tuple[Proposal, ...]:
    """What may be merged among different values with the rows of each; every value stands in one proposal at most."""
    groups = _grouped(counts)
    keys = sorted(groups, key=lambda key: (-sum(counts[text] for text in groups[key]), key))
    joined: dict[str, tuple[str, Why]] = {}  # the key of a group to that of the one it goes into
    for look in (_without_accents, _typos, _short_forms):
        left = [key for key in keys if key not in joined]
        rows = {key: sum(counts[text] for text in groups[key]) for key in left}
        for key, into, why in look(left, rows):
            if key not in joined and into not in joined and not _is_target(joined, key):
                joined[key] = (into, why)
    return tuple(_proposed(column, counts, groups, joined, key) for key in keys if _has_kin(groups, joined, key))


def merging(column: str, chosen: Iterable[Proposal]) -> MergeSpellings:
    """The step that carries proposals of a column out."""
    pairs = tuple(Spelling(kept=each.kept.text, merged=tuple(other.text for other in each.merged)) for each in chosen)
    return MergeSpellings(column=column, spellings=pairs)


def plain_key(text: str) -> str:
    """A value without what only its look is made of: capitals, blanks, and punctuation that is no sign."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_POINTS.sub(" ", _BETWEEN.sub(" ", folded)).split()) or folded.strip()


def _grouped(counts: Mapping[str, int]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        if len(text) <= LONGEST:
            groups[plain_key(text)].append(text)
    return groups


def _has_kin(groups: Mapping[str, list[str]], joined: Mapping[str, tuple[str, Why]], key: str) -> bool:
    return key not in joined and (len(groups[key]) > 1 or _is_target(joined, key))


def _is_target(joined: Mapping[str, tuple[str, Why]], key: str) -> bool:
    return any(into == key for into, _why in joined.values())


def _proposed(
    column: str,
    counts: Mapping[str, int],
    groups: Mapping[str, list[str]],
    joined: Mapping[str, tuple[str, Why]],
    key: str,
) -> Proposal:
    own = sorted(groups[key], key=lambda text: (-counts[text], text.isupper(), text))
    others = [Spelt(text, counts[text], "capitals, blanks, punctuation") for text in own[1:]]
    for other, (into, why) in joined.items():
        if into == key:
            others += [Spelt(text, counts[text], why) for text in groups[other]]
    others.sort(key=lambda spelt: (-spelt.n_rows, spelt.text))
    return Proposal(column, Spelt(own[0], counts[own[0]]), tuple(others))


def _without_accents(keys: list[str], rows: Mapping[str, int]) -> Iterable[tuple[str, str, Why]]:
    bare: dict[str, str] = {}
    for key in keys:  # the most frequent first
        spread = unicodedata.normalize("NFKD", key)
        plain = "".join(letter for letter in spread if not unicodedata.combining(letter))
        into = bare.setdefault(plain, key)
        if into != key and plain.isascii():  # in other scripts a mark makes another letter
            yield key, into, "accents"


def _typos(keys: list[str], rows: Mapping[str, int]) -> Iterable[tuple[str, str, Why]]:
    """Rare values one letter away from frequent ones: left out, put in, another, or two of them turned round."""
    if len(keys) > MOST_TYPOS:
        return
    near: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        for form in _shortened(key):
            near[form].append(key)
    for key in reversed(keys):
        found = {other for form in _shortened(key) for other in near[form] if other != key}
        likely = [other for other in found if rows[other] >= RARER * rows[key] and _is_a_letter_away(key, other)]
        if len(likely) == 1:
            yield key, likely[0], "a letter"


def _shortened(key: str) -> set[str]:
    return {key, *(key[:at] + key[at + 1 :] for at in range(1, len(key)))} if len(key) >= SHORTEST_TYPO else set()


def _is_a_letter_away(one: str, other: str) -> bool:
    """Whether they differ by one letter of one long word, not its first, and by no digit."""
    words, others = one.split(), other.split()
    if len(words) != len(others):
        return one.replace(" ", "") == other.replace(" ", "")
    pairs = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    if len(pairs) != 1:
        return False
    a, b = sorted(pairs[0], key=len)
    if len(a) < SHORTEST_TYPO or a[0] != b[0] or not (a.isalpha() and b.isalpha()):
        return False
    at = next((place for place, letter in enumerate(a) if letter != b[place]), len(a))
    if len(a) < len(b):
        # A letter more at the end makes another word of many: lion, lions.
        return at < len(a) and a[at:] == b[at + 1 :]
    is_turned = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return len(a) == len(b) and (a[at + 1 :] == b[at + 1 :] or is_turned)


def _short_forms(keys: list[str], rows: Mapping[str, int]) -> Iterable[tuple[str, str, Why]]:
    """Values of up to three letters that only one longer one begins with, or whose first letters they are."""
    if len(keys) > MOST_FOR_SHORT:
        return
    for key in keys:
        if len(key) > 3 or not key.isalpha() or OPPOSITES.get(key) in keys:
            continue
        longer = [other for other in keys if len(other) > max(3, len(key)) and _is_short_for(key, other)]
        if len(longer) == 1:
            yield key, longer[0], "short form"


def _is_short_for(short: str, whole: str) -> bool:
    words = whole.split()
    initials = "".join(word[0] for word in words)
    begins = whole.startswith(short) and words[0] != short  # "No phone service" begins with the word itself
    return begins or (len(words) > 1 and initials == short)
