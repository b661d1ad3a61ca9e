"""The preparation as a file: safetensors with JSON in the metadata, read with distrust, never unpickled."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from nnlab.data.columns import Columns, ImageForm, Kind
from nnlab.errors import DataError, NnlabError, SpecError, StorageError
from nnlab.limits import limits
from nnlab.prep.chain import FittedColumn, FittedStep
from nnlab.prep.steps import AnyStep, Array
from nnlab.prep.target import FittedTarget
from nnlab.prep.windows import FittedWindows
from nnlab.prep.words import LONGEST_GRAM
from nnlab.spec import Spec, plain_json

if TYPE_CHECKING:
    from nnlab.prep.fitted import Fitted

FORMAT = 1
KEY = "nnlab"  # of the metadata: one key, because several come back in any order
CHECKSUM = "checksum"
OWN = "fitted."  # how the names of the preparation's tensors begin
LARGEST_HEADER = 100_000_000  # bytes, as the safetensors format says
LONGEST_PICTURE = 1_000_000  # letters of a typical picture
MOST_WORDS = 200_000  # of a step that reads texts
SHORT = 64  # numbers; a longer list lies in a tensor


class StoredStep(Spec):
    """A step and its short lists; the names of the long ones, which lie in tensors."""

    step: AnyStep
    learnt: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    tensors: tuple[str, ...] = ()
    words: tuple[str, ...] = Field((), max_length=MOST_WORDS)


class StoredColumn(Spec):
    """A `FittedColumn` as plain data."""

    name: str
    kind: Kind
    steps: tuple[StoredStep, ...]
    levels: tuple[str, ...]
    n_levels: int = Field(ge=0)
    n_missing: int = Field(ge=0)
    n_infinite: int = Field(ge=0)
    minimum: float | None
    maximum: float | None
    median: float | None
    is_whole: bool
    fallback: tuple[float, ...]
    image: ImageForm | None = None
    typical: str | None = Field(None, max_length=LONGEST_PICTURE)


class StoredFitted(Spec):
    """A `Fitted` as plain data, but for the long lists."""

    format: int
    columns: Columns
    features: tuple[StoredColumn, ...]
    target: FittedTarget
    n_rows: int = Field(ge=0)
    windows: FittedWindows | None = None


def stored(fitted: Fitted) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The preparation as plain data and the tensors "fitted.COLUMN.STEP.NAME"; `restored` gives it back equal."""
    tensors: dict[str, Tensor] = {}
    features = []
    for at, column in enumerate(fitted.features):
        steps = [_stored_step(step, f"{OWN}{at}.{index}", tensors) for index, step in enumerate(column.steps)]
        known = {name: getattr(column, name) for name in _KEPT}
        features.append(StoredColumn(**known, steps=tuple(steps), fallback=tuple(column.fallback.tolist())))
    whole = StoredFitted(
        format=FORMAT,
        columns=fitted.columns,
        features=tuple(features),
        target=fitted.target,
        n_rows=fitted.n_rows,
        windows=fitted.windows,
    )
    return whole.plain(), tensors


def restored(plain: Any, tensors: dict[str, Tensor]) -> Fitted:
    """The preparation from what `stored` gave; it must run on an empty row before it is believed.

    Raises `StorageError` for another format, for numbers that do not fit together and for those that are not finite.
    """
    from nnlab.prep.fitted import Fitted

    found = plain.get("format") if isinstance(plain, dict) else None
    if found != FORMAT:
        raise StorageError(
            f"this nnlab reads preparations of format {FORMAT}",
            where="preparation",
            came=f"format {str(found)[:20]}",
            do="Open it with the nnlab that made it, or a newer one.",
        )
    try:
        whole = StoredFitted.parse(plain, "preparation")
        features = tuple(_column(column, at, tensors) for at, column in enumerate(whole.features))
        fitted = Fitted(whole.columns, features, whole.target, whole.n_rows, whole.windows)
        _try(fitted)
    except (SpecError, DataError) as error:
        raise _damaged(f"{error.where}: {error.rule}") from None
    except (KeyError, IndexError, ValueError, TypeError, RuntimeError, AttributeError, OverflowError) as error:
        raise _damaged(type(error).__name__) from None
    return fitted


def packed(plain: dict[str, Any], tensors: dict[str, Tensor]) -> bytes:
    """A safetensors file with the plain data in its metadata: the same bytes for the same content."""
    from safetensors.torch import save

    contiguous = {name: tensors[name].contiguous() for name in sorted(tensors)}
    return save(contiguous, metadata={KEY: _text({**plain, CHECKSUM: checksum(plain, contiguous)})})


