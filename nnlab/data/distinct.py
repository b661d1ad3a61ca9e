"""How many different texts an array holds, exactly, without a table of them all where nearly every one is different."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.data.letters import bounds, run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

N_FIRST = 20_000  # rows that show whether most texts are different
_WORD = 8  # bytes
_ROOM = 4  # places for each text
_FACTOR = 0x9E3779B97F4A7C15  # odd, its bits evenly mixed: 2**64 over the golden ratio


def first_and_count(text: pa.ChunkedArray, n_first: int) -> tuple[pa.Array, int]:
    """At least the first `n_first` different texts in order of appearance (all if there are fewer), and how many are.

    Missing cells are no text.
    """
    import pyarrow.compute as pc

    if len(text) > 2 * N_FIRST:
        first = pc.unique(text.slice(0, N_FIRST)).drop_null()
        if len(first) > max(n_first, N_FIRST // 2):
            return first, _count(text.drop_null())
    distinct = pc.unique(text).drop_null()
    return distinct, len(distinct)


def _count(text: pa.ChunkedArray) -> int:
    """Texts with different marks are different; only those whose mark may come again are compared as they are."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    marks = np.concatenate([_marks(chunk) for chunk in text.chunks])
    in_order = np.sort(marks)
    again = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(again):
        return len(text)
    shift = np.uint64(64 - max(16, (_ROOM * len(text)).bit_length()))
    is_taken = np.zeros(1 << (64 - int(shift)), dtype=bool)  # by the first bits of the marks that come again
    is_taken[(again >> shift).view(np.int64)] = True
    doubtful = np.flatnonzero(is_taken[(marks >> shift).view(np.int64)])
    return len(text) - len(doubtful) + len(pc.unique(text.take(pa.array(doubtful))))


def _marks(chunk: pa.Array) -> npt.NDArray[np.uint64]:
    """A number for each text of a chunk, made of its length and of some of its letters: equal texts have equal ones."""
    import numpy as np

    places = bounds(chunk)
    letters = np.append(run(chunk), np.zeros(_WORD, np.uint8))
    words = np.ndarray((len(letters) - _WORD + 1,), "<u8", letters, strides=(1,))  # the eight letters at every place
    lengths = np.diff(places)
    begin, last = places[:-1], lengths - _WORD
    beyond = np.uint64(0)
    if len(lengths) and last.min() < 0:
        begin = np.where(lengths, begin, len(words) - 1)  # no letters: the zeros at the end
        beyond = (8 * np.clip(-last, 0, _WORD - 1)).astype(np.uint64)  # bits that are the next text's
        last = np.maximum(last, 0)
    marks = lengths.astype(np.uint64)
    for at in (begin, begin + (last >> 1), begin + last):
        marks ^= words[at] << beyond
        marks *= np.uint64(_FACTOR)
        marks ^= marks >> np.uint64(29)
    return marks * np.uint64(_FACTOR)
