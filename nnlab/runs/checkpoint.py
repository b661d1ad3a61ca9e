"""Tensors and plain values in one safetensors file whose metadata carries a checksum over both.

Weights, exact states and test outputs of a run are written so; a truncated file, a turned bit or a lying header is a
`StorageError` that names the file, never a wrong number. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import NotFoundError, StorageError
from nnlab.runs.files import read_bytes, shown

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
LONGEST_HEADER = 50_000_000  # bytes
NAMES = ("last", "previous")  # exact states, in the order in which they are tried


def packed(tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> bytes:
    """A safetensors file holding the tensors and, in its metadata, the plain values and the checksum of both."""
    from safetensors.torch import save

    # Copies where memory is shared (tied weights): each name stands for itself.
    own: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in tensors.items():
        flat = tensor.detach().to("cpu").contiguous()
        own[name] = flat.clone() if flat.numel() and flat.data_ptr() in seen else flat
        seen.add(flat.data_ptr())
    text = json.dumps({"format": FORMAT, **plain}, sort_keys=True, separators=(",", ":"))
    return bytes(save(own, {"plain": text, "checksum": _checksum(own.items(), text)}))


def unpacked(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and plain values of a file; raises `NotFoundError`, or `StorageError` where it is damaged."""
    from safetensors.torch import load

    data = read_bytes(path)
    try:
        tensors = load(data)
        size = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + size]).get("__metadata__") or {}
        text = metadata["plain"]
        is_whole = metadata["checksum"] == _checksum(tensors.items(), text)
        plain = json.loads(text)
    except Exception as error:
        raise _damaged(path, type(error).__name__) from None
    if not is_whole:
        raise _damaged(path, "a checksum that does not fit its content")
    if plain.get("format") != FORMAT:
        came = f"format {plain.get('format')}; this nnlab reads format {FORMAT}"
        raise StorageError("this file was made by another version of nnlab", where=shown(path), came=came)
    return tensors, plain


def told_of(path: Path) -> dict[str, Any]:
    """The plain values and the "checksum" that a packed file states, unproven; {} where it states none.

    Reads the header only, so that looking costs nothing.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            metadata = json.loads(file.read(min(size, LONGEST_HEADER)))["__metadata__"]
        plain = json.loads(metadata["plain"])
        return {**plain, "checksum": str(metadata["checksum"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def damage(path: Path) -> str:
    """What is wrong with a packed file, "" where nothing is, "missing" where there is none."""
    try:
        unpacked(path)
    except NotFoundError:
        return "missing"
    except StorageError as error:
        return error.came or error.rule
    return ""


def _checksum(tensors: Iterable[tuple[str, Tensor]], text: str) -> str:
    import torch

    total = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
        total.update(f"\0{name}\0{tensor.dtype}\0{list(tensor.shape)}\0".encode())
        if tensor.numel():
            total.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()


def _damaged(path: Path, came: str) -> StorageError:
    return StorageError(
        "this file is damaged",
        where=shown(path),
        came=came,
        do="Use the file before it, or restore this one from a copy.",
        reason="damaged",
    )
