"""Bytes to text: byte order marks, then strict UTF-8 over the whole file, then the likeliest legacy encoding.

A sample of the lines that hold bytes above 127 decides between the legacy encodings, wherever in the file they are.
One byte a letter is told apart by the alphabets that come out; for the rest charset-normalizer is asked.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from nnlab.data.alphabets import best_alphabet, everyday_east_asian
from nnlab.errors import DataError

SAMPLE = 8_192  # bytes of text that decide
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_EAST_ASIAN = [
    "cp932",
    "shift_jis",
    "gb18030",
    "gbk",
    "big5",
    "cp950",
    "euc_kr",
    "cp949",
    "euc_jp",
    "johab",
    "big5hkscs",
]
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}


@dataclass(frozen=True)
class Decoded:
    """Text as UTF-8 bytes without byte order marks, its encoding in the file, how many characters were unreadable."""

    text: bytes
    encoding: str
    n_replaced: int = 0


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file in an encoding, or in the one that is guessed; raises `DataError` for an unknown encoding."""
    marked = next((bom for bom, name in _BOMS if data.startswith(bom)), b"")
    if encoding is None and marked in (b"", codecs.BOM_UTF8) and is_utf8(data) and b"\x00" not in data[:SAMPLE]:
        return Decoded(_unmarked(data), "utf-8")
    name = encoding or guess_encoding(data)
    try:
        name = _plain_name(codecs.lookup(name).name)
    except LookupError:
        known = "Known are utf-8, utf-16, cp1252 and so on."
        raise DataError("there is no such encoding", where="encoding", came=name[:80], do=known) from None
    if name in ("utf-16", "utf-32") and marked:
        name = dict(_BOMS)[marked]
    if name == "utf-8":
        return _from_utf8(_unmarked(data))
    try:
        text, n_replaced = data.decode(name), 0
    except UnicodeDecodeError:
        text = data.decode(name, "replace")
        n_replaced = text.count("�")
    except (LookupError, ValueError):  # a codec that is no text encoding, such as hex
        raise DataError("this is no encoding of text", where="encoding", came=name[:80]) from None
    return Decoded(text.lstrip("\ufeff").encode("utf-8", "replace"), name, n_replaced)


def is_utf8(data: bytes) -> bool:
    """Whether all the bytes are strict UTF-8."""
    if data.isascii():
        return True
    import numpy as np
    import pyarrow as pa

    places = pa.py_buffer(np.array([0, len(data)], np.int64))
    cell = pa.Array.from_buffers(pa.large_string(), 1, [None, places, pa.py_buffer(data)])
    try:  # several times as quick as Python's own decoder, and without a copy
        cell.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def guess_encoding(data: bytes) -> str:
    """The name of the encoding that the bytes are most likely in, as Python spells it."""
    for bom, name in _BOMS:
        if data.startswith(bom) and not (name == "utf-16-le" and len(data) % 4 == 0 and data[2:4] == b"\0\0"):
            return name
    if b"\x00" in data[:SAMPLE] and (wide := _without_mark(data)):
        return wide
    return "utf-8" if is_utf8(data) else _damaged_utf8(data) or _legacy(data)


def _unmarked(data: bytes) -> bytes:
    while data.startswith(codecs.BOM_UTF8):  # some exports write it twice
        data = data[3:]
    return data


def _from_utf8(data: bytes) -> Decoded:
    if is_utf8(data):
        return Decoded(data, "utf-8")
    text = data.decode("utf-8", "replace")
    return Decoded(text.encode(), "utf-8", text.count("�") - data.count("�".encode()))


def _without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark: the only encodings in which plain letters come with zero bytes."""
    for name, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        head = data[: SAMPLE - SAMPLE % width]
        if len(data) % width:
            continue
        try:
            text = head.decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4:
                continue
            text = head[: error.start].decode(name)
        if text and all(letter >= " " or letter in "\t\r\n\x1f" for letter in text) and re.search(r"[\n\r,;\t|]", text):
            return name
    return None


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 if only a few of its many letters beyond ASCII are damaged."""
    sample = _sample(data)
    text = sample.decode("utf-8", "replace")
    n_bad = text.count("�")
    n_good = sum(letter > "\x7f" for letter in text) - n_bad
    return "utf-8" if n_good > 3 * n_bad else None


def _sample(data: bytes) -> bytes:
    """The beginnings of the lines that hold bytes above 127, from anywhere in the file."""
    import numpy as np

    places = np.flatnonzero(np.frombuffer(data, np.uint8) > 127)
    lines: list[bytes] = []
    size, end = 0, -1
    for place in places.tolist():
        if place < end:
            continue
        start = data.rfind(b"\n", max(0, place - SAMPLE), place) + 1 or max(0, place - SAMPLE)
        found = data.find(b"\n", place, place + SAMPLE)
        end = found if found >= 0 else min(len(data), place + SAMPLE)
        lines.append(data[start:end])
        size += end - start
        if size > SAMPLE:
            break
    return b"\n".join(lines)


def _legacy(data: bytes) -> str:
    sample = _sample(data)
    score, name = best_alphabet(sample)
    everyday, east_asian = everyday_east_asian(sample)
    if everyday >= 0.85 and everyday > score - 0.1:
        return _asked(sample, _EAST_ASIAN) or east_asian  # it says nothing where quotes and odd delimiters abound
    if score >= 0.75:
        return name
    n_high = sum(byte > 127 for byte in sample)
    if n_high < 0.05 * len(sample):  # signs scattered over plain text
        return "cp1252"
    if score >= 0.6:
        return name
    return _asked(sample, _EAST_ASIAN) or _asked(sample, None) or name


def _asked(sample: bytes, candidates: list[str] | None) -> str | None:
    """What charset-normalizer says of the sample, where it says anything."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=candidates, steps=5, chunk_size=512).best()
    if found is None or found.encoding in ("utf_8", "ascii"):
        return None
    return _ALIASES.get(found.encoding, found.encoding)


def _plain_name(name: str) -> str:
    return "utf-8" if name in ("utf-8-sig", "ascii") else name
