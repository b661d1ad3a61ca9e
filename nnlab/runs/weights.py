"""What a safetensors file claims, checked against what it is, before a library maps or allocates anything.

Layout of the file: 8 bytes with the header's length, little-endian; the header, JSON; the tensors, one after another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from nnlab.errors import StorageError

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_HEADER = 50_000_000  # bytes
MOST_TENSORS = 100_000
MOST_AXES = 8
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
DO = "Get the file again from where it came."


class TensorClaim(NamedTuple):
    """What the header says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    begin: int  # bytes after the header
    end: int


def header_length(data: bytes, n_bytes: int, where: str) -> int:
    """The length that the first 8 bytes state for the header; raises `StorageError` where the file cannot hold it."""
    length = int.from_bytes(data[:8], "little") if len(data) >= 8 else -1
    if not 2 <= length <= min(n_bytes - 8, LONGEST_HEADER):
        raise damaged(where, f"a header of {length} bytes in a file of {n_bytes}")
    return length


def read_header(data: bytes, n_bytes: int, where: str) -> dict[str, TensorClaim]:
    """The tensors that the head of a file of `n_bytes` describes; raises `StorageError` unless they fill it exactly.

    Overlaps, gaps, sizes that do not follow from the shape and names given twice are refused.
    """
    length = header_length(data, n_bytes, where)
    try:
        plain = json.loads(data[8 : 8 + length], object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as error:
        raise damaged(where, f"a header that is no JSON: {error}") from None
    if not isinstance(plain, dict) or len(plain) > MOST_TENSORS:
        raise damaged(where, "a header without a list of tensors, or with too many")
    claims = {name: _claim(name, told, where) for name, told in plain.items() if name != "__metadata__"}
    _check_metadata(plain.get("__metadata__", {}), where)
    reached = 0
    for name, claim in sorted(claims.items(), key=lambda item: (item[1].begin, item[1].end)):
        if claim.begin != reached:
            what = "overlaps another" if claim.begin < reached else "leaves a gap before it"
            raise damaged(where, f"tensor {name[:80]!r} {what}")
        reached = claim.end
    if 8 + length + reached != n_bytes:
        raise damaged(where, f"tensors of {reached} bytes in a file that has room for {n_bytes - 8 - length}")
    return claims


def check_fits(claims: Mapping[str, TensorClaim], expected: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Raises `StorageError` that names a tensor unless names and shapes are those of the network."""
    for name, shape in expected.items():
        if name not in claims:
            raise damaged(where, f"no tensor {name!r}, which the network has", "the weights do not fit the network")
        if not _is_of(claims[name].shape, shape):
            came = f"tensor {name!r} of shape {claims[name].shape}, where the network has {shape}"
            raise damaged(where, came, "the weights do not fit the network")
    for name in claims:
        if name not in expected:
            came = f"tensor {name[:80]!r}, which the network has not"
            raise damaged(where, came, "the weights do not fit the network")


def _is_of(claimed: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a shape is the network's; where that has none yet, as of remembered rows, there may be any number."""
    return len(claimed) == len(shape) and all(n in (own, n * (own == 0)) for n, own in zip(claimed, shape, strict=True))


def check_finite(tensors: Iterable[tuple[str, Tensor]], where: str) -> None:
    """Raises `StorageError` that names the first tensor holding NaN or an infinity."""
    for name, tensor in tensors:
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            what = "NaN" if bool(tensor.isnan().any()) else "infinity"
            raise damaged(where, f"{what} in tensor {name!r}", "weights are finite numbers")


def damaged(where: str, came: str, rule: str = "this file is damaged") -> StorageError:
    return StorageError(rule, where=where, came=came[:300], do=DO, reason="damaged")


def _claim(name: str, told: Any, where: str) -> TensorClaim:
    if not isinstance(told, dict) or set(told) != {"dtype", "shape", "data_offsets"}:
        raise damaged(where, f"tensor {name[:80]!r} without dtype, shape and data_offsets")
    dtype, shape, offsets = told["dtype"], told["shape"], told["data_offsets"]
    if not isinstance(dtype, str) or dtype not in SIZES:
        raise damaged(where, f"tensor {name[:80]!r} of a type that is not known: {str(dtype)[:40]}")
    if not (_are_counts(shape) and len(shape) <= MOST_AXES and _are_counts(offsets) and len(offsets) == 2):
        raise damaged(where, f"tensor {name[:80]!r} with a shape or place that is none")
    if math.prod(shape) * SIZES[dtype] != offsets[1] - offsets[0]:
        raise damaged(where, f"tensor {name[:80]!r} whose size does not follow from its shape")
    return TensorClaim(dtype, tuple(shape), offsets[0], offsets[1])


def _check_metadata(metadata: Any, where: str) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise damaged(where, "metadata that is no text")


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found
