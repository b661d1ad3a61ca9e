"""Pixels written as text: "0 12 255 ..." to numbers and back, and the square that a count of numbers makes."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnlab.data.columns import ImageForm
from nnlab.data.raster import Pixels

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST = 64  # numbers; fewer could be anything
MOST_SIDE = 64  # pixels; larger pictures are made smaller
_BLANKS = bytes.maketrans(b",;\t\r\n[]|", b"        ")
_BLOCK = 2_000_000  # numbers written at once


def numbers_of(cell: str) -> Pixels | None:
    """The whole numbers 0 to 255 in a cell, uint8 (K,), with blanks, commas or semicolons between; None: it differs."""
    raw = cell.encode("ascii", "replace").translate(_BLANKS)
    if raw.isspace() or raw.translate(None, b"0123456789 "):
        return None
    found = np.fromstring(raw, dtype=np.int64, sep=" ")
    if not len(found) or int(found.max()) > 255:
        return None
    return found.astype(np.uint8)


def square_of(n: int) -> tuple[int, Literal[1, 3]] | None:
    """The side and the channels of the square picture with so many numbers; None: no square has."""
    grey, coloured = isqrt(n), isqrt(n // 3)
    if grey * grey == n:
        return grey, 1
    return (coloured, 3) if 3 * coloured * coloured == n else None


def pixels_of(numbers: Pixels, form: ImageForm) -> Pixels | None:
    """The numbers as a picture of their own size, uint8 (C, H, W); None where they make none."""
    height, width, channels = form.height, form.width, form.channels
    if len(numbers) != form.n_numbers:
        square = square_of(len(numbers)) if len(numbers) >= FEWEST else None
        if square is None:
            return None
        height = width = square[0]
        channels = square[1]
    if channels == 3 and form.order == "pixel":
        return numbers.reshape(height, width, 3).transpose(2, 0, 1)
    return numbers.reshape(channels, height, width)


def shrunk(height: int, width: int) -> tuple[int, int]:
    """The same shape with at most `MOST_SIDE` pixels a side."""
    share = min(1.0, MOST_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def colour_order(numbers_NK: Pixels, side: int) -> Literal["channel", "pixel"]:
    """How three colours are written one after the other: in the order in which neighbours are most alike."""
    signed = numbers_NK.astype(np.int16)
    by_channel = np.abs(np.diff(signed.reshape(-1, 3, side, side), axis=3)).mean()
    by_pixel = np.abs(np.diff(signed.reshape(-1, side, side, 3), axis=2)).mean()
    return "channel" if by_channel <= by_pixel else "pixel"


def text_of(numbers_NK: Pixels) -> pa.ChunkedArray:
    """Each row as text, its numbers joined by blanks; made by blocks, without a Python object for a number."""
    import pyarrow as pa

    words = [f"{value} ".encode() for value in range(256)]
    letters = np.array([list(word.ljust(4, b"\x00")) for word in words], dtype=np.uint8)
    step = max(1, _BLOCK // max(1, numbers_NK.shape[1]))
    chunks = [_written(numbers_NK[at : at + step], letters) for at in range(0, len(numbers_NK), step)]
    return pa.chunked_array(chunks, pa.large_string())


def _written(numbers_NK: Pixels, letters: Pixels) -> pa.Array:
    import pyarrow as pa

    spread = letters[numbers_NK]  # (N, K, 4), zero where a number has fewer digits
    spread[:, -1:][spread[:, -1:] == ord(" ")] = 0  # no blank after the last one
    is_letter = spread != 0
    ends = np.cumsum(is_letter.sum(axis=(1, 2)), dtype=np.int64)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), ends])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(spread[is_letter])]
    return pa.Array.from_buffers(pa.large_string(), len(numbers_NK), buffers)
