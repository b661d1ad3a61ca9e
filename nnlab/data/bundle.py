"""Several files as one: packed so that they are kept and named together, and compared by their columns."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nnlab.data.table import Table

_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*]")
_LONGEST = 100  # characters of a name


@dataclass(frozen=True)
class Comparison:
    """What a second table can be for a first one, and which of the first one's columns it lacks."""

    kind: Literal["test", "predict", "different"]
    missing: tuple[str, ...] = ()


def bundled(parts: Sequence[tuple[str, bytes]], folders: Sequence[str] = ()) -> bytes:
    """A zip of files by name; the same parts give the same bytes. `read` joins the tables in it.

    `folders`, one a file where given, name the part that the file's rows are: train, validation or test.
    """
    sink = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for place, (name, data) in enumerate(parts):
            path = f"{folders[place]}/{_safe(name)}" if folders else _safe(name)
            member = zipfile.ZipInfo(_distinct(path, taken), (1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # else it tells on which system it was packed
            archive.writestr(member, data)
    return sink.getvalue()


def compare(first: Table, second: Table, target: Sequence[str]) -> Comparison:
    """Whether a second table can judge what is learnt from a first one, can only be predicted, or is another table.

    What counts are the first one's features and targets; columns that only the second has do not matter.
    """
    there = set(second.frame.columns)
    used = [column.name for column in first.columns.columns if column.role == "feature" and column.name not in target]
    lacking = tuple(name for name in used if name not in there)
    unknown = tuple(name for name in target if name not in there)
    if lacking:
        return Comparison("different", lacking + unknown)
    return Comparison("predict", unknown) if unknown else Comparison("test")


def _safe(name: str) -> str:
    base = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    stem, dot, ending = base.rpartition(".")
    return f"{stem[: _LONGEST - len(ending)]}{dot}{ending[:20]}".lstrip(".") or "table"


def _distinct(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    found, n = name, 1
    while found.lower() in taken:
        n += 1
        found = f"{stem} ({n}){dot}{ending}" if dot else f"{name} ({n})"
    taken.add(found.lower())
    return found
