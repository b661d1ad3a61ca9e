"""Room for everyone: spaces that nobody looks at go where the disk runs short, and no others."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nnlab.errors import StorageError
from nnlab.runs import start
from nnlab.runs.lock import Lock
from nnlab.runs.opening import open_file
from nnlab.runs.sweeping import DAY_S, TOUCHED, enter, spaces, sweep_untouched, touch
from nnlab.runs.workspace import Space, hashed_space
from tests.runs import given

FULL = '{"free_bytes": 1000000000000000000}'  # so that no disk has room
ROWS = b"a,b\n1,2\n3,4\n"


def visited(home: Path, who: str, days_ago: float) -> Space:
    """A visitor's space with a table, looked at for the last time that long ago."""
    space = Space(home, hashed_space("cookie", who))
    space.put_table(ROWS, "t.csv")
    touch(space)
    looked_at = time.time() - days_ago * DAY_S
    os.utime(space.path / TOUCHED, (looked_at, looked_at))
    return space


def left(home: Path) -> set[str]:
    return {space.name for space in spaces(home)}


def test_nothing_goes_while_the_disk_has_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long ago."""
    space = visited(home, "anna", 1000)
    monkeypatch.setenv("NNLAB_LIMITS", '{"free_bytes": 0}')
    assert sweep_untouched(home) == ()
    assert left(home) == {space.name}


def test_only_what_nobody_touched_for_long_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest untouched first; a younger one, one's own, a person's own machine and a login's space stay."""
    older, old, young = visited(home, "anna", 40), visited(home, "ben", 31), visited(home, "cleo", 29)
    mine = visited(home, "dora", 50)
    for name in ("local", hashed_space("user", "emil")):
        Space(home, name).put_table(ROWS, "t.csv")
        os.utime(Space(home, name).path, (0, 0))
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home, but=mine) == (older.name, old.name)
    assert left(home) == {young.name, mine.name, "local", hashed_space("user", "emil")}


def test_sweeping_ends_once_there_is_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One space is enough: the next one stays."""
    older, old = visited(home, "anna", 40), visited(home, "ben", 31)
    monkeypatch.setattr("nnlab.runs.sweeping._has_room", lambda _home: not older.path.exists())
    assert sweep_untouched(home) == (older.name,)
    assert left(home) == {old.name}


def test_a_look_keeps_a_space_and_makes_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is looked at puts it down; a space without a folder gets none by looking."""
    space = visited(home, "anna", 40)
    touch(space)
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home) == ()
    nobody = Space(home, hashed_space("cookie", "nobody"))
    touch(nobody)
    assert not nobody.path.exists()


def test_a_space_whose_run_waits_or_lives_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of many days is not taken from under its worker."""
    name = hashed_space("cookie", "anna")
    folder = given.run(home, space=name, epochs=1)
    monkeypatch.setattr(start, "ensure_worker", lambda home: 0)
    start.wait_in_queue(folder)
    space = Space(home, name)
    touch(space)
    os.utime(space.path / TOUCHED, (0, 0))
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home) == ()
    start.stop_run(folder)
    os.utime(space.path / TOUCHED, (0, 0))
    assert sweep_untouched(home) == (name,)


def test_opening_a_file_makes_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is written; and the file opens all the same where nothing can go."""
    gone = visited(home, "anna", 40)
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    mine = Space(home, hashed_space("cookie", "ben"))
    assert open_file(mine, ROWS, "t.csv").table_id
    assert left(home) == {mine.name}
    assert not gone.path.exists()


def test_a_space_that_is_looked_at_while_another_goes_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deletion may take minutes: who comes back meanwhile finds everything."""
    older, old = visited(home, "anna", 40), visited(home, "ben", 31)
    delete = Space.delete

    def slowly(space: Space) -> None:
        touch(old)
        delete(space)

    monkeypatch.setattr(Space, "delete", slowly)
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home) == (older.name,)
    assert left(home) == {old.name}


def test_a_space_in_which_a_run_is_being_started_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start holds its lock until the run waits in the queue."""
    old = visited(home, "anna", 40)
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    with Lock(old.path / "start.lock") as lock:
        assert lock.take()
        assert sweep_untouched(home) == ()
    assert sweep_untouched(home) == (old.name,)


def test_the_days_of_a_space_without_a_mark_begin_now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder's own time tells nothing: saving a project does not change it."""
    space = Space(home, hashed_space("cookie", "anna"))
    space.put_table(ROWS, "t.csv")
    os.utime(space.path, (0, 0))
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home) == ()
    assert time.time() - (space.path / TOUCHED).stat().st_mtime < 60
    os.utime(space.path / TOUCHED, (0, 0))
    assert sweep_untouched(home) == (space.name,)


def test_what_cannot_be_taken_away_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One damaged space stops nobody's Start; a link is no space of this disk; what a death left half goes too."""
    damaged, old = visited(home, "anna", 40), visited(home, "ben", 31)
    link = home / "spaces" / hashed_space("cookie", "cleo")
    link.symlink_to(visited(home, "dora", 1).path)
    half = home / "spaces" / ".gone.999999999.abcd.part"
    half.mkdir()
    delete = Space.delete

    def refusing(space: Space) -> None:
        if space.name == damaged.name:
            raise StorageError("this place is not writable", where="spaces", do="")
        delete(space)

    monkeypatch.setattr(Space, "delete", refusing)
    monkeypatch.setenv("NNLAB_LIMITS", FULL)
    assert sweep_untouched(home) == (old.name,)
    assert link.is_symlink()
    assert damaged.path.is_dir()
    assert not half.exists()


def test_spaces_of_closed_tabs_go_once_no_server_lives(home: Path) -> None:
    """Also where the first server began on an empty disk, and where others came and went beside one that lives."""

    def tabs() -> set[str]:
        return left(home) - {"local"}

    first = enter(home)
    for name in ("local", "session-abcdefgh"):
        Space(home, name).put_table(ROWS, "t.csv")
    second = enter(home)
    assert first
    assert second
    assert tabs() == {"session-abcdefgh"}
    first.release()
    third = enter(home)
    assert third
    assert tabs() == {"session-abcdefgh"}
    second.release()
    third.release()
    fourth = enter(home)
    assert fourth
    assert left(home) == {"local"}
    assert [path.name for path in (home / "servers").glob("*.lock")] == [fourth.path.name]
    fourth.release()
