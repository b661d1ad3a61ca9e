"""Where the numbers of every column lie in the inputs of a network, and how columns that share one are joined.

table     (N, F) float32: numbers, column after column
codes     (N, K) int64: one id a column; each column's ids follow on those of the column before, so that one list names
          them all. Of a column's own ids 0 is a level that is not kept or was not seen, 1 is missing, 2 the first level
text      (N, T) int64: 0 is padding, behind the last token; 1 is a token that is not known. Several columns share one
          list of tokens and stand one behind the other, with id 2 between them. A row without any token begins with
          id 1, so that no row is padding alone
image     (N, C, H, W) float32: the channels of several columns one after the other
sequence  (N, T, C) float32: windows of T steps, see windows.py

An input that no column feeds is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from nnlab.errors import DataError, LimitError
from nnlab.limits import limits
from nnlab.network.shapes import Ids, Shape, size
from nnlab.prep.chain import FittedColumn
from nnlab.prep.matrix import fill
from nnlab.prep.wording import number

if TYPE_CHECKING:
    import pandas as pd

PADDING, UNKNOWN, BETWEEN = 0, 1, 2
OTHER, MISSING, FIRST_LEVEL = 0, 1, 2
IDS_BYTES, NUMBER_BYTES = 8, 4


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns of a preparation by the input that each feeds."""

    features: tuple[FittedColumn, ...]

    @cached_property
    def by_input(self) -> dict[str, tuple[FittedColumn, ...]]:
        """The columns whose value feeds an input, in the table's order; is-missing columns lie in the table."""
        found: dict[str, tuple[FittedColumn, ...]] = {"table": tuple(c for c in self.features if c.n_features)}
        for column in self.features:
            if column.input != "table":
                found[column.input] = (*found.get(column.input, ()), column)
        return {name: columns for name, columns in found.items() if columns}

    @cached_property
    def slots_of(self) -> dict[str, range]:
        """The places in a row of the table that each column fills."""
        edges = np.cumsum([0, *(column.n_features for column in self.features)]).tolist()
        return {c.name: range(a, b) for c, a, b in zip(self.features, edges[:-1], edges[1:], strict=True)}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of one row for each input; raises `DataError` for pictures that cannot lie on each other."""
        found: dict[str, Shape] = {}
        if "table" in self.by_input:
            found["table"] = (sum(column.n_features for column in self.features),)
        if "codes" in self.by_input:
            found["codes"] = Ids((len(self.by_input["codes"]),), n_ids=len(self.id_names["codes"]))
        if "text" in self.by_input:
            columns = self.by_input["text"]
            length = sum(column.n_values for column in columns) + len(columns) - 1
            found["text"] = Ids((length,), n_ids=len(self.id_names["text"]))
        if "image" in self.by_input:
            found["image"] = _stacked(self.by_input["image"])
        return found

    @cached_property
    def id_names(self) -> dict[str, tuple[str, ...]]:
        """What each id of an input of ids stands for."""
        found: dict[str, tuple[str, ...]] = {}
        if "codes" in self.by_input:
            found["codes"] = tuple(name for column in self.by_input["codes"] for name in _level_names(column))
        if "text" in self.by_input:
            columns = self.by_input["text"]
            first = ("padding", "unknown token", *(["next text"] if len(columns) > 1 else []))
            found["text"] = (*first, *dict.fromkeys(word for column in columns for word in column.words))
        return found

    def filled(self, frame: pd.DataFrame) -> dict[str, Tensor]:
        """The inputs of every row of a typed frame."""
        made = {name: _empty(len(frame), shape) for name, shape in self.shapes.items()}
        texts: dict[str, Tensor] = {}
        of_table = [column for column in self.features if column.input == "table" and column.n_features]
        if of_table:
            fill(made["table"], [(column, self.slots_of[column.name]) for column in of_table], frame)
        for column in self.features:
            if column.input != "table":
                self._write(column, frame, made, texts)
        if texts:
            made["text"] = self._joined(list(texts.values()))
        return made

    def _write(
        self, column: FittedColumn, frame: pd.DataFrame, made: dict[str, Tensor], texts: dict[str, Tensor]
    ) -> None:
        """A column with an input of its own; what stands beside goes to the table."""
        slots = self.slots_of[column.name]
        if column.input == "text":
            texts[column.name] = torch.zeros((len(frame), column.n_values), dtype=torch.int64)
        for rows, cells_KN in column.blocks(frame[column.name]):
            main_KN, *beside = column.chain(cells_KN)
            if column.input == "codes":
                made["codes"][rows, self._code_place[column.name]] = main_KN[0].long() + self._first_id[column.name]
            elif column.input == "text":
                texts[column.name][rows] = self._shared_ids[column.name][main_KN.T.long()]
            elif column.input == "image":
                first = self._first_channel[column.name]
                picture = main_KN.T.reshape(main_KN.shape[1], *_form(column))
                made["image"][rows, first : first + picture.shape[1]] = picture
            at = slots.start
            for numbers_KN in beside:
                made["table"][rows, at : at + len(numbers_KN)] = numbers_KN.T
                at += len(numbers_KN)

    @cached_property
    def _code_place(self) -> dict[str, int]:
        return {column.name: place for place, column in enumerate(self.by_input["codes"])}

    @cached_property
    def _first_id(self) -> dict[str, int]:
        columns = self.by_input["codes"]
        first = np.cumsum([0, *(len(_level_names(column)) for column in columns)]).tolist()
        return {column.name: at for column, at in zip(columns, first[:-1], strict=True)}

    @cached_property
    def _first_channel(self) -> dict[str, int]:
        columns = self.by_input["image"]
        first = np.cumsum([0, *(_form(column)[0] for column in columns)]).tolist()
        return {column.name: at for column, at in zip(columns, first[:-1], strict=True)}

    @cached_property
    def _shared_ids(self) -> dict[str, Tensor]:
        """For each text column the ids of the shared list by the column's own: 0 and 1 stay what they are."""
        columns = self.by_input["text"]
        n_first = 3 if len(columns) > 1 else 2
        id_of = {word: at for at, word in enumerate(self.id_names["text"]) if at >= n_first}
        return {
            column.name: torch.tensor([PADDING, UNKNOWN, *(id_of[word] for word in column.words)]) for column in columns
        }

    def _joined(self, texts: list[Tensor]) -> Tensor:
        """The texts of each row one behind the other, padding last."""
        joined = texts[0]
        for more in texts[1:]:
            between = torch.where((joined != PADDING).any(1) & (more != PADDING).any(1), BETWEEN, PADDING)
            joined = torch.cat([joined, between[:, None], more], dim=1)
        if len(texts) > 1:
            order = torch.argsort((joined == PADDING).to(torch.int8), dim=1, stable=True)
            joined = joined.gather(1, order)
        joined[:, 0] = torch.where(joined[:, 0] == PADDING, UNKNOWN, joined[:, 0])
        return joined


