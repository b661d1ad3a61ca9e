"""The first lines of a file as they stand there, each with what the reading takes it for."""

from __future__ import annotations

import gzip
from pathlib import Path

from nnlab.data.own_text import own_lines
from nnlab.data.read import read
from nnlab.limits import Limits

TEXT = "Report\n\nname;height\n[-];[m]\nAda;1,70\nBob;1,81\n# odd\nEve;1,65\n"


def test_each_line_says_what_it_was_taken_for(tmp_path: Path) -> None:
    """Preamble, header, units, rows; in the file's own encoding; packed or not."""
    path = tmp_path / "x"
    path.write_bytes(TEXT.replace("Ada", "Zoë").encode("cp1252"))
    reading = read(path).reading.having(header_line=3, below_header=1, comment="#", encoding="cp1252", delimiter=";")
    lines = own_lines(path, "x.csv", reading, Limits())
    assert [line.taken_for for line in lines[:8]] == [
        "set aside", "set aside", "header", "set aside", "row", "row", "comment", "row",
    ]  # fmt: skip
    assert lines[4].text == "Zoë;1,70"
    packed = tmp_path / "y"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert own_lines(packed, "x.csv.gz", reading, Limits()) == lines
    assert own_lines(packed, "x.csv.gz", reading, Limits(job_bytes=10)) == ()


def test_long_lines_and_large_files_are_cut(tmp_path: Path) -> None:
    """Only the head of the file is read, and only the beginning of a line shown."""
    path = tmp_path / "x"
    path.write_text("a,b\n" + "x" * 1000 + ",1\n" + "y,2\n" * 100_000)
    lines = own_lines(path, "x.csv", read(path).reading, Limits(job_bytes=10))
    assert len(lines) == 12
    assert len(lines[1].text) == 161
