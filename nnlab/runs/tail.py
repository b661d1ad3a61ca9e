"""The lines of a file that grows, each parsed once: what was read before is kept, and only the new end is read."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, NamedTuple

from nnlab.runs import files

MOST_FILES = 8
PROOF = 200  # bytes before the offset that must still be there: a file that was written anew is read anew


class _Known(NamedTuple):
    inode: int
    offset: int
    proof: bytes
    lines: list[dict[str, Any]]


_known: dict[Path, _Known] = {}
_guard = threading.Lock()


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects in the whole lines of a file, as `files.read_lines` gives them; nobody may change them."""
    with _guard:
        known = _known.pop(path, None)
        if known is None or not _still_there(path, known):
            lines, offset = files.read_lines(path)
        else:
            more, offset = files.read_lines(path, known.offset)
            lines = [*known.lines, *more]
        inode, proof = _before(path, offset)
        _known[path] = _Known(inode, offset, proof, lines)
        while len(_known) > MOST_FILES:
            _known.pop(next(iter(_known)))
        return lines


def _still_there(path: Path, known: _Known) -> bool:
    return (known.inode, known.proof) == _before(path, known.offset)


def _before(path: Path, offset: int) -> tuple[int, bytes]:
    """Which file this is, and its bytes before an offset."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, offset - PROOF))
            return path.stat().st_ino, file.read(min(offset, PROOF))
    except OSError:
        return 0, b""