def check_size(n_rows: int, shapes: Mapping[str, Shape]) -> None:
    """Raises `LimitError` where encoded rows of these shapes would be larger than is granted; takes no memory."""
    n_bytes = sum(size(shape) * (IDS_BYTES if isinstance(shape, Ids) else NUMBER_BYTES) for shape in shapes.values())
    granted, needed = limits().encoded_bytes, n_rows * n_bytes
    if needed > granted:
        n_numbers = sum(size(shape) for shape in shapes.values())
        raise LimitError(
            f"an encoded table may take {number(granted / 1e6)} MB",
            where="preparation",
            came=f"{number(n_rows, 12)} rows × {number(n_numbers, 9)} numbers, {number(needed / 1e6)} MB",
            do="Leave columns out, keep fewer levels, or use fewer rows.",
        )


def _empty(n_rows: int, shape: Shape) -> Tensor:
    # Memory of numpy's: it asks for large pages where there is much of it, which are there in a third of the time.
    dtype = np.int64 if dtype_of(shape) == torch.int64 else np.float32
    return torch.from_numpy(np.empty((n_rows, *shape), dtype=dtype))


def dtype_of(shape: Shape) -> torch.dtype:
    """int64 for ids, float32 for numbers."""
    return torch.int64 if isinstance(shape, Ids) else torch.float32


def _form(column: FittedColumn) -> tuple[int, int, int]:
    assert column.image is not None, "only pictures are kept as pictures"
    return column.image.channels, column.image.height, column.image.width


def _stacked(columns: tuple[FittedColumn, ...]) -> Shape:
    forms = [_form(column) for column in columns]
    if len({form[1:] for form in forms}) > 1:
        raise DataError(
            "pictures of several columns lie on each other, so they have one size",
            where="preparation",
            came=", ".join(f"{c.name[:60]} {h} × {w}" for c, (_, h, w) in zip(columns, forms, strict=True)),
            do="Keep one of the columns as pictures, and give the others the step pixels.",
            column=columns[1].name,
        )
    return sum(form[0] for form in forms), *forms[0][1:]


def _level_names(column: FittedColumn) -> tuple[str, ...]:
    kept = column.levels[: column.n_ids - FIRST_LEVEL]
    return (
        f"{column.name} is another level",
        f"{column.name} is missing",
        *(f"{column.name} = {level}" for level in kept),
    )
