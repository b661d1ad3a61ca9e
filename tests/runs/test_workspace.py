"""Spaces: what one person keeps nobody else sees, crafted names are no paths, damage is listed and never crashes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nnlab.data.reading import Reading
from nnlab.errors import ConflictError, LimitError, NnlabError, NotFoundError, StorageError
from nnlab.runs import files, workspace
from nnlab.runs.project import Project
from nnlab.runs.sweeping import spaces
from nnlab.runs.workspace import Space, hashed_space, home, new_id
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


# Where it lies


def test_home_is_beside_the_app_wherever_one_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Never relative to the current folder; NNLAB_HOME moves it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNLAB_HOME")
    assert home() == ROOT / "workspace"
    monkeypatch.setenv("NNLAB_HOME", "elsewhere")
    assert home() == ROOT / "elsewhere"
    monkeypatch.setenv("NNLAB_HOME", str(tmp_path / "there"))
    assert home() == tmp_path / "there"


@pytest.mark.parametrize(
    "name", ["local", hashed_space("cookie", "s"), hashed_space("user", "a@b.de"), "session-abcdef123"]
)
def test_a_space_is_made_at_the_first_write_and_not_by_looking(name: str, home: Path) -> None:
    """Every look at an empty space gives nothing and leaves nothing."""
    space = Space(home, name)
    assert (space.tables(), space.projects(), space.runs()) == ((), (), ())
    looks: list[Callable[[], object]] = [
        lambda: space.table("0" * 32),
        lambda: space.reread("0" * 32, Reading()),
        lambda: space.delete_table("0" * 32),
        lambda: space.encoded(Project(table_id="0" * 32)),
        lambda: space.project("abcdefghij"),
        lambda: space.save(Project(id="abcdefghij")),
        lambda: space.undo("abcdefghij"),
        lambda: space.undo_redo("abcdefghij"),
        lambda: space.delete_project("abcdefghij"),
        lambda: space.run("abcdefghij"),
        lambda: space.delete_run("abcdefghij"),
    ]
    for look in looks:
        with pytest.raises(NotFoundError):
            look()
    space.new_run()
    assert everything_in(home) == []


@pytest.mark.parametrize(
    "name",
    [*CRAFTED, "cookie-", "cookie-" + "A" * 64, "cookie-" + "a" * 63, "user-../../x", "session-a/b/c/d/e", "root"],
)
def test_a_crafted_space_is_none_and_makes_no_folder(name: str, home: Path) -> None:
    """A cookie's value never becomes a path."""
    with pytest.raises(NotFoundError):
        Space(home, name)
    assert everything_in(home) == []


@pytest.mark.parametrize("crafted", [*CRAFTED, "../../local/tables/x", "a" * 33, "0" * 31 + "/", "ABCDEFGHIJ"])
def test_a_crafted_id_names_nothing(crafted: str, space: Space) -> None:
    """Also where something lies that the path would lead to."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.create_project(table)
    before = everything_in(space.home)
    for look in (space.table, space.project, space.run, space.delete_table, space.delete_project, space.delete_run):
        with pytest.raises(NotFoundError):
            look(crafted)
    with pytest.raises(NnlabError):
        space.save(project.having(id=crafted))
    assert everything_in(space.home) == before


def test_ids_are_not_guessed_and_the_secret_is_in_no_path() -> None:
    """Thousands of ids are all different; a space's name is a hash."""
    assert len({new_id() for _ in range(2000)}) == 2000
    assert all(workspace.ID.fullmatch(new_id()) for _ in range(100))
    assert "secret" not in hashed_space("cookie", "secret")
    assert hashed_space("cookie", "secret") != hashed_space("user", "secret").replace("user", "cookie") + "x"


def test_two_visitors_see_nothing_of_each_other(home: Path) -> None:
    """Neither lists nor opens the other's tables, projects and runs, by id."""
    mine, theirs = Space(home, hashed_space("cookie", "a")), Space(home, hashed_space("cookie", "b"))
    table = mine.put_table(PEOPLE, "people.csv")
    project = mine.create_project(table)
    run = make_run(mine.new_run())
    theirs.put_table(b"x,y\n1,2\n3,4\n", "other.csv")
    assert (theirs.projects(), theirs.runs(), len(theirs.tables())) == ((), (), 1)
    for look, name in ((theirs.table, table.id), (theirs.project, project.id), (theirs.run, run.id)):
        with pytest.raises(NotFoundError):
            look(name)
    assert [entry.id for entry in mine.projects()] == [project.id]
    assert sorted(found.name for found in spaces(home)) == sorted([mine.name, theirs.name])


# Damage


