"""The letters of an array of text where arrow keeps them: looked at and exchanged a column at a time, never a cell.

A chunk of text is one run of bytes and the places where its cells begin. What stands between the cells of a run, under
its missing cells, may be looked at as well: a finding only says that a cell *may* hold a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def may_hold(chunk: pa.Array, letter: str) -> bool:
    """Whether an ASCII letter stands in any cell of a chunk, or in what lies under a missing one."""
    return bool((run(chunk) == ord(letter)).any())


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


def without(chunk: pa.Array, marks: Sequence[str]) -> pa.Array:
    """The cells of a chunk, missing where they are one of some marks; cells that end in a digit are no marks."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    places, letters = bounds(chunk), run(chunk)
    ends = np.append(letters, np.uint8(ord("0")))[np.maximum(places[1:], 1) - 1]
    odd = np.flatnonzero((ends < ord("0")) | (ends > ord("9")))
    is_mark = pc.is_in(chunk.take(pa.array(odd)), pa.array(marks, chunk.type)).to_numpy(zero_copy_only=False)
    goes = np.zeros(len(chunk), dtype=bool)
    goes[odd[is_mark]] = True
    return pc.replace_with_mask(chunk, pa.array(goes), pa.scalar(None, chunk.type))


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
