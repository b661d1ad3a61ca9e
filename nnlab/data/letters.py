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


def swapped_marks(chunk: pa.Array) -> pa.Array:
    """The same cells with points in the place of commas and commas in the place of points."""
    import numpy as np
    import pyarrow as pa

    is_known, places, _ = chunk.buffers()
    letters = run(chunk)
    swap = np.uint8(ord(",") ^ ord("."))  # one bit
    is_mark = (letters & ~swap) == (ord(",") & ~swap)
    parts = [is_known, places, pa.py_buffer(letters ^ (is_mark.view(np.uint8) * swap))]
    return pa.Array.from_buffers(chunk.type, len(chunk), parts, offset=chunk.offset)


def without(chunk: pa.Array, marks: pa.Array) -> pa.Array:
    """The cells of a chunk, missing where they are one of some marks; cells that end in a digit are no marks.

    The text stays where it is: only the bits are new that say which cells are filled.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    places, letters = bounds(chunk), run(chunk)
    if not len(letters):
        return chunk
    ends = letters[np.maximum(places[1:], 1) - 1]
    odd = np.flatnonzero(ends - np.uint8(ord("0")) > ord("9") - ord("0"))
    is_mark = pc.is_in(chunk.take(pa.array(odd)), marks).to_numpy(zero_copy_only=False)
    is_filled = np.zeros(chunk.offset + len(chunk), dtype=bool)  # counted from where the places begin
    is_filled[chunk.offset :] = chunk.is_valid().to_numpy(zero_copy_only=False)
    is_filled[chunk.offset + odd[is_mark]] = False
    bits = pa.py_buffer(np.packbits(is_filled, bitorder="little"))
    return pa.Array.from_buffers(chunk.type, len(chunk), [bits, *chunk.buffers()[1:]], offset=chunk.offset)


def ends_are_plain(chunk: pa.Array) -> bool:
    """Whether every cell of a chunk is filled, and begins and ends with an ASCII letter that is no blank."""
    import numpy as np

    places, letters = bounds(chunk), run(chunk)
    if len(chunk) and (chunk.null_count or not np.diff(places).all()):
        return False
    return all(bool(((ends > 0x20) & (ends < 0x7F)).all()) for ends in (letters[places[:-1]], letters[places[1:] - 1]))


def places_of(letters: np.ndarray, letter: int) -> np.ndarray:
    """Where a letter stands in a run of bytes; quickest where it is rare."""
    import numpy as np

    found = np.zeros(-(-len(letters) // 8) * 8, dtype=bool)
    np.equal(letters, letter, out=found[: len(letters)])
    eights = np.flatnonzero(found.view(np.uint64) != 0)  # eight letters at a time
    near: np.ndarray = (eights[:, None] * 8 + np.arange(8)).ravel()
    near = near[found[near]]
    return near