def test_damaged_and_foreign_things_are_listed_or_passed_over(space: Space) -> None:
    """A list never crashes: what cannot be opened says so, and can be deleted."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.create_project(table)
    run = make_run(space.new_run())
    for kind in ("tables", "projects", "runs"):
        (space.path / kind / "notes.txt").write_text("x")
        (space.path / kind / "Foreign Folder").mkdir()
        (space.path / kind / ("2" * 32 if kind == "tables" else "damaged000")).mkdir()
        (space.path / kind / ("1" * 32 if kind == "tables" else "link000000")).symlink_to("/etc")
    for text in ("[" * 5000, "[]", '{"format": 99, "nnlab": "9.9"}', "{}"):
        (space.path / "tables" / ("2" * 32) / "reading.json").write_text(text)
        (space.path / "projects" / "damaged000" / "project.json").write_text(text)
        (space.path / "runs" / "damaged000" / "run.json").write_text(text)
        assert {entry.id: bool(entry.problem) for entry in space.tables()} == {table.id: False, "2" * 32: True}
        assert {entry.id: bool(entry.problem) for entry in space.projects()} == {project.id: False, "damaged000": True}
        assert [found.id for found in space.runs()] == [run.id, "damaged000"]
        with pytest.raises(StorageError):
            space.table("2" * 32)
        with pytest.raises(StorageError):
            space.project("damaged000")
    space.delete_table("2" * 32)
    space.delete_project("damaged000")
    space.delete_run("damaged000")
    assert (len(space.tables()), len(space.projects()), len(space.runs())) == (1, 1, 1)


def test_an_empty_disk_between_two_looks_crashes_nothing(space: Space) -> None:
    """The server slept and woke: everything is gone, said so, and a new start works."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.create_project(table).with_target("passed")
    shutil.rmtree(space.home)
    assert (space.tables(), space.projects(), space.runs()) == ((), (), ())
    for look in (
        lambda: space.table(table.id),
        lambda: space.save(project),
        lambda: space.encoded(project),
        lambda: space.undo(project.id),
    ):
        with pytest.raises(NotFoundError):
            look()
    assert everything_in(space.home) == []
    assert space.put_table(PEOPLE, "people.csv").id == table.id


# Projects


def test_a_project_is_made_saved_renamed_undone_and_deleted(space: Space) -> None:
    """The whole life through the space."""
    table = space.put_table(PEOPLE, "people.csv")
    project = space.create_project(table)
    assert (project.name, project.table_id, project.revision) == ("people", table.id, 1)
    assert project.columns == table.columns
    saved = space.save(project.with_target("passed"))
    assert space.project(project.id) == saved
    assert space.rename_project(project.id, "Study\n1").name == "Study 1"
    assert space.undo(project.id).name == "people"
    assert not space.undo(project.id).columns.targets
    assert space.redo(project.id).columns.targets
    assert space.undo_redo(project.id)[:2] == (True, True)
    with pytest.raises(ConflictError):
        space.save(saved.having(name="late"))
    space.delete_project(project.id)
    with pytest.raises(NotFoundError):
        space.project(project.id)


def test_the_last_saved_project_is_first_in_the_list(space: Space) -> None:
    """As people look for it."""
    table = space.put_table(PEOPLE, "people.csv")
    made = [space.create_project(table, name) for name in ("a", "b", "c")]
    for at, project in enumerate(made):
        os.utime(space.path / "projects" / project.id / "project.json", (1000 + at, 1000 + at))
    assert [entry.name for entry in space.projects()] == ["c", "b", "a"]


def test_a_project_file_makes_a_project_with_its_choices(space: Space) -> None:
    """What was downloaded in one space opens in another."""
    table = space.put_table(PEOPLE, "people.csv")
    mine = space.save(space.create_project(table).with_target("passed"))
    other = Space(space.home, hashed_space("cookie", "other"))
    like = Project.from_json(mine.portable().to_json())
    made = other.create_project(other.put_table(PEOPLE, "people.csv", like.reading), like=like)
    assert made.having(id="", revision=0, table_id="") == mine.portable()
    assert made.id != mine.id


# Runs and the end


def test_a_space_that_is_deleted_leaves_the_others(space: Space) -> None:
    """A session that is over takes its own things along and nothing else."""
    session = Space(space.home, "session-abcdef123")
    for one in (space, session):
        one.create_project(one.put_table(PEOPLE, "people.csv"))
    session.delete()
    session.delete()
    assert (session.projects(), session.tables()) == ((), ())
    assert len(space.projects()) == 1
    assert sorted(path.name for path in (space.home / "spaces").iterdir()) == ["local"]


def test_runs_are_listed_newest_first_and_a_full_space_takes_no_more(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`stored_runs` is the quota; deleting makes room."""
    made = []
    for at in (2, 3, 1):
        run = make_run(space.new_run(), f"run {at}")
        files.write_json(run.path / "run.json", run.spec.having(created=f"2025-01-0{at}T00:00:00+00:00").plain())
        made.append(run)
    assert [run.spec.name for run in space.runs()] == ["run 3", "run 2", "run 1"]
    monkeypatch.setenv("NNLAB_LIMITS", '{"stored_runs": 3}')
    with pytest.raises(LimitError, match="keeps 3 runs"):
        space.new_run()
    space.delete_run(made[0].id)
    assert [run.spec.name for run in space.runs()] == ["run 3", "run 1"]
    assert space.new_run().parent == space.path / "runs"


def test_a_damaged_table_is_made_whole_by_uploading_its_file_again(home: Path) -> None:
    """What the message asks for works: the same file again mends the table, and cut bytes are never read silently."""
    space = Space(home)
    data = b"a,b\n1,2\n3,4\n5,6\n"
    table = space.put_table(data, "t.csv")
    folder = home / "spaces" / "local" / "tables" / table.id
    (folder / "table.parquet").write_bytes(b"")
    (folder / "bytes").write_bytes(data[:8])
    with pytest.raises(StorageError, match="damaged"):
        space.table(table.id)
    assert space.put_table(data, "t.csv").n_rows == 3
    assert space.table(table.id).frame.equals(table.frame)


def test_a_table_goes_with_the_last_that_uses_it(home: Path) -> None:
    """Deleting a project gives its table's room back, but never what another project needs."""
    space = Space(home)
    table = space.put_table(b"a,b\n1,2\n3,4\n", "t.csv")
    first, second = space.create_project(table), space.create_project(table)
    space.delete_project(first.id)
    assert space.table(table.id).n_rows == 2
    space.delete_project(second.id)
    assert space.tables() == ()
