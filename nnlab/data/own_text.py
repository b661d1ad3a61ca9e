"""The first lines of a file in its own text, so that a person can hold a guess against what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nnlab.data.cutting import understood
from nnlab.data.doors import plain_name
from nnlab.data.packing import unpacked
from nnlab.data.reading import Reading
from nnlab.data.shape import head_lines
from nnlab.data.wrong_files import is_a_line
from nnlab.limits import Limits

HEAD = 65_536  # bytes of a file that is no archive
N_LINES = 12
LONGEST = 160  # letters of a line
# the first bytes of what has to be unpacked or opened before its text can be seen
PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PAR1", b"ARROW1", b"\xd0\xcf")


class OwnLine(NamedTuple):
    """A line of the file: its number, its text, and what it was taken for."""

    line: int
    text: str
    taken_for: str


def own_lines(path: Path, name: str, reading: Reading, granted: Limits) -> tuple[OwnLine, ...]:
    """The first lines of a file with what the reading takes each for; none where a large archive hides them."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    is_packed = head.startswith(PACKED) and not is_a_line(head[:64])  # a header may begin so
    is_text = not is_packed and not plain_name(name).lower().endswith(("json", "jsonl"))
    if not is_text and path.stat().st_size > granted.job_bytes:
        return ()
    inner, data = unpacked(head if is_text else path.read_bytes(), granted.file_bytes).tables[0]
    how = understood(data, inner or name, reading, {}, granted)
    return told(head_lines(how.decoded.text)[:N_LINES], how.reading)


def told(lines: Sequence[str], reading: Reading) -> tuple[OwnLine, ...]:
    """The lines, shortened, each with what it is."""
    return tuple(
        OwnLine(line, text if len(text) <= LONGEST else text[:LONGEST] + "…", _taken_for(line, text, reading))
        for line, text in enumerate(lines, start=1)
    )


def _taken_for(line: int, text: str, reading: Reading) -> str:
    header = reading.header_line
    if header is None:
        return "set aside" if line <= reading.skip_lines else _body(text, reading)
    if line < header:
        return "set aside"
    if line == header:
        return "header"
    return "set aside" if line <= header + reading.below_header else _body(text, reading)


def _body(text: str, reading: Reading) -> str:
    if not text.strip():
        return "empty"
    return "comment" if reading.comment and text.startswith(reading.comment) else "row"
