"""From the bytes of a file to named columns of text: decoded or opened, cut into rows, several tables joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnlab.data.doors import BREAK, Opened, opened
from nnlab.data.encoding import Decoded, decode
from nnlab.data.joining import Cut, joined
from nnlab.data.markers import head_of
from nnlab.data.packing import Unpacked
from nnlab.data.planning import planned
from nnlab.data.reading import Reading
from nnlab.data.rows import Plan, TextColumns, read_watched
from nnlab.data.shape import guess_shape, lone_column_issue
from nnlab.data.table import Issue
from nnlab.data.wording import counted
from nnlab.data.wrong_files import refuse_binary, refuse_other_files
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits


@dataclass(frozen=True)
class Understood:
    """The text of one file, how it is to be read, and what a door told of it (None: it came as text)."""

    decoded: Decoded
    reading: Reading
    door: Opened | None


def understood(
    data: bytes, name: str, reading: Reading | None, known: Mapping[str, Any], granted: Limits
) -> Understood:
    """How one unpacked file is to be read: as a reading says, or as guessed where nothing is known."""
    door = opened(data, name, reading.sheet if reading else str(known.get("sheet", "")), granted)
    if door is None:
        encoding = reading.encoding if reading else known.get("encoding")
        decoded = _decoded(data, None if encoding is None else str(encoding))
        return Understood(decoded, reading or guess_shape(decoded.text, decoded.encoding, known), None)
    decoded = Decoded(door.text, "utf-8")
    if reading is None:
        reading = guess_shape(decoded.text, "utf-8", {**door.guessed, **known, **door.fixed})
    return Understood(decoded, reading.having(**door.fixed), door)


def all_cut(inside: Unpacked, name: str, reading: Reading | None, granted: Limits, *, may_type: bool = False) -> Cut:
    """All that a file holds as named columns of text; several tables are joined, each read as it is guessed.

    What `reading` says otherwise than would be guessed of the first table holds for all of them. `inside` is emptied:
    the bytes of a table go as soon as its columns are there. With `may_type` plain decimal numbers come as such.
    """
    n_tables, guess = len(inside.tables), None
    if n_tables > 1 and reading is not None:
        guess = understood(inside.tables[0][1], inside.tables[0][0], None, {}, granted).reading
    first = _cut(inside.tables.pop(0), reading, {}, granted, name, may_type=may_type and n_tables == 1)
    first.text.issues.extend(_beside(inside))
    if n_tables == 1:
        return first
    known: dict[str, Any] = {}
    if guess is not None:
        given = {field: getattr(first.reading, field) for field in Reading.model_fields}
        known = {field: value for field, value in given.items() if value != getattr(guess, field)}
    cuts = [first]
    while inside.tables:
        inner, data = inside.tables.pop(0)
        cuts.append(_cut_alike(data, inner, first, known, granted))
    return joined(cuts)


def _beside(inside: Unpacked) -> Iterator[Issue]:
    """What an archive holds that is not read."""
    if inside.left_out:
        shown = ", ".join(inside.left_out[:10]) + (" ..." if len(inside.left_out) > 10 else "")
        yield Issue(0, "", shown[:500], "beside the table in the archive, and not read", weight="note")


def _cut_alike(data: bytes, name: str, first: Cut, known: Mapping[str, Any], granted: Limits) -> Cut:
    """A later table; where its names are not the first one's, its header is looked for in the same line."""
    found = _cut((name, data), None, known, granted)
    if set(found.names) == set(first.names) or found.reading.header_line == first.reading.header_line:
        return found
    again = _cut((name, data), None, {**known, "header_line": first.reading.header_line}, granted)
    return again if set(again.names) == set(first.names) else found


def _cut(
    part: tuple[str, bytes],
    reading: Reading | None,
    known: Mapping[str, Any],
    granted: Limits,
    name: str = "",
    *,
    may_type: bool = False,
) -> Cut:
    """One file's columns of text, and everything in it that did not fit, by the file's own lines.

    `part` is its name in an archive and its bytes; `name` its own name where it lies in none.
    """
    inner, data = part
    try:
        how = understood(data, inner or name, reading, known, granted)
        plan, text, names = planned(how.decoded, how.reading, granted)
        issues = [*_encoding_issues(how.decoded), *_lone_column(how, plan)]
        n_lines = _n_lines(how.decoded.text) if inner else 0  # only tables of an archive are joined
        reading, door = how.reading, how.door
        del part, data, how  # the file's text goes as soon as its columns are there
        found = _read_text(text, plan, granted, may_type and door is None)
        head = head_of(text, plan, granted)
        del text
    except (DataError, LimitError) as error:
        raise (error.within(inner) if inner else error) from None
    found.issues.extend(issues)
    if door is None:
        return Cut(inner, names, found, reading, n_lines, head=head)
    if door.has_breaks:
        names = [each.replace(BREAK, "\n") for each in names]
    return Cut(inner, names, _through(door, found), reading, n_lines - door.shift, head=head, form=door.form)


def _n_lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n"))


def _through(door: Opened, found: TextColumns) -> TextColumns:
    """What was read of a door's text, told as of the file itself: its lines, and breaks inside its cells."""
    import pyarrow.compute as pc

    if door.has_breaks:
        found.columns = [pc.replace_substring(column, BREAK, "\n") for column in found.columns]
    moved = [replace(issue, line=max(issue.line - door.shift, 0)) for issue in found.issues]
    return TextColumns(found.columns, found.lines - door.shift, [*door.issues, *moved])


def _decoded(data: bytes, encoding: str | None) -> Decoded:
    refuse_other_files(data)
    decoded = decode(data, encoding)
    refuse_binary(decoded.text)
    text = decoded.text
    if b"\r" in text:  # the whole house speaks of lines that end in LF
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return replace(decoded, text=text)


def _read_text(text: memoryview, plan: Plan, granted: Limits, may_type: bool) -> TextColumns:
    from nnlab.data.compiled import read_compiled

    aside: list[Issue] = []
    whole = text.obj
    assert isinstance(whole, bytes)
    if b"\x00" in whole and (zero := re.search(b"\x00", text)):  # bytes are searched ten times as quickly
        line = plan.first_line + bytes(text[: zero.start()]).count(b"\n")
        kept = bytes(text).replace(b"\x00", b"")
        aside.append(Issue(line, "", "", f"{len(text) - len(kept)} zero bytes were taken out"))
        text = memoryview(kept)
    found = read_compiled(text, plan, granted.cell_bytes, may_type=may_type)
    if found is None:
        found = read_watched(str(text, "utf-8", "replace"), plan, granted)
    return replace(found, issues=[*aside, *found.issues])


def _lone_column(how: Understood, plan: Plan) -> list[Issue]:
    """That a table of one column could have several: where a person said how it is cut, nothing else would tell."""
    issue = lone_column_issue(how.decoded.text, how.reading) if plan.width == 1 and how.door is None else None
    return [] if issue is None else [issue]


def _encoding_issues(decoded: Decoded) -> list[Issue]:
    if not decoded.n_replaced:
        return []
    at = decoded.text.find("�".encode())
    line = decoded.text.count(b"\n", 0, max(at, 0)) + 1
    why = f"{counted(decoded.n_replaced, 'character')} cannot be read as {decoded.encoding}, shown as �"
    return [Issue(line, "", "", why)]
