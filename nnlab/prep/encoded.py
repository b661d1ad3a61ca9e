"""A table as tensors with its split: what a run trains on, mapped from one file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from nnlab.data.columns import Columns, Task
from nnlab.errors import NotFoundError, StorageError
from nnlab.limits import limits
from nnlab.prep.batch import Batch
from nnlab.prep.fitted import PREP_VERSION, Fitted
from nnlab.prep.inputs import dtype_of
from nnlab.prep.split import PART_NAMES, Split
from nnlab.prep.stored import LARGEST_HEADER, packed, plain_header, stored, trusted, unpacked

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.table import Table
    from nnlab.prep.recipe import Recipe

PartName = Literal["train", "validation", "test"]
WHERE, ANEW = "prepared table", "Start another run: the table is prepared again for it."
_INPUT = "input."


@dataclass(frozen=True, eq=False)
class Encoded:
    """All rows of a table in the file's order: inputs and target as in `Batch`, and the part of each.

    Inputs are what `fitted.apply` gives, but for training rows where a step has learnt from the target: see crossed.py.
    """

    fitted: Fitted
    inputs: dict[str, Tensor]
    target: Tensor
    parts: Tensor  # (N,) int8: 0 train, 1 validation, 2 test, −1 left out
    lines: Tensor  # (N,) int64

    def __len__(self) -> int:
        return int(self.lines.shape[0])

    def part(self, name: PartName) -> Batch:
        """The rows of one part, in the file's order; none is a batch of no rows."""
        rows = torch.nonzero(self.parts == PART_NAMES.index(name)).flatten()
        inputs = {key: values.index_select(0, rows) for key, values in self.inputs.items()}
        return Batch(inputs=inputs, target=self.target.index_select(0, rows), lines=self.lines.index_select(0, rows))

    @property
    def n_rows(self) -> dict[str, int]:
        """How many rows each part has."""
        return {name: int((self.parts == part).sum()) for part, name in enumerate(PART_NAMES)}

    def to_bytes(self) -> bytes:
        """A safetensors file: "input.NAME", "target", "part", "line" and the preparation's own tensors."""
        plain, tensors = stored(self.fitted)
        rows = {"target": self.target, "part": self.parts, "line": self.lines}
        return packed({"fitted": plain}, {**tensors, **rows, **_named(self.inputs)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Encoded:
        """What `to_bytes` wrote; raises `StorageError` for a file that is damaged or lies."""
        plain, tensors = unpacked(data, "encoded table")
        return _checked(trusted(plain, tensors, "encoded table"), tensors)

    @classmethod
    def open(cls, path: str | Path) -> Encoded:
        """The file's tensors, mapped: memory is taken as rows are read. Raises `StorageError`, or `NotFoundError`."""
        from safetensors import SafetensorError, safe_open

        try:
            plain = _header(Path(path))
            with safe_open(str(path), framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            return _checked(trusted(plain, tensors, "encoded table"), tensors)
        except FileNotFoundError:
            rule = "the table as it was prepared for this is gone"
            raise NotFoundError(rule, where=WHERE, do=ANEW) from None
        except StorageError as error:
            raise _unreadable(error.came) from None
        except OSError as error:  # its own words name the file
            raise _unreadable(error.strerror or type(error).__name__) from None
        except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise _unreadable(str(error)) from None


def encode(table: Table, columns: Columns, split: Split, recipe: Recipe) -> Encoded:
    """The table split, fitted on its training rows and turned into tensors; columns take the kinds chosen for them."""
    from nnlab.data.table import typed
    from nnlab.data.task import resolve_task

    frame = typed(table.frame, columns)
    task, _ = resolve_task(frame, columns)
    return encode_frame(frame, columns, task, split, recipe)


def encode_frame(frame: pd.DataFrame, columns: Columns, task: Task, split: Split, recipe: Recipe) -> Encoded:
    """As `encode`, of a frame that is typed already."""
    from nnlab.prep.cells import with_codes
    from nnlab.prep.crossed import crossed
    from nnlab.prep.fit import fit
    from nnlab.prep.split import parts
    from nnlab.prep.windows import windowed_parts

    part = parts(frame, columns, task, split)
    if recipe.windows.are_wanted:
        part = windowed_parts(frame, columns, recipe.windows, part)
    coded = with_codes(frame, columns)
    fitted = fit(coded, columns, recipe, part, task)
    batch = crossed(fitted, coded, part)
    return Encoded(
        fitted=fitted,
        inputs=batch.inputs,
        target=fitted.targets(frame),
        parts=torch.from_numpy(part),
        lines=batch.lines,
    )


def encoding_key(table_id: str, columns: Columns, split: Split, recipe: Recipe) -> str:
    """The name of an encoding, 64 hexadecimal digits: another one whenever the tensors could differ."""
    told = columns.plain()
    for column in told["columns"]:  # why, and how the cells were written, changes no tensor
        column["reason"] = ""
        del column["decimal"], column["dates"]
    entries = sorted(recipe.columns, key=lambda entry: entry.column)
    chosen = [entry.having(reason="").plain() for entry in entries]
    granted = [limits().one_hot_levels, limits().features, limits().encoded_bytes]
    feeding = [recipe.text, recipe.pictures, recipe.levels, recipe.windows.plain(), recipe.target.resolved.transform]
    parts = [PREP_VERSION, table_id, told, split.plain(), chosen, feeding, granted]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _unreadable(came: str) -> StorageError:
    rule = "the table as it was prepared for this cannot be read"
    return StorageError(rule, where=WHERE, came=came[:200], do=ANEW, reason="damaged")


def _named(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    return {_INPUT + name: values for name, values in inputs.items()}


def _header(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = min(int.from_bytes(start, "little"), LARGEST_HEADER, size)
        return plain_header(start + file.read(length), size, "encoded table")


def _checked(fitted: Fitted, tensors: dict[str, Tensor]) -> Encoded:
    inputs = {name.removeprefix(_INPUT): values for name, values in tensors.items() if name.startswith(_INPUT)}
    target, parts, lines = (tensors.get(name) for name in ("target", "part", "line"))
    is_whole = (
        target is not None
        and parts is not None
        and lines is not None
        and {name: tuple(values.shape[1:]) for name, values in inputs.items()}
        == {name: tuple(shape) for name, shape in fitted.input_shapes.items()}
        and {len(values) for values in (*inputs.values(), target, parts)} == {len(lines)}
        and (parts.dtype, lines.dtype) == (torch.int8, torch.int64)
        and all(inputs[name].dtype == dtype_of(shape) for name, shape in fitted.input_shapes.items())
        and target.dtype == (torch.float32 if fitted.target.task in ("regression", "multilabel") else torch.int64)
    )
    if not is_whole or target is None or parts is None or lines is None:
        raise _unreadable(f"tensors that do not fit its preparation: {', '.join(sorted(tensors))}")
    return Encoded(fitted=fitted, inputs=inputs, target=target, parts=parts, lines=lines)
