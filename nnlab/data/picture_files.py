"""Picture files in a zip beside a table: a column of their names becomes the pictures themselves.

A name is looked for as the whole path in the zip, then as the end of exactly one path; capital letters do not count,
and backslashes are slashes. Sizes are read from the zip's list and checked before any file is.
"""

from __future__ import annotations

import base64
import io
import lzma
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnlab.data import raster
from nnlab.data.columns import Column
from nnlab.data.doors import plain_name
from nnlab.data.kinds import TypedColumn, strings
from nnlab.data.packing import is_hidden, is_picture_name, unpacked
from nnlab.data.pictures import NAMES_FILES, form_of
from nnlab.data.table import Issue
from nnlab.errors import DataError, LimitError, NnlabError
from nnlab.limits import Limits

MOST_TOLD = 20  # issues of one kind; the rest is counted in the last
WHOLE_FILE = -1  # the place of an issue that no row has
_DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class Members:
    """The picture files of a zip by their path, and by every end of it; None where several paths end so."""

    archive: zipfile.ZipFile
    by_path: dict[str, zipfile.ZipInfo]
    by_end: dict[str, zipfile.ZipInfo | None]

    def of(self, name: str) -> zipfile.ZipInfo | None:
        """The file that a cell names, if there is exactly one."""
        path = _path(name)
        found = self.by_path.get(path) or self.by_end.get(path)
        ends = (end for end in _ends(path) if end in self.by_path)  # the table may say where its folder lay
        return found or self.by_path.get(next(ends, ""))


def awaits_files(column: Column) -> bool:
    """Whether the reader took a column for names of picture files whose zip is still to be given."""
    return column.reason == NAMES_FILES


def members_of(archive: zipfile.ZipFile) -> Members:
    """The picture files in a zip."""
    by_path: dict[str, zipfile.ZipInfo] = {}
    by_end: dict[str, zipfile.ZipInfo | None] = {}
    for info in archive.infolist():
        path = _path(info.filename)
        if info.is_dir() or is_hidden(path) or not is_picture_name(path):
            continue
        by_path[path] = info
        for end in _ends(path):
            by_end[end] = None if end in by_end else info
    return Members(archive, by_path, by_end)


def with_pictures(columns: list[TypedColumn], archive: bytes, granted: Limits) -> list[TypedColumn]:
    """The columns of a table that came in a zip with pictures: those that name picture files hold the pictures.

    Pictures that no row names are told of, in one issue. Raises `LimitError` before a picture is taken where a column
    of them would be larger than a file may be.
    """
    places = [place for place, one in enumerate(columns) if _holds_names(one)]
    made = list(columns)
    used: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        members = members_of(opened)
        for place in places:
            made[place], found = _joined(columns[place], members, granted)
            used |= found
    n_unnamed = len({info.filename for info in members.by_path.values()} - used)
    if n_unnamed:
        told = made[places[-1] if places else 0]
        why = f"picture files in the zip that no row names: {n_unnamed}"
        issue = Issue(WHOLE_FILE, told.column.name if places else "", "", why)
        made[places[-1] if places else 0] = replace(told, issues=(*told.issues, issue))
    return made


def zipped(table: bytes, name: str, archive: bytes, granted: Limits) -> bytes:
    """One zip that holds the table and the pictures of another zip, so that both are read as one file.

    Raises `DataError` where the archive is none or holds no picture, `LimitError` where it is larger than granted.
    """
    sink = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(sink, "w") as made:
            infos = members_of(source).by_path.values()
            if not infos:
                raise DataError("the zip must hold the pictures that the table names", came="no picture in it")
            _check_total(sum(info.file_size for info in infos), granted)
            for inner, data in unpacked(table, granted.file_bytes).tables:
                text = zipfile.ZipInfo(inner or _own_name(name))  # its date is fixed: the same files, the same table
                made.writestr(text, data, zipfile.ZIP_DEFLATED)
            for info in infos:
                made.writestr(zipfile.ZipInfo(info.filename), source.read(info))  # pictures are packed already
    except _DAMAGED as error:
        raise DataError("a zip with pictures is needed", came=str(error)[:200], do="Export it again.") from None
    return sink.getvalue()


