"""The columns of a table to their places in one matrix of numbers, by blocks that stay in the processor's cache.

Writing one column of a matrix of rows touches as much memory as writing a dozen. So neighbouring columns are gathered
number by number in a small block, which is then turned around into the rows as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from torch import Tensor

from nnlab.prep.chain import FittedColumn

if TYPE_CHECKING:
    import pandas as pd

Placed: TypeAlias = tuple[FittedColumn, range]
LEAST_NUMBERS = 64  # of a row that are written at once, four lines of a cache
BLOCK_ROWS = 16_384
BLOCK_NUMBERS = 2_000_000  # float32, 8 MB
PADDING = 48  # behind each column of a block: a power of two between them would put all into one place of the cache


def fill(table_NF: Tensor, placed: Sequence[Placed], frame: pd.DataFrame) -> None:
    """Writes every row of a typed frame into the matrix, float32 (N, F): each column in its places, which ascend."""
    for group in _groups(placed):
        _fill(table_NF, group, frame)


def _groups(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Columns side by side, as many as make a row worth writing."""
    group: list[Placed] = []
    for column, slots in placed:
        if group and (group[-1][1].stop != slots.start or slots.start - group[0][1].start >= LEAST_NUMBERS):
            yield group
            group = []
        group.append((column, slots))
    if group:
        yield group


def _fill(table_NF: Tensor, group: list[Placed], frame: pd.DataFrame) -> None:
    first, end = group[0][1].start, group[-1][1].stop
    widest = max(end - first, *(column.n_cells for column, _ in group))
    n_block = min(BLOCK_ROWS, max(1, BLOCK_NUMBERS // widest), len(frame))
    # numpy turns flags into numbers, and blocks around, in less time than torch.
    block_FN, out_NF = np.empty((end - first, n_block + PADDING), dtype=np.float32), table_NF.numpy()
    readers = [column.reader(frame[column.name]) for column, _ in group]
    for start in range(0, len(frame), max(1, n_block)):
        rows = slice(start, min(start + n_block, len(frame)))
        n_rows = rows.stop - rows.start
        for (column, slots), read in zip(group, readers, strict=True):
            at = slots.start - first
            for numbers_KN in column.chain(read(rows)):
                block_FN[at : at + len(numbers_KN), :n_rows] = numbers_KN.numpy()
                at += len(numbers_KN)
        out_NF[rows, first:end] = block_FN[:, :n_rows].T
