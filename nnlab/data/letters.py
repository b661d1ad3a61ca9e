"""The letters of an array of text where arrow keeps them: looked at and exchanged a column at a time, never a cell.

A chunk of text is one run of bytes and the places where its cells begin. What stands between the cells of a run, under
its missing cells, may be looked at as well: a finding only says that a cell *may* hold a letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def bounds(chunk: pa.Array) -> np.ndarray:
    """Where each cell of a chunk begins in its run of bytes, and last where the last one ends, (n + 1,) int64."""
    import numpy as np

    return np.frombuffer(chunk.buffers()[1], np.int64, len(chunk) + 1, 8 * chunk.offset)


def run(chunk: pa.Array) -> np.ndarray:
    """The bytes that the bounds of a chunk count in."""
    import numpy as np

    letters = chunk.buffers()[2]
    return np.frombuffer(letters or b"", np.uint8)


def may_hold(text: pa.ChunkedArray, letter: str) -> bool:
    """Whether an ASCII letter stands in any cell, or in what lies under a missing one."""
    return any(bool((run(chunk) == ord(letter)).any()) for chunk in text.chunks)


def ends_are_plain(text: pa.ChunkedArray) -> bool:
    """Whether every cell is filled, and begins and ends with an ASCII letter that is no blank."""
    import numpy as np

    for chunk in text.chunks:
        places, letters = bounds(chunk), run(chunk)
        if len(chunk) and (chunk.null_count or not np.diff(places).all()):
            return False
        for ends in (letters[places[:-1]], letters[places[1:] - 1]):
            if not ((ends > 0x20) & (ends < 0x7F)).all():
                return False
    return True


def exchanged(text: pa.ChunkedArray, old: str, new: str) -> pa.ChunkedArray:
    """The same cells with one ASCII letter in the place of another."""
    import numpy as np
    import pyarrow as pa

    made = []
    for chunk in text.chunks:
        is_known, places, _ = chunk.buffers()
        letters = run(chunk)
        letters = np.where(letters == ord(old), np.uint8(ord(new)), letters)
        parts = [is_known, places, pa.py_buffer(letters)]
        made.append(pa.Array.from_buffers(chunk.type, len(chunk), parts, offset=chunk.offset))
    return pa.chunked_array(made, text.type)
