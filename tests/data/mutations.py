"""Damages files at random and reads them: `python -m tests.data.mutations FOLDER SEED BYTES` until so many were read.

Prints `try SEED/N` before each file and `failed SEED/N: why` for all that is neither a table nor an error of ours; with
`SEED/N` in place of the seed it writes that one file to standard output. More than 1 GB on top of what the process
takes by itself is a `MemoryError`, a file that takes longer than 20 s ends the process.
"""

from __future__ import annotations

import codecs
import faulthandler
import gzip
import io
import random
import resource
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from nnlab.data import Reading, Table, read, table_to_parquet_bytes, typed
from nnlab.errors import NnlabError

LONGEST_S = 20
MOST_BYTES = 1_000_000_000  # of memory, for one file
LARGEST = 20_000  # bytes of a file before it is damaged
PIECES = (
    b"\x00", b'"', b'""', b"'", b",", b";", b"\t", b"|", b"::", b"\n", b"\r", b"\r\n", b"\n\n", b"\\",
    b"\\\"", b" ", b"#", b"\xff", b"\x80", b"\x1a", b"\x1f", b"\x0b", b"\x85", b"\xc2\xa0", b"\xe2\x80\xa8",
    b"\xef\xbf\xbd", b"\xed\xa0\x80", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"inf", b"-inf", b"nan", b"1e999", b"9" * 400, b"-0", b"0x1F",
    b"1_000", b"1e5", b"(5)", b"$", b"%", b"NA", b"true", b"2020-02-30", b"0000-00-00",
    b"9999-12-31 23:59:60", b"31/12/99999", b"1949-01", b"2020-W53-7", b"12:60", b"sep=;\n", b"PK\x03\x04",
    b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"PAR1", b"%PDF-", b"{\"a\":", b"[[", b"<html>",
    "١٢٣".encode(), "½".encode(), "e\u0301".encode(), "\u202e".encode(), "🙂".encode(), "三".encode(),
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "gb18030", "shift_jis", "utf-7", "cp037", "hex", "x")


def damaged(files: list[bytes], rng: random.Random) -> bytes:
    """One of the files with one to eight damages, sometimes packed, so that they meet the readers of archives."""
    data = _part(rng.choice(files), rng)
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        data = rng.choice(_DAMAGES)(data, files, rng)
    if rng.random() < 0.06:
        data = rng.choice((gzip.compress, _zipped))(data)
        if rng.random() < 0.7:
            data = rng.choice(_DAMAGES[:4])(data, files, rng)
    return data


def _part(data: bytes, rng: random.Random) -> bytes:
    if len(data) <= LARGEST:
        return data
    start = rng.choice((0, rng.randrange(len(data))))
    return data[start : start + LARGEST]


def _flipped(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    turned = bytearray(data)
    for _ in range(rng.randint(1, 8) if turned else 0):
        turned[rng.randrange(len(turned))] ^= 1 << rng.randrange(8)
    return bytes(turned)


def _deleted(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    start, end = _range(data, rng)
    return data[:start] + data[end:]


def _truncated(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _put_in(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 3, 20))):
        place = rng.choice((0, len(data), rng.randrange(len(data) + 1)))
        data = data[:place] + rng.choice(PIECES) + data[place:]
    return data


def _doubled(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    start, end = _range(data, rng)
    place = rng.randrange(len(data) + 1)
    return data[:place] + data[start:end] + data[place:]


def _repeated(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    start, end = _range(data, rng)
    block = rng.choice((data[start:end], rng.choice(PIECES)))
    return data[:start] + block * min(rng.choice((10, 100, 1000)), LARGEST // max(1, len(block))) + data[start:]


def _spliced(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    other = _part(rng.choice(files), rng)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _replaced(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    """Every one of a piece becomes another one: line ends, delimiters, quotes, digits."""
    letter = bytes([rng.choice(data)]) if data else b","
    return data.replace(rng.choice((letter, b",", b"\n", b'"', b".")), rng.choice(PIECES))[: 4 * LARGEST]


def _encoded(data: bytes, files: list[bytes], rng: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS[:7]), "replace")


_DAMAGES: tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...] = (
    _flipped, _deleted, _truncated, _put_in, _doubled, _repeated, _spliced, _replaced, _put_in, _encoded,
)  # fmt: skip


def _range(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 10, 100, 1000)))


def _zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return sink.getvalue()


def use(data: bytes, rng: random.Random) -> None:
    """Reads a file, mostly as guessed, and does with the table what the app does; raises for whatever is wrong."""
    try:
        table = read(data, reading=_reading(rng) if rng.random() < 0.2 else None)
        assert table.columns.names == tuple(table.frame.columns), "names"
        assert len(set(table.columns.names)) == table.n_columns, "two columns of one name"
        assert table.n_rows > 0, "no rows"
        assert all(issue.line >= 0 and issue.why for issue in table.issues), "an issue without a reason"
        if rng.random() < 0.1:
            _put_to_use(table, rng)
    except NnlabError as error:
        if not (error.rule.strip() and str(error)):
            raise ValueError("an error without words") from None


def _put_to_use(table: Table, rng: random.Random) -> None:
    assert table_to_parquet_bytes(table), "nothing to keep"
    kind = rng.choice(("numeric", "categorical", "datetime", "text"))
    columns = table.columns.having(columns=tuple(column.having(kind=kind) for column in table.columns.columns))
    assert len(typed(table.frame, columns)) == table.n_rows, "rows were lost"


def _reading(rng: random.Random) -> Reading:
    return Reading.parse(
        {
            "encoding": rng.choice(ENCODINGS),
            "delimiter": rng.choice((",", ";", "\t", " ", "::", "þ", '"', "\n", "\\", "#", "a", "\r\n", "\x00")),
            "quote": rng.choice(('"', "'", "")),
            "escape": rng.choice(("", "\\")),
            "decimal": rng.choice(("", ".", ",")),
            "header_line": rng.choice((None, 1, 2, 5, 10**9)),
            "skip_lines": rng.choice((0, 0, 1, 7, 10**9)),
            "below_header": rng.choice((0, 0, 1, 20)),
            "footer_lines": rng.choice((0, 0, 1, 10**6)),
            "comment": rng.choice(("", "#", "a")),
        }
    )


def main(folder: str, seed: str, n_bytes: int) -> None:
    files = [path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    if "/" in seed:
        sys.stdout.buffer.write(damaged(files, random.Random(seed)))
        return
    use(b"a,b,c\n1,2020-01-01,x\n2,2020-01-02,y\n", random.Random(0))  # all is imported now
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MOST_BYTES, taken + MOST_BYTES))
    number = n_read = 0
    while n_read < n_bytes:
        rng = random.Random(f"{seed}/{number}")
        data = damaged(files, rng)
        print(f"try {seed}/{number}", flush=True)
        faulthandler.dump_traceback_later(LONGEST_S, exit=True)
        try:
            use(data, rng)
        except Exception as error:
            at = error.__traceback__
            while at and at.tb_next:
                at = at.tb_next
            place = f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
            print(f"failed {seed}/{number}: {type(error).__name__} {str(error)[:200]!r} {place}", flush=True)
        faulthandler.cancel_dump_traceback_later()
        n_read += len(data)
        number += 1
    print(f"read {number} files of {n_read} bytes")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
