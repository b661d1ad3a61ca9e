"""A file that grows is read line by line once, and a file written anew is read anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnlab.runs import files
from nnlab.runs.tail import lines_of


def grow(path: Path, *texts: str) -> None:
    with path.open("a") as file:
        file.writelines(texts)


def test_what_was_read_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the new end of the file goes through the parser; a torn last line waits for its end."""
    path, parsed = tmp_path / "log", list[int]()
    original = files.read_lines
    monkeypatch.setattr(files, "read_lines", lambda path, offset=0: (parsed.append(offset), original(path, offset))[1])
    assert lines_of(path) == []
    grow(path, '{"n": 1}\n{"n": 2}\n{"n"')
    assert [line["n"] for line in lines_of(path)] == [1, 2]
    grow(path, ": 3}\n")
    assert [line["n"] for line in lines_of(path)] == [1, 2, 3]
    assert parsed == [0, 0, 18]


@pytest.mark.parametrize("keeps_inode", [True, False])
def test_a_file_written_anew_is_read_anew(tmp_path: Path, keeps_inode: bool) -> None:
    """Shorter, longer or as long as before, in the same place on disk or another."""
    path = tmp_path / "log"
    for n_lines in (4, 2, 3, 3, 30):
        text = "".join(json.dumps({"n": n_lines, "at": place}) + "\n" for place in range(n_lines))
        text = text.replace('"at"', f'"at{n_lines}"')
        if keeps_inode:
            path.write_text(text)
        else:
            files.write_bytes(path, text.encode())
        assert lines_of(path) == [json.loads(line) for line in text.splitlines()]
