"""Tables on disk: bytes as they came, kept once, whole or not at all, read again where the frame is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from nnlab.data.reading import Reading
from nnlab.errors import ConflictError, DataError, LimitError, NnlabError, StorageError
from nnlab.prep.encoded import Encoded
from nnlab.runs import files, workspace
from nnlab.runs.workspace import Space, shown_name
from tests.runs.a_run import make_run

ROOT = Path(__file__).parents[2]
ROWS = "".join(f"{20 + n},{'AB'[n % 2]},{n / 3:.2f},{n % 2}\n" for n in range(40))
PEOPLE = f"age,city,score,passed\n{ROWS}".encode()
NAMES = json.loads((ROOT / "tests" / "fixtures" / "names.json").read_text(encoding="utf-8"))["names"]
CRAFTED = ["", ".", "..", "../x", "/etc", "a/b", "a\\b", "%2e%2e", "x" * 300, "\0", "\n", "Local", "local/", "local\n"]


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


def test_the_bytes_are_kept_as_they_came_and_the_table_comes_back(space: Space) -> None:
    """Frame, columns, reading, issues and name are the same after opening."""
    data = PEOPLE + b"lost,row,with,too,many,cells\n"
    table = space.put_table(data, "people.csv")
    assert space.table_bytes(table.id).read_bytes() == data
    again = space.table(table.id)
    pd.testing.assert_frame_equal(again.frame, table.frame)
    for field in ("id", "name", "columns", "reading", "issues", "file_digest"):
        assert getattr(again, field) == getattr(table, field)
    entry = space.tables()[0]
    assert (entry.id, entry.name, entry.n_rows, entry.n_columns) == (table.id, "people.csv", table.n_rows, 4)
    assert entry.size_bytes > len(data)


def test_the_same_bytes_read_the_same_way_are_kept_once(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also without reading them a second time; the name shown is the one it came with."""
    first = space.put_table(PEOPLE, "people.csv")
    before = everything_in(space.home)
    monkeypatch.setattr(workspace, "read", None)
    second = space.put_table(PEOPLE, "copy.csv")
    assert (second.id, second.name) == (first.id, "copy.csv")
    assert everything_in(space.home) == before


def test_another_reading_is_another_table_and_the_bytes_take_no_second_room(space: Space) -> None:
    """Wrong guesses can be overruled; the old table stays."""
    first = space.put_table(PEOPLE, "people.csv")
    other = space.reread(
        first.id, first.reading.having(missing=("A",)) if hasattr(first.reading, "missing") else Reading()
    )
    assert other.id != first.id
    assert other.name == first.name
    assert len(space.tables()) == 2
    assert space.table_bytes(first.id).stat().st_ino == space.table_bytes(other.id).stat().st_ino
    assert space.reread(first.id, first.reading).id == first.id
    assert len(space.tables()) == 2


def test_a_file_by_its_path_is_copied_and_not_linked(space: Space, tmp_path: Path) -> None:
    """A person may go on writing into their own file."""
    file = tmp_path / "people.csv"
    file.write_bytes(PEOPLE)
    table = space.put_table(file, "people.csv")
    file.write_bytes(b"")
    assert space.table_bytes(table.id).read_bytes() == PEOPLE


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_hostile_names_are_only_shown(name: str, space: Space) -> None:
    """Nothing outside the space, nothing in a path; shown in one line of bounded length."""
    table = space.put_table(PEOPLE, name)
    project = space.create_project(table)
    assert all("x.csv" not in path and "\n" not in path for path in everything_in(space.home))
    assert {path.name for path in space.path.iterdir()} == {"tables", "projects"}
    assert {path.name for path in (space.path / "tables" / table.id).iterdir()} == {
        "bytes",
        "reading.json",
        "table.parquet",
    }
    assert space.table(table.id).name == table.name == shown_name(name)
    assert 0 < len(table.name) <= 255
    assert space.projects()[0].name == project.name


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_file_that_is_no_table_leaves_nothing(data: bytes, space: Space) -> None:
    """The sentence of the reader, and no half table."""
    with pytest.raises(DataError):
        space.put_table(data, "x.csv")
    assert space.tables() == ()
    assert [path for path in everything_in(space.home) if path.count(os.sep) > 2] == []


