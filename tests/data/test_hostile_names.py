"""Names and cells from strangers are plain data wherever they go: into a table, to disk, into an archive and a CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from nnlab.data import Table, read, table_from_parquet, table_to_parquet_bytes
from nnlab.data.csv_out import csv_bytes
from nnlab.runs import archive
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space, shown_name
from tests.batteries import battery
from tests.runs.a_run import make_run

DATA = Path(__file__).parent
NAMES: list[str] = json.loads((DATA.parent / "fixtures" / "names.json").read_text(encoding="utf-8"))["names"]
WORDS = [
    *NAMES, "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "<script>alert(1)</script>",
    "{{7*7}}", "${HOME}", "$(id)", "`id`", "; rm -rf x", "' OR 1=1 --", ":material/home:", "$\\LaTeX$", "| a | b |",
    "../../etc/passwd", "__class__", "index", "line", "None", "\u202etxt.csv", "a\u0000b", "\x1b[31mred", "🙂" * 50,
    "%s%n",
]  # fmt: skip


def written(words: list[str]) -> bytes:
    """Every word once as a name, and as a cell beside a number."""
    sink = io.StringIO()
    rows = [[*words, 1.5 + n] for n in range(3)]
    csv.writer(sink, quoting=csv.QUOTE_NONNUMERIC).writerows([[*words, "n"], *rows])
    return sink.getvalue().encode()


def plain(word: str) -> str:
    """A word as a table keeps it: without zero bytes, stripped."""
    return word.replace("\0", "").strip()


def test_hostile_headers_and_cells_are_kept_letter_by_letter() -> None:
    """Nothing is taken for markup, a formula, a path or a format; a name that means nothing is one like others."""
    table = read(written(WORDS))
    assert list(table.frame.columns) == [*map(plain, WORDS), "n"]
    for word in WORDS:
        # "None" as a cell is a marker of nothing, as pandas has it; as a name it is a name.
        assert set(table.frame[plain(word)].dropna()) == ({plain(word)} if word != "None" else set())


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_a_table_with_such_a_name_goes_to_disk_and_comes_back(word: str, tmp_path: Path) -> None:
    """Parquet's own names are the places of the columns."""
    table = read(written([word, f"{word}x"]))
    path = tmp_path / "table.parquet"
    path.write_bytes(table_to_parquet_bytes(table))
    back = table_from_parquet(path, table.reading, table.columns, table.issues, table.name, table.file_digest)
    assert back.frame.equals(table.frame)
    assert list(back.frame.columns) == [plain(word), plain(f"{word}x"), "n"]


def everything_in(folder: Path) -> set[str]:
    return {os.path.join(at, name) for at, folders, names in os.walk(folder) for name in (*folders, *names)}


@pytest.mark.parametrize("name", WORDS[:: battery(5, 1)])
def test_no_name_of_a_file_a_project_or_an_archive_becomes_a_path(name: str, home: Path, tmp_path: Path) -> None:
    """All that is written lies in the space's own folders, under names of letters and digits alone."""
    before = everything_in(tmp_path) | everything_in(DATA)
    space = Space(home)
    table = space.put_table(written([name]), name)
    project = space.save(space.create_project(table, name).with_target("n"))
    run = make_run(space.new_run(), shown_name(name))
    unpacked = space.run(archive.unpack(archive.pack(run), space))
    for path in (everything_in(tmp_path) | everything_in(DATA)) - before:
        assert Path(path).is_relative_to(home)
        assert re.fullmatch(r"[A-Za-z0-9._/-]*", path.removeprefix(str(home)))
    assert space.table(table.id).frame.equals(table.frame)
    assert space.project(project.id).name == unpacked.spec.project["name"] == shown_name(name)
    assert Project.from_json(project.portable().to_json()).columns == project.columns


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_a_downloaded_csv_runs_nothing(word: str) -> None:
    """No cell and no name begins like a formula, and numbers below zero stay numbers."""
    table: Table = read(written([word]))
    table.frame["n"] = -table.frame["n"]
    rows = list(csv.reader(io.StringIO(csv_bytes(table.frame).decode())))
    for cell in (rows[0][0], *(row[0] for row in rows[1:])):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert [float(row[1]) for row in rows[1:]] == [-1.5, -2.5, -3.5]