def checksum(plain: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the plain data and the preparation's own tensors; rows of a table are mapped and stay unread."""
    found = hashlib.sha256(_text({name: value for name, value in plain.items() if name != CHECKSUM}).encode())
    for name in sorted(tensors):
        if name.startswith(OWN):
            found.update(f"{name} {tuple(tensors[name].shape)}".encode())
            found.update(tensors[name].contiguous().numpy().tobytes())
    return found.hexdigest()


def trusted(plain: dict[str, Any], tensors: dict[str, Tensor], what: str) -> Fitted:
    """The preparation in a file's plain data and tensors, once its checksum holds; raises `StorageError`."""
    if plain.get(CHECKSUM) != checksum(plain, tensors):
        raise _damaged("its checksum is another one", what)
    return restored(plain.get("fitted"), tensors)


def unpacked(data: bytes, what: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Plain data and tensors of a safetensors file; raises `StorageError` for whatever is not what `packed` writes."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    plain = plain_header(data[: 8 + LARGEST_HEADER], len(data), what)
    try:
        return plain, load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise _damaged(str(error)[:200], what) from None


def plain_header(head: bytes, size: int, what: str) -> dict[str, Any]:
    """The plain data in a file's metadata, from its first bytes and its whole size; raises `StorageError`."""
    length = int.from_bytes(head[:8], "little")
    if size < 8 or length > min(size - 8, LARGEST_HEADER) or len(head) < 8 + length:
        raise _damaged("its header says that it is longer than the file", what)
    try:
        header = plain_json(head[8 : 8 + length].rstrip(b" "), what)
        plain = plain_json(header["__metadata__"][KEY], what)
    except (SpecError, KeyError, TypeError, UnicodeDecodeError):
        raise _damaged("its header is not nnlab's", what) from None
    if not isinstance(plain, dict):
        raise _damaged("its header is not nnlab's", what)
    return plain


_KEPT = tuple(name for name in StoredColumn.model_fields if name not in ("steps", "fallback"))


def _stored_step(fitted: FittedStep, path: str, tensors: dict[str, Tensor]) -> StoredStep:
    short = {k: tuple(v.tolist()) for k, v in fitted.learnt.items() if v.ndim == 1 and v.size <= SHORT}
    long = tuple(name for name in fitted.learnt if name not in short)
    tensors.update({f"{path}.{name}": torch.tensor(fitted.learnt[name]) for name in long})
    return StoredStep(step=fitted.step, learnt=short, tensors=long, words=fitted.words)


def _column(column: StoredColumn, at: int, tensors: dict[str, Tensor]) -> FittedColumn:
    steps = []
    for index, step in enumerate(column.steps):
        learnt = {name: np.array(values, dtype=np.float64) for name, values in step.learnt.items()}
        learnt |= {name: _long(tensors, f"{OWN}{at}.{index}.{name}") for name in step.tensors}
        steps.append(FittedStep(step.step, learnt, step.words))
    known = {name: getattr(column, name) for name in _KEPT}
    return FittedColumn(**known, steps=tuple(steps), stored_fallback=np.array(column.fallback, dtype=np.float64))


def _long(tensors: dict[str, Tensor], name: str) -> Array:
    if name not in tensors:
        raise _damaged(f"no tensor {name[:80]}")
    tensor = tensors[name]
    if tensor.dtype != torch.float64 or not bool(torch.isfinite(tensor).all()):
        raise _damaged(f"tensor {name[:80]} holds no finite numbers")
    return tensor.numpy().copy()


def _try(fitted: Fitted) -> None:
    """Raises unless every column turns an empty cell, a number and a negative number into its finite numbers."""
    for column in fitted.features:
        _check_words(column)
        cells_N = torch.tensor([torch.nan, 0.0, 1.5, -1.0], dtype=torch.float64)
        main, *beside = column.chain(cells_N.expand(column.n_cells, 4))
        n_numbers = sum(len(block) for block in beside) + (len(main) if column.input == "table" else 0)
        if n_numbers != column.n_features or len(main) != column.n_values:
            raise ValueError(column.name)
        if not all(bool(torch.isfinite(block).all()) for block in (main, *beside)):
            raise ValueError(column.name)
        if column.input in ("codes", "text") and not 0 <= float(main.min()) <= float(main.max()) < column.n_ids:
            raise ValueError(column.name)
    _ = fitted.input_shapes
    windows, target = fitted.windows, fitted.target
    if windows is not None and not (
        len(windows.channels) == len(windows.means) == len(windows.deviations)
        and 0 not in windows.deviations
        and windows.windows.are_wanted
        and len(target.names) == windows.windows.horizon
    ):
        raise ValueError("windows")
    lists = (target.means, target.deviations, target.lows, target.highs)
    wanted = len(target.names) if target.task == "regression" else 0
    if not target.names or any(len(values) != wanted for values in lists) or 0 in target.deviations:
        raise ValueError("target")
    if len(target.units) != (wanted if target.transform == "log" else 0) or min(target.units, default=1.0) <= 0:
        raise ValueError("target")
    if target.task == "multilabel":
        if len(target.pairs) != len(target.names) or any(no == yes for no, yes in target.pairs):
            raise ValueError("target")
    elif target.task != "regression" and (len(target.names) != 1 or len(set(target.classes)) < 2):
        raise ValueError("target")


def _check_words(column: FittedColumn) -> None:
    """Raises where words are none, or more than a network may take."""
    for fitted in column.steps:
        if len(set(fitted.words)) < len(fitted.words) or any(len(word) > LONGEST_GRAM for word in fitted.words):
            raise ValueError(column.name)
        if fitted.n_cells > limits().features:
            raise ValueError(column.name)


def _text(plain: dict[str, Any]) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _damaged(came: str, what: str = "preparation") -> NnlabError:
    return StorageError(
        f"this {what} is damaged, or not nnlab's",
        where=what,
        came=came,
        do="Take it from where it came once more, or prepare the table again.",
    )
