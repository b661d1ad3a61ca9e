"""The preparation as it was learnt: plain numbers, and the one implementation that turns rows into tensors.

Axes: `N` rows, `F` features, `K` outputs or classes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nnlab.data.columns import Columns, Kind
from nnlab.errors import DataError
from nnlab.prep.batch import Batch
from nnlab.prep.chain import FittedColumn
from nnlab.prep.inputs import Layout, check_size
from nnlab.prep.target import FittedTarget
from nnlab.prep.windows import FittedWindows
from nnlab.prep.wording import listed

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.network.head import Head
    from nnlab.network.shapes import Shape

PREP_VERSION = 2  # raised whenever the same table and recipe would give other tensors


@dataclass(frozen=True, eq=False)
class Fitted:
    """Numbers learnt from training rows only; equal when every number is equal."""

    columns: Columns
    features: tuple[FittedColumn, ...]
    target: FittedTarget
    n_rows: int  # training rows it was learnt from
    windows: FittedWindows | None = None  # of series

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fitted) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The name of every number in a row of the table, in the order of the tensor."""
        return tuple(name for column in self.features for name in column.feature_names)

    @cached_property
    def used(self) -> tuple[FittedColumn, ...]:
        """The columns that feed an input; the others may be absent at prediction."""
        return tuple(column for column in self.features if column.is_used)

    @property
    def needed(self) -> dict[str, Kind]:
        """The columns that rows to predict must have, with their kinds: the used ones, and those of the windows."""
        found: dict[str, Kind] = {column.name: column.kind for column in self.used}
        if self.windows is not None:
            numeric: dict[str, Kind] = dict.fromkeys(self.windows.channels, "numeric")
            grouped: dict[str, Kind] = {name: self.columns[name].kind for name in self.windows.groups}
            found |= {self.windows.time: self.windows.time_kind, **grouped, **numeric}
        return found

    @cached_property
    def layout(self) -> Layout:
        """Where each column lies in which input."""
        return Layout(self.features)

    @property
    def input_shapes(self) -> dict[str, Shape]:
        """The shape of one row for each input of the network that a column feeds, as `Ids` where it holds ids."""
        sequence: dict[str, Shape] = {"sequence": self.windows.shape} if self.windows else {}
        return {**self.layout.shapes, **sequence}

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
        """The places in a row of the table that a column fills."""
        if name not in self.slots_of:
            raise DataError("the preparation knows no such column", where="column", came=name[:200])
        return self.slots_of[name]

    def apply(self, frame: pd.DataFrame) -> Batch:
        """The inputs of every row as in inputs.py, finite whatever the cells hold; the target stays None.

        The frame is typed by the columns' kinds, its columns in any order, more of them ignored. A row gives the same
        bits alone and among others. Raises `DataError` for a column that is not there, `LimitError` before taking
        memory.
        """
        self._check(frame)
        check_size(len(frame), self.input_shapes)
        inputs = self.layout.filled(frame)
        if self.windows is not None:
            inputs["sequence"], _ = self.windows.filled(frame)
        return Batch(inputs=inputs, target=None, lines=lines_of(frame))

    def targets(self, frame: pd.DataFrame) -> Tensor:
        """The target of every row as in `Batch`; raises `DataError` where a target column is not there."""
        names = self.windows.columns if self.windows else self.target.names
        absent = [name for name in names if name not in frame.columns]
        if absent:
            raise DataError("the target column is not there", where="target", came=listed(absent), column=absent[0])
        if self.windows is not None:
            ahead = (self.windows.ahead(frame) - np.array(self.target.means)) / np.array(self.target.deviations)
            return torch.from_numpy(ahead.astype(np.float32))
        return self.target.encode(frame)

    def answering(self, is_clipped: bool) -> Fitted:
        """The same, whose answers in numbers are kept within the range of the training rows, or are not."""
        return self if is_clipped else replace(self, target=self.target.unclipped)

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
        return self.layout.slots_of

    def _check(self, frame: pd.DataFrame) -> None:
        absent = [name for name in self.needed if name not in frame.columns]
        if absent:
            raise DataError(
                "every column that the network learnt from must be there",
                where="columns",
                came=f"no {listed(absent)}",
                do="Add the missing columns.",
                column=absent[0],
            )


def lines_of(frame: pd.DataFrame) -> Tensor:
    """The line of each row in its file, int64 (N,); the count from 0 where the index holds no whole numbers."""
    index = frame.index.to_numpy()
    if index.dtype.kind not in "iu":
        return torch.arange(len(frame), dtype=torch.int64)
    return torch.from_numpy(index.astype(np.int64, copy=True))
