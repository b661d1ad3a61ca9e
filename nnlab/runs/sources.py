"""Which sources of nnlab a process has imported: a worker of other sources must not train."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def source_digest(root: Path = ROOT) -> str:
    """A hash of the names, sizes and times of every Python file below `root`; under a millisecond."""
    total = hashlib.sha256()
    for path, size, time_ns in sorted(_files(os.fspath(root))):
        total.update(f"{path}\0{size}\0{time_ns}\n".encode())
    return total.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name == "__pycache__":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.name.endswith(".py"):
            try:
                stat = entry.stat()
            except OSError:
                continue  # replaced at this very moment: the next look sees it
            yield entry.path, stat.st_size, stat.st_mtime_ns