def test_an_upload_over_the_limit_is_refused_before_anything_is_written(
    space: Space, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Browser and command line have their own limits."""
    monkeypatch.setenv("NNLAB_LIMITS", json.dumps({"upload_bytes": 100, "file_bytes": 200}))
    (tmp_path / "x.csv").write_bytes(PEOPLE[:250])
    for source in (PEOPLE, tmp_path / "x.csv"):
        with pytest.raises(LimitError):
            space.put_table(source, "x.csv")
    assert everything_in(space.home) == []


def test_a_table_whose_typed_frame_is_lost_or_damaged_is_read_again(space: Space) -> None:
    """The bytes are the truth."""
    table = space.put_table(PEOPLE, "people.csv")
    parquet = space.path / "tables" / table.id / "table.parquet"
    for damage in (
        parquet.unlink,
        lambda: parquet.write_bytes(parquet.read_bytes()[:100]),
        lambda: parquet.write_bytes(b""),
    ):
        damage()
        pd.testing.assert_frame_equal(space.table(table.id).frame, table.frame)
        assert parquet.stat().st_size > 100


def test_many_threads_put_one_file_and_it_is_there_once(space: Space) -> None:
    """Two tabs, one upload each: one table, nothing half beside it."""
    found: list[object] = []

    def put() -> None:
        try:
            found.append(space.put_table(PEOPLE, "people.csv").id)
        except NnlabError as error:
            found.append(error)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert isinstance(found[0], str)
    assert [path.name for path in (space.path / "tables").iterdir()] == [found[0]]
    assert len(space.table(str(found[0])).frame) == 40


class Killed(BaseException):
    """From here on nothing reaches the disk, not even what clears up."""


def test_an_end_at_any_operation_leaves_no_table_or_a_whole_one(space: Space) -> None:
    """The n-th operation and all after it fail, n = 1, 2, 3 ...: the next upload of the same file works."""
    for n in range(1, 60):
        calls: list[str] = []

        def hook(operation: str, path: Path, n: int = n, calls: list[str] = calls) -> None:
            calls.append(operation)
            if len(calls) >= n:
                raise Killed

        files.before = hook
        try:
            space.put_table(PEOPLE, "people.csv")
        except Killed:
            pass
        finally:
            files.before = None
        assert [len(space.table(entry.id).frame) for entry in space.tables()] in ([], [40])
        if len(calls) < n:
            break
        assert len(space.put_table(PEOPLE, "people.csv").frame) == 40
        shutil.rmtree(space.path)
    assert n > 10
    assert len(space.tables()) == 1


def test_what_a_killed_process_left_is_swept_by_the_next_upload(space: Space) -> None:
    """os._exit in the middle of writing the typed frame."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom nnlab.runs import files\n"
        "from nnlab.runs.workspace import Space\n"
        "def hook(operation, path):\n"
        "    if operation == 'middle' and path.name == 'table.parquet': os._exit(9)\n"
        "files.before = hook\nSpace(Path(sys.argv[1])).put_table(b'a,b\\n1,x\\n2,y\\n', 'x.csv')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(space.home)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert any(path.endswith(".part") for path in everything_in(space.home))
    assert space.tables() == ()
    space.put_table(PEOPLE, "people.csv")
    assert not [path for path in everything_in(space.home) if path.endswith(".part")]


def test_a_table_in_use_is_not_deleted(space: Space) -> None:
    """The sentence names the projects; with the last of them the table goes."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.create_project(table, "My study")
    with pytest.raises(ConflictError, match="My study"):
        space.delete_table(table.id)
    space.delete_project(project.id)
    assert space.tables() == ()


def test_encoded_tensors_are_made_once_and_made_again_where_damaged(space: Space) -> None:
    """The path is the key's; another split is another file."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.save(space.create_project(table).with_target("passed"))
    path = space.encoded(project)
    made = path.stat().st_mtime_ns
    assert path.parent == space.path / "tables" / table.id / "encoded"
    assert space.encoded(project) == path
    assert path.stat().st_mtime_ns == made
    assert len(Encoded.open(path)) == 40
    assert space.encoded(project.having(split=project.split.having(seed=5))) != path
    path.write_bytes(path.read_bytes()[:200])
    assert len(Encoded.open(space.encoded(project))) == 40


def test_encoded_tensors_that_no_run_needs_do_not_pile_up(space: Space) -> None:
    """The latest few stay, and those of every run."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.save(space.create_project(table).with_target("passed"))
    first = space.encoded(project)
    run = make_run(space.new_run())
    files.write_json(run.path / "run.json", run.spec.having(encoding_key=first.stem, table_id=table.id).plain())
    for seed in range(1, 10):
        space.encoded(project.having(split=project.split.having(seed=seed)))
    kept = list(first.parent.iterdir())
    assert first in kept
    assert len(kept) == workspace.ENCODED_KEPT + 2


def test_a_full_disk_is_said_and_the_space_goes_on(space: Space) -> None:
    """Every operation of an upload fails once; afterwards the table is there."""
    for n in range(1, 60):
        calls: list[str] = []

        def hook(operation: str, path: Path, n: int = n, calls: list[str] = calls) -> None:
            calls.append(operation)
            if len(calls) == n:
                raise OSError(28, "No space left on device")

        files.before = hook
        told = ""
        try:
            space.put_table(PEOPLE, "people.csv")
        except StorageError as error:
            told = error.reason
        finally:
            files.before = None
        assert told in ("", "disk full")
        assert all(not entry.problem for entry in space.tables())
        if len(calls) < n:
            break
        shutil.rmtree(space.path, ignore_errors=True)
    assert [entry.name for entry in space.tables()] == ["people.csv"]
