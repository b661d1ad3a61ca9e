"""Rows that repeat others: a number for every row that rows alike share, kept up to date when a column changes.

Axes: `N` rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Column, Columns

if TYPE_CHECKING:
    import pandas as pd

Indices = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

N_FIRST = 4  # columns that are read for every row; then twice as many for those that are still alike
COMMON = 0.5  # where more rows than this share repeat others, drawing whole groups would decide the split


@dataclass(frozen=True, eq=False)
class RowHashes:
    """A number for each row, (N,), that rows share which are alike in all features and targets.

    It is the sum of the hashes of a row's cells: over all columns for rows that may repeat another, and over the first
    few for a row that these tell from every other one. So most tables are not read beyond their first columns.
    """

    total_N: Hashes
    used: tuple[tuple[str, str], ...]  # name and kind, in the table's order
    first: tuple[tuple[str, str], ...]  # those that tell some row from every other one
    alike: Indices  # the rows that these do not tell, whose sums go over all

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Columns) -> RowHashes:
        """The hashes of a frame typed by the columns' kinds."""
        import pandas as pd

        used = _counted(columns)
        total_N = np.zeros(len(frame), dtype=np.uint64)
        alike, n_first = np.arange(len(frame), dtype=np.int64), 0
        start, stop = 0, N_FIRST
        while start < len(used) and len(alike):
            for name, _ in used[start:stop]:
                total_N[alike] += _hashed(frame[name], alike)
            is_alike = pd.Series(total_N[alike]).duplicated(keep=False).to_numpy()
            n_first = n_first if is_alike.all() else min(stop, len(used))
            alike = alike[is_alike]
            start, stop = stop, 2 * stop
        return cls(total_N, used, used[:n_first], alike)

    def renewed(self, frame: pd.DataFrame, columns: Columns, before: pd.DataFrame) -> RowHashes:
        """The hashes under other kinds and roles, `before` being the frame as it was; only what changed is hashed."""
        counted = _counted(columns)
        if counted == self.used:
            return self
        gone, new = set(self.used) - set(counted), set(counted) - set(self.used)
        if len(gone) + len(new) > len(counted) or not gone.isdisjoint(self.first):
            return RowHashes.of(frame, columns)
        total_N = self.total_N.copy()
        for name, _ in gone:
            total_N[self.alike] -= _hashed(before[name], self.alike)
        for name, _ in new:
            total_N[self.alike] += _hashed(frame[name], self.alike)
        return RowHashes(total_N, counted, self.first, self.alike)

    def groups(self, rows: Indices | slice = slice(None)) -> Indices:
        """The number of the group that each of the rows belongs to; rows alike share one."""
        import pandas as pd

        if not self.used:
            return np.arange(len(self.total_N[rows]), dtype=np.int64)
        return pd.factorize(self.total_N[rows])[0].astype(np.int64)


def repeated(frame: pd.DataFrame, columns: Columns) -> Indices:
    """The number of the group that each row belongs to; rows alike in all features and targets share one."""
    return RowHashes.of(frame, columns).groups()


def too_common(groups: Indices) -> bool:
    """Whether so many rows repeat others that keeping them together would decide the split."""
    return bool(len(np.unique(groups)) < (1 - COMMON) * len(groups))


def _counted(columns: Columns) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, column.kind) for column in columns.columns if _counts(column))


def _counts(column: Column) -> bool:
    return column.role in ("feature", "target") and column.kind not in ("id", "constant")


def _hashed(series: pd.Series[Any], rows: Indices) -> Hashes:
    """A hash of the cells in these rows, which differs between columns: the same values in another are another row."""
    import pandas as pd

    odd = int.from_bytes(hashlib.sha256(str(series.name).encode()).digest()[:8], "little") | 1
    some = series if len(rows) == len(series) else series.iloc[rows]
    cells_N = pd.util.hash_pandas_object(some, index=False).to_numpy().astype(np.uint64)
    found: Hashes = cells_N * np.uint64(odd)
    return found
