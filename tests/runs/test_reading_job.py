"""Large files are read by a process of its own: found again after a reload, cancelled, taken once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnlab.data.reading import guess_reading
from nnlab.data.samples import sample_bytes
from nnlab.errors import ConflictError, DataError, LimitError, NotFoundError
from nnlab.runs import reading_job, second_file
from nnlab.runs.jobs import Job
from nnlab.runs.lock import is_held
from nnlab.runs.slots import Slot
from nnlab.runs.workspace import Space

PENGUINS = sample_bytes("penguins")
pytestmark = pytest.mark.timeout(200)


def until(is_so: Callable[[], Any], wait_s: float = 60.0) -> None:
    end = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_large_file_is_found_again_and_taken_once(home: Path) -> None:
    """Another look at the space knows name, size and how far it is; of two windows one makes the project."""
    space = Space(home)
    reading_job.begin_file(space, PENGUINS, "birds.csv")
    (coming,) = reading_job.being_read(Space(home))
    assert (coming.name, coming.n_bytes, coming.project_id) == ("birds.csv", len(PENGUINS), "")
    assert not reading_job.being_read(Space(home, "cookie-" + 64 * "0"))
    coming.job.wait(60)
    share, doing = coming.job.progress()
    assert (share, doing) == (0.9, "keeping the table")
    project = reading_job.finish_file(space, coming.job, coming.name)
    assert (project.name, space.table(project.table_id).n_rows) == ("birds", 344)
    with pytest.raises(NotFoundError):
        reading_job.finish_file(space, coming.job, coming.name)
    assert not reading_job.being_read(space)
    assert not list((space.path / "uploads").iterdir())


def test_nobody_takes_what_is_read_for_another(home: Path) -> None:
    """A job of another space, and a path that is no job's, give nothing."""
    space, stranger = Space(home), Space(home, "cookie-" + 64 * "0")
    job = reading_job.begin_file(space, PENGUINS, "birds.csv")
    job.wait(60)
    for crafted in (job, Job(home / "spaces" / "local"), Job(home / "jobs" / "read-0123456789abcdef")):
        with pytest.raises(NotFoundError):
            reading_job.finish_file(stranger, crafted, "birds.csv")
    assert reading_job.finish_file(space, job, "birds.csv").file_name == "birds.csv"


def test_cancelling_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the upload nor a table; the child is gone, and its place free."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"jobs": 1}')
    space, place = Space(home), Slot(home, 1, kind="job-")
    assert place.take()
    job = reading_job.begin_file(space, PENGUINS, "birds.csv")
    until(lambda: is_held(job.path / "job.lock"))
    reading_job.cancel(space, job)
    assert not reading_job.being_read(space)
    place.release()
    until(lambda: not is_held(job.path / "job.lock"))
    assert not list((space.path / "uploads").iterdir())
    assert not space.tables()


def test_a_file_is_read_again_another_way(home: Path) -> None:
    """The job gives the other table; what was asked for before it counts no more."""
    space = Space(home)
    project = space.create_project(space.put_table(PENGUINS, "birds.csv"))
    other = guess_reading(PENGUINS).having(header_line=None, skip_lines=3)
    reading_job.begin_again(space, project, None)
    reading_job.begin_again(space, project, other)
    (coming,) = reading_job.being_read(space)
    assert coming.project_id == project.id
    coming.job.wait(60)
    table, _cleaning = reading_job.finish_again(space, project, coming.job)
    assert (table.reading, table.n_rows) == (other, 342)
    assert space.table(project.table_id).n_rows == 344


def test_what_reading_fails_with_is_raised_by_who_takes_it(home: Path) -> None:
    """The error of the other process; too large a file is refused before it is kept."""
    space = Space(home)
    job = reading_job.begin_file(space, b"\x89PNG\r\n\x1a\n" + bytes(500), "picture.csv")
    until(lambda: not job.is_alive)
    with pytest.raises(DataError, match="PNG"):
        reading_job.finish_file(space, job, "picture.csv")
    assert not reading_job.being_read(space)
    with pytest.raises(LimitError):
        reading_job.check_size(10**12)


def test_a_second_file_is_looked_at_then_used(home: Path) -> None:
    """The last one that was given counts; what it can be is told as in this process; its rows are kept to predict."""
    space = Space(home)
    first = space.save(space.create_project(space.put_table(PENGUINS, "birds.csv")).with_target("species"))
    rows = b"\n".join(line.partition(b",")[2] for line in PENGUINS.splitlines()[:9])
    reading_job.begin_second(space, first, b"other,columns\n1,2\n", "x.csv")
    job = reading_job.begin_second(space, first, rows, "ask.csv")
    job.wait(60)
    assert not [each for each in reading_job.being_read(space) if not each.is_second]
    found = reading_job.second_found(space, job)
    assert found == replace(second_file.looked_at(space, first, rows, "ask.csv"), data=b"")
    job = reading_job.begin_use(space, first, job, "predict")
    job.wait(60)
    made = reading_job.finish_use(space, first, job)
    assert space.table(made.rows_table_id).n_rows == 8
    assert reading_job.second_of(space, first) is None
    assert not list((space.path / "uploads").iterdir())


def test_a_second_file_is_not_joined_to_another_table_than_it_was_meant_for(home: Path) -> None:
    """The file was read another way meanwhile: nothing is overwritten, and nothing of the second file stays."""
    space = Space(home)
    first = space.create_project(space.put_table(b"a,b\n1,2\n3,4\n5,6\n", "first.csv"))
    job = reading_job.begin_second(space, first, b"a,b\n7,8\n9,9\n", "more.csv")
    job.wait(60)
    job = reading_job.begin_use(space, first, job, "more")
    job.wait(60)
    other = first.with_table(space.reread(first.table_id, first.reading.having(header_line=None)))
    with pytest.raises(ConflictError, match="changed while"):
        reading_job.finish_use(space, other, job)
    assert reading_job.second_of(space, first) is None