def _joined(column: TypedColumn, members: Members, granted: Limits) -> tuple[TypedColumn, set[str]]:
    """The column with the pictures that its cells name, as base64, and the names of the files used."""
    import pyarrow as pa

    cells: list[Any] = column.values.tolist()
    names = [cell if isinstance(cell, str) else None for cell in cells]
    infos = {name: members.of(name) for name in names if name is not None}
    _check_sizes(names, infos, granted)
    texts: dict[str, str | None] = {}
    faults: dict[str, str] = {}
    for name, info in infos.items():
        texts[name], faults[name] = _text_of(members.archive, info, granted)
    joined = [None if name is None else texts[name] for name in names]
    known = column.column.image
    form = known or form_of([text for text in joined if text is not None])
    issues = (*column.issues, *_issues(column.column.name, names, faults))
    if form is None and column.column.kind != "image":
        return TypedColumn(column.values, column.column, issues), set()
    reason = f"Pictures of {form.words()} pixels from the zip." if form else column.column.reason
    described = Column(name=column.column.name, kind="image", reason=reason, image=form)
    text = pa.chunked_array([pa.array(joined, pa.large_string())])
    return TypedColumn(strings(text), described, issues), {info.filename for info in infos.values() if info}


def _holds_names(column: TypedColumn) -> bool:
    """Whether the cells are names: by the reader's word, or by a look where a person gave the kind."""
    if column.column.kind != "image":
        return awaits_files(column.column)
    first = next((cell for cell in column.values if isinstance(cell, str)), "")
    return is_picture_name(first)


def _check_sizes(names: Sequence[str | None], infos: dict[str, zipfile.ZipInfo | None], granted: Limits) -> None:
    """Raises `LimitError` where all pictures together are larger than a file may be; nothing was unpacked yet."""
    sizes = (info.file_size for name in names if name is not None and (info := infos[name]) is not None)
    _check_total(sum(-(-size // 3) * 4 for size in sizes if size <= granted.picture_bytes), granted)  # as base64


def _check_total(needed: int, granted: Limits) -> None:
    if needed > granted.file_bytes:
        raise LimitError(
            f"the pictures of a table may take {granted.file_bytes / 1e6:.0f} MB",
            came=f"{needed / 1e6:.0f} MB",
            do="Make them smaller, or take a part of the rows.",
        )


def _text_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, granted: Limits) -> tuple[str | None, str]:
    """A picture as base64, or why there is none."""
    if info is None:
        return None, "is not in the zip, or more than once; the picture counts as missing"
    if info.file_size > granted.picture_bytes:
        return None, f"is larger than {granted.picture_bytes / 1e6:.0f} MB; the picture counts as missing"
    try:
        data = archive.read(info)
        raster.check(data)
    except NnlabError:
        return None, "is no whole picture; it counts as missing"
    except _DAMAGED:
        return None, "cannot be unpacked; the picture counts as missing"
    return base64.b64encode(data).decode(), ""


def _issues(column: str, names: Sequence[str | None], faults: dict[str, str]) -> list[Issue]:
    """An issue for each row whose picture is lost; many are summed up."""
    lost = [(row, name) for row, name in enumerate(names) if name is not None and faults[name]]
    told = [Issue(row, column, name, faults[name]) for row, name in lost[:MOST_TOLD]]
    if len(lost) > MOST_TOLD:
        why = f"{len(lost) - MOST_TOLD} more rows whose picture is lost like this"
        told.append(Issue(lost[MOST_TOLD][0], column, "", why))
    return told


def _own_name(name: str) -> str:
    base = plain_name(name.replace("\\", "/").rsplit("/", 1)[-1])
    return base if "." in base.strip(".") else f"{base.strip('.') or 'table'}.csv"


def _ends(path: str) -> list[str]:
    """The path without its first folder, without its first two, down to the name alone."""
    parts = path.split("/")
    return ["/".join(parts[first:]) for first in range(1, len(parts))]


def _path(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./").lstrip("/").lower()
