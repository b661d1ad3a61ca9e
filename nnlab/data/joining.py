"""Several tables with the same columns as one: rows below each other, and a column that says whose they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from nnlab.data.columns import SPLIT_WORDS, Column
from nnlab.data.doors import plain_name
from nnlab.data.markers import Head
from nnlab.data.reading import Reading
from nnlab.data.rows import TextColumns
from nnlab.data.table import Issue
from nnlab.data.wording import counted
from nnlab.errors import DataError

OF_PARTS, OF_FILES = "The parts that the files are named for.", "The file that a row comes from."
_SHOWN = 10  # names of columns in a message


@dataclass
class Cut:
    """One file as named columns of text, before any kind is known.

    `own` are the columns that no guess decides, `head` the first rows, in which cells may read NA; `form` names a
    file that is no text.
    """

    name: str
    names: list[str]
    text: TextColumns
    reading: Reading
    n_lines: int
    own: dict[str, Column] = field(default_factory=dict)
    head: Head | None = None
    form: str = ""


def joined(cuts: Sequence[Cut]) -> Cut:
    """One table of all rows, in the first one's order of columns, with one column more that names each row's file.

    The lines of a file go on counting after the last one of the file before. Raises `DataError` where columns differ.
    """
    import numpy as np
    import pyarrow as pa

    first = cuts[0]
    chunks: list[list[pa.Array]] = [[] for _ in range(len(first.names) + 1)]
    lines: list[np.ndarray] = []
    issues: list[Issue] = []
    words, role = _words([cut.name for cut in cuts])
    above = 0
    for cut, word in zip(cuts, words, strict=True):
        places = _places(cut, first)
        for place, at in enumerate(places):
            chunks[place].extend(cut.text.columns[at].cast(pa.large_string()).chunks)
        chunks[-1].append(pa.repeat(pa.scalar(word, pa.large_string()), len(cut.text.lines)))
        lines.append(cut.text.lines + above)
        said = f"{counted(len(cut.text.lines), 'row')} of this file; its line 1 is here"
        issues.append(Issue(above + 1, "", cut.name, said, weight="note"))
        issues.extend(replace(issue, line=issue.line + above) if issue.line else issue for issue in cut.text.issues)
        above += cut.n_lines
    name = _free_name(first.names)
    columns = [pa.chunked_array(chunk, pa.large_string()) for chunk in chunks]
    said = OF_PARTS if role == "split" else OF_FILES
    own = {name: Column(name=name, kind="categorical", role=role, reason=said)}
    return Cut(first.name, [*first.names, name], TextColumns(columns, np.concatenate(lines), issues), first.reading,
               above, own, first.head, first.form)  # fmt: skip


def files_column(columns: Sequence[Column]) -> str:
    """The name of the column that says which file each row came from, as `joined` made it; "" for a file alone."""
    return next((column.name for column in columns if column.reason in (OF_PARTS, OF_FILES)), "")


def _places(cut: Cut, first: Cut) -> list[int]:
    """Where the columns of the first table stand in another one."""
    if set(cut.names) != set(first.names):
        only_first = [name for name in first.names if name not in cut.names]
        only_other = [name for name in cut.names if name not in first.names]
        told = [
            f"only in {whose}: {', '.join(name[:60] for name in names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''}"
            for whose, names in ((first.name, only_first), (cut.name, only_other))
            if names
        ]
        raise DataError(
            "files that are joined must have the same columns",
            where=f"{first.name} and {cut.name}",
            came="; ".join(told),
            do="Open them one by one, or give them the same columns.",
        )
    return [cut.names.index(name) for name in first.names]


def _words(names: Sequence[str]) -> tuple[list[str], Literal["split", "ignore"]]:
    """What the new column says of each file, and its role: the parts where these are told, else the names."""
    parts = told_parts(names)
    if parts:
        return parts, "split"
    stems = [_stem(name) for name in names]
    return (stems if len({*stems}) == len(stems) else list(names)), "ignore"


def told_parts(names: Sequence[str]) -> list[str]:
    """The part of the rows that each file is, where their folders or their names tell train and another; else none."""
    for parts in ([folder_part(name) for name in names], [part_of(name) for name in names]):
        if "train" in parts and len({*parts}) > 1 and all(parts):
            return parts
    return []


def folder_part(name: str) -> str:
    """The part of the rows that a file's folder tells: `test` for `test/later.csv`; empty where it tells none."""
    return SPLIT_WORDS.get(PurePosixPath(name.replace("\\", "/")).parent.name.lower(), "")


def part_of(name: str) -> str:
    """The part of the rows that the name of a file tells: `train` for `adult_train.csv`; empty where it tells none."""
    found = {SPLIT_WORDS[word] for word in re.split(r"[^a-z]+", _stem(name).lower()) if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else ""


def _stem(name: str) -> str:
    base = plain_name(name.replace("\\", "/").rsplit("/", 1)[-1])
    return base.rpartition(".")[0] or base


def _free_name(names: Sequence[str]) -> str:
    name, n = "file", 1
    while name in names:
        n += 1
        name = f"file_{n}"
    return name
