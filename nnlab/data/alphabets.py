"""How likely bytes are text of a language in an encoding: which letters come out, and whether they stand as letters do.

A wrong guess shows in letters that no language uses together, in capitals inside words and in long runs of accented
letters. East Asian encodings show in pairs of bytes that all fall into the pages of everyday characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

# letters beyond ASCII that a language uses; both cases follow from the small ones
WESTERN = (
    "äöüß",  # German
    "àâæçèéêëîïôùûüÿœ",  # French
    "áéíñóúü",  # Spanish
    "àáâãçéêíóôõúü",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "åäöæøéü",  # Nordic
    "áðéíóúýþæö",  # Icelandic
    "áàâäåæãçéèêëíìîïñóòôöøõúùûüßœ",  # names from everywhere
)
CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţ",  # Romanian
    "čćđšž",  # Croatian, Serbian, Slovene
)
TURKISH = ("çğıöşüâî",)
BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",  # Russian, Bulgarian
    "абвгдеєжзиіїйклмнопрстуфхцчшщьюя",  # Ukrainian
    "абвгдђежзијклљмнњопрстћуфхцчџш",  # Serbian
)
GREEK = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
HEBREW = ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",)
ARABIC = ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ",)
THAI = ("".join(chr(code) for code in range(0x0E01, 0x0E4F)),)

ENCODINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", WESTERN),
    ("cp1250", CENTRAL),
    ("iso8859_2", CENTRAL),
    ("cp1254", TURKISH),
    ("cp1257", BALTIC),
    ("mac_roman", WESTERN),
    ("cp850", WESTERN),
    ("cp1251", CYRILLIC),
    ("cp1255", HEBREW),
    ("koi8_r", CYRILLIC),
    ("cp866", CYRILLIC),
    ("iso8859_5", CYRILLIC),
    ("iso8859_7", GREEK),
    ("cp1253", GREEK),
    ("cp1256", ARABIC),
    ("cp874", THAI),
)
_SIGNS = set("–—‘’‚“”„…€£¥§©®°«»¿¡ºª·²³½¼¾µ±×•™№\xa0¦")
_LATIN_ALPHABETS = {*WESTERN, *CENTRAL, *TURKISH, *BALTIC}
_MIXED = WESTERN[-1]
# Hebrew's final letters inside a word; a Cyrillic word without a vowel
_UNLIKELY = re.compile(r"[ךםןףץ][א-ת]|^[бвгджзклмнпрстфхцчшщйь]{3,}$")
_WORD = re.compile(r"[^\W\d_]+|[^\x00-\x7f]")
_BEYOND = re.compile(r"[^\x00-\x7f]+")


def best_alphabet(sample: bytes) -> tuple[float, str]:
    """The likeliest one-byte encoding of a sample and its score, at most 1."""
    found = [(_score(sample, name, alphabets), -order, name) for order, (name, alphabets) in enumerate(ENCODINGS)]
    score, _, name = max(found)
    return score, name


def everyday_east_asian(sample: bytes) -> tuple[float, str]:
    """The largest share of everyday characters that an East Asian encoding finds among the pairs, 0 to 1, and which."""
    found = [(_everyday(sample, name, is_common), -order, name) for order, (name, is_common) in enumerate(_EAST_ASIAN)]
    share, _, name = max(found)
    return share, name


def _score(sample: bytes, name: str, alphabets: tuple[str, ...]) -> float:
    try:
        text = sample.decode(name)
    except UnicodeDecodeError:
        return 0.0
    words = Counter(word for word in _WORD.findall(text) if not word.isascii())
    if not words:
        return 0.0
    return max(_share(words, set(alphabet) | set(alphabet.upper()), alphabet) for alphabet in alphabets)


def _share(words: Counter[str], letters: set[str], alphabet: str) -> float:
    good, total = 0.0, 0
    for word, n_times in words.items():
        beyond = "".join(_BEYOND.findall(word))
        total += n_times * len(beyond)
        value = sum(1.0 if letter in letters else 0.7 if letter in _SIGNS else 0.0 for letter in beyond)
        if len(word) == 1 and beyond in letters:
            value = 0.4  # a lone letter is rather a sign in another encoding
        elif alphabet in _LATIN_ALPHABETS:
            value *= 0.2 if max(map(len, _BEYOND.findall(word))) > 3 else 1.0
        elif len(beyond) < len(word) or _UNLIKELY.search(word.lower()):
            value *= 0.3  # scripts of their own do not mix with Latin letters in a word
        good += n_times * (value - 0.5 * _odd_capitals(word))
    return good / total * (0.9 if alphabet == _MIXED else 1.0)


def _odd_capitals(word: str) -> int:
    """How often a capital follows a small letter, one of them beyond ASCII."""
    return sum(a.islower() and b.isupper() and max(a, b) > "\x7f" for a, b in pairwise(word))


def _everyday(sample: bytes, name: str, is_common: Callable[[bytes], bool]) -> float:
    try:
        text = sample.decode(name)
    except UnicodeDecodeError:
        return 0.0
    letters = Counter(letter for letter in text if letter > "\x7f")
    if letters.total() < 2:
        return 0.0
    pairs = ((letter.encode(name), n_times) for letter, n_times in letters.items())
    return sum(n_times for pair, n_times in pairs if len(pair) > 1 and is_common(pair)) / letters.total()


_EAST_ASIAN: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("gb18030", lambda pair: 0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA3)),
    ("big5", lambda pair: 0xA4 <= pair[0] <= 0xC6 or pair[0] == 0xA1),
    ("cp932", lambda pair: pair[0] in (0x81, 0x82, 0x83) or 0x88 <= pair[0] <= 0x97),
    ("euc_jp", lambda pair: pair[0] in (0xA1, 0xA3, 0xA4, 0xA5) or 0xB0 <= pair[0] <= 0xCF),
    ("cp949", lambda pair: 0xB0 <= pair[0] <= 0xC8 or pair[0] == 0xA1),
)
