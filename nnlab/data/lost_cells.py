"""The cells that a column loses on the way to its kind, one issue each; many are summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.data.numbers import Numbers
from nnlab.data.table import Issue

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_TOLD = 20  # of a column
MOST_TOLD_OF_KNOWN = 1_000  # where the kinds were known: whoever sends rows to predict wants their cells back


def lost_numbers(name: str, text: pa.ChunkedArray, numbers: Numbers, most: int = MOST_TOLD) -> tuple[Issue, ...]:
    """The cells of a column that are no numbers, or too large for one."""
    large = "is larger than a number can be here; it counts as missing"
    return (
        *cell_issues(name, text, numbers.failed, "is no number; it counts as missing", most),
        *cell_issues(name, text, numbers.too_large, large, most),
    )


def cell_issues(
    name: str, text: pa.ChunkedArray, places: np.ndarray, why: str, most: int = MOST_TOLD
) -> tuple[Issue, ...]:
    """One issue per cell at these places, its place in `line` until the reader puts the line there."""
    shown = [Issue(int(place), name, str(text[int(place)].as_py()), why) for place in places[:most]]
    if len(places) > most:
        shown.append(Issue(int(places[most]), name, "", f"{len(places) - most} more cells like these; each {why}"))
    return tuple(shown)
