"""The preparation as it was learnt: plain numbers, and the one implementation that turns rows into tensors.

Axes: `N` rows, `F` features, `K` outputs or classes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nnlab.data.columns import Columns
from nnlab.errors import DataError, LimitError
from nnlab.limits import limits
from nnlab.prep.batch import Batch
from nnlab.prep.chain import FittedColumn
from nnlab.prep.target import FittedTarget
from nnlab.prep.wording import listed, number

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.network.head import Head

PREP_VERSION = 1  # raised whenever the same table and recipe would give other tensors


@dataclass(frozen=True, eq=False)
class Fitted:
    """Numbers learnt from training rows only; equal when every number is equal."""

    columns: Columns
    features: tuple[FittedColumn, ...]
    target: FittedTarget
    n_rows: int  # training rows it was learnt from

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fitted) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The name of every number in a row, in the order of the tensor."""
        return tuple(name for column in self.features for name in column.feature_names)

    @cached_property
    def used(self) -> tuple[FittedColumn, ...]:
        """The columns that give at least one number; the others may be absent at prediction."""
        return tuple(column for column in self.features if column.n_features)

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one row for each input of the network."""
        return {"table": (len(self.feature_names),)}

    @property
    def head(self) -> Head:
        """The network's last layer, as the task asks for it."""
        from nnlab.network.head import Head

        return Head(task=self.target.task, n_outputs=self.target.n_outputs)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of every setting and number, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def slots(self, name: str) -> range:
        """The places in the row that a column fills."""
        start = 0
        for column in self.features:
            if column.name == name:
                return range(start, start + column.n_features)
            start += column.n_features
        raise DataError("the preparation knows no such column", where="column", came=name[:200])

    def apply(self, frame: pd.DataFrame) -> Batch:
        """The features of every row, float32 (N, F), finite whatever the cells hold; the target stays None.

        The frame is typed by the columns' kinds, its columns in any order, more of them ignored. A row gives the same
        bits alone and among others. Raises `DataError` for a column that is not there, `LimitError` before taking
        memory.
        """
        self._check(frame)
        table_NF = torch.empty((len(frame), len(self.feature_names)), dtype=torch.float32)
        for column in self.used:
            _write(column, frame[column.name], table_NF, self.slots_of[column.name])
        return Batch(inputs={"table": table_NF}, target=None, lines=lines_of(frame))

    def targets(self, frame: pd.DataFrame) -> Tensor:
        """The target of every row as in `Batch`; raises `DataError` where a target column is not there."""
        absent = [name for name in self.target.names if name not in frame.columns]
        if absent:
            raise DataError("the target column is not there", where="target", came=listed(absent), column=absent[0])
        return self.target.encode(frame)

    def decode(self, outputs: Tensor) -> dict[str, npt.NDArray[np.float64]]:
        """{"probabilities": (N, K)} or {"values": (N, K)}, see `FittedTarget.decode`."""
        return self.target.decode(outputs)

    def to_bytes(self) -> bytes:
        """A safetensors file: long lists of numbers as tensors, all else as JSON in its metadata."""
        from nnlab.prep.stored import packed, stored

        plain, tensors = stored(self)
        return packed({"fitted": plain}, tensors)

    @classmethod
    def from_bytes(cls, data: bytes) -> Fitted:
        """What `to_bytes` wrote, equal; raises `StorageError` for a file that is damaged, of a newer format or lies."""
        from nnlab.prep.stored import trusted, unpacked

        plain, tensors = unpacked(data, "preparation")
        return trusted(plain, tensors, "preparation")

    @cached_property
    def slots_of(self) -> dict[str, range]:
        """`slots` of every column."""
        edges = np.cumsum([0, *(column.n_features for column in self.features)]).tolist()
        return {c.name: range(a, b) for c, a, b in zip(self.features, edges[:-1], edges[1:], strict=True)}

    def _check(self, frame: pd.DataFrame) -> None:
        absent = [column.name for column in self.used if column.name not in frame.columns]
        if absent:
            raise DataError(
                "every column that the network learnt from must be there",
                where="columns",
                came=f"no {listed(absent)}",
                do="Add the missing columns.",
                column=absent[0],
            )
        check_size(len(frame), len(self.feature_names))


def check_size(n_rows: int, n_features: int) -> None:
    """Raises `LimitError` where the encoded table would be larger than is granted; takes no memory."""
    granted, needed = limits().encoded_bytes, n_rows * n_features * 4
    if needed > granted:
        raise LimitError(
            f"an encoded table may take {number(granted / 1e6)} MB",
            where="preparation",
            came=f"{number(n_rows, 12)} rows × {number(n_features, 9)} numbers, {number(needed / 1e6)} MB",
            do="Leave columns out, keep fewer levels, or use fewer rows.",
        )


def lines_of(frame: pd.DataFrame) -> Tensor:
    """The line of each row in its file, int64 (N,); the count from 0 where the index holds no whole numbers."""
    index = frame.index.to_numpy()
    if index.dtype.kind not in "iu":
        return torch.arange(len(frame), dtype=torch.int64)
    return torch.from_numpy(index.astype(np.int64, copy=True))


def _write(column: FittedColumn, series: pd.Series[Any], table_NF: Tensor, slots: range) -> None:
    for start, cells_KN in column.blocks(series):
        rows = slice(start, start + cells_KN.shape[1])
        at = slots.start
        for numbers_KN in column.chain(cells_KN):
            table_NF[rows, at : at + len(numbers_KN)] = numbers_KN.T
            at += len(numbers_KN)
