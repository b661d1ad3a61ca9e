"""From a project to a run, and what keeps one from starting or going on."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from nnlab.errors import LimitError, NotFoundError, StorageError, TrainingError
from nnlab.runs import files, queue, start
from nnlab.runs.checkpoint import told_of
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space
from tests.runs import given
from tests.runs.given import LeaveWhenPaused

ROWS = "\n".join(f"{n % 7},{n % 5},{'yes' if n % 7 > n % 5 else 'no'}" for n in range(120))


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Nobody comes: what is tested here is what lies ready for a worker."""
    asked: list[Path] = []
    monkeypatch.setattr(start, "ensure_worker", lambda home: asked.append(home) or 0)
    monkeypatch.setattr("nnlab.runs.jobs.start_report", lambda folder: None)
    return asked


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


@pytest.fixture
def project(space: Space) -> Project:
    table = space.put_table(f"a,b,y\n{ROWS}\n".encode(), "small.csv")
    project = space.create_project(table).with_target("y")
    return space.save(project.having(training=project.training.having(epochs=20)))


def paused_at(folder: RunFolder, *steps: int) -> None:
    for step in steps:
        folder.ask("pause", step_to=step)
        assert train(folder, LeaveWhenPaused()) == "paused"


def test_start_makes_a_run_queues_it_and_calls_a_worker(space: Space, project: Project, no_worker: list[Path]) -> None:
    """What lies there afterwards trains without the table, the project or a page."""
    folder = start.start_run(space, project)
    assert folder.state().name == "queued"
    assert no_worker == [space.home]
    assert folder.encoded_path.exists()
    queue.withdraw(space.home, space.name, folder.id)
    space.delete_project(project.id)
    assert train(folder) == "finished"


def test_the_same_start_while_it_lives_or_at_once_is_the_same_run(
    space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a click's name: a queued run is not made twice; one that ended can be made again, but not in a blink."""
    first = start.start_run(space, project)
    assert start.start_run(space, project).id == first.id
    assert start.start_run(space, project.having(split=project.split.having(seed=1))).id != first.id
    queue.withdraw(space.home, space.name, first.id)
    train(first)
    real = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: real + 3)
    assert start.start_run(space, project).id != first.id


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC])
def test_a_place_that_takes_nothing_is_said_at_start(
    space: Space, project: Project, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Not writable or full: an error with its cause; no run is listed, none waits."""
    space.encoded(project)

    def fail(operation: str, path: Path) -> None:
        if operation == "write":
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, "before", fail)
    with pytest.raises(StorageError) as caught:
        start.start_run(space, project)
    monkeypatch.setattr(files, "before", None)
    assert caught.value.reason == ("not writable" if number == errno.EACCES else "disk full")  # type: ignore[attr-defined]
    assert space.runs() == ()
    assert not queue.has_waiting(space.home)
    assert start.start_run(space, project).state().name == "queued"


def test_what_cannot_train_is_refused_before_anything_is_made(
    space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch larger than the training rows, a network larger than is granted: said with what to do, and no run."""
    large = project.having(training=project.training.having(batch_size=100_000))
    with pytest.raises(TrainingError) as caught:
        start.start_run(space, large)
    assert caught.value.repair is not None
    monkeypatch.setenv("NNLAB_LIMITS", '{"parameters": 10}')
    with pytest.raises(LimitError):
        start.start_run(space, project)
    assert space.runs() == ()
    assert not queue.has_waiting(space.home)


def test_resume_puts_a_stopped_run_back_into_the_queue(home: Path) -> None:
    """It goes on where it stood; a finished one is left as it is."""
    folder = given.run(home, epochs=20)
    paused_at(folder, 100)
    start.stop_run(folder)
    assert folder.state().name == "stopped"
    assert train_queued(start.resume_run(folder)) == "finished"
    assert start.resume_run(folder).state().name == "finished"
    assert not queue.has_waiting(home)


def train_queued(folder: RunFolder) -> str:
    assert folder.state().name == "queued"
    assert folder.home is not None
    queue.withdraw(folder.home, folder.space, folder.id)
    return train(folder)


def test_resume_names_a_damaged_checkpoint_and_offers_the_one_before(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said before anything is queued; taken at the word, it goes on from there, else from the beginning."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"control_s": 0.002}')
    folder = given.run(home, epochs=20)
    paused_at(folder, 100, 200)
    os.truncate(folder.path / "last.safetensors", 300)
    with pytest.raises(StorageError) as caught:
        start.resume_run(folder)
    assert "last.safetensors" in caught.value.where
    assert caught.value.repair == {"origin": "previous"}
    assert f"step {told_of(folder.path / 'previous.safetensors')['step']}" in caught.value.do
    assert not queue.has_waiting(home)
    start.resume_run(folder, "previous")
    assert folder.control().origin == "previous"
    os.truncate(folder.path / "previous.safetensors", 300)
    queue.withdraw(home, "local", folder.id)
    with pytest.raises(StorageError) as caught:
        start.resume_run(folder, "previous")
    assert caught.value.repair == {"origin": "beginning"}
    assert train_queued(start.resume_run(folder, "beginning")) == "finished"


def test_resume_without_the_table_says_so(home: Path) -> None:
    """As in a downloaded run: nothing is queued."""
    folder = given.run(home)
    paused_at(folder, 10)
    folder.encoded_path.unlink()
    with pytest.raises(NotFoundError, match="no longer here"):
        start.resume_run(folder)
    assert not queue.has_waiting(home)


def test_stopping_a_run_that_nobody_trains_ends_it_at_once(home: Path) -> None:
    """Queued, paused and left, or interrupted: stopped, with its best weights, and out of the queue."""
    queued, left = given.run(home), given.run(home, epochs=20)
    start.wait_in_queue(queued)
    start.stop_run(queued)
    assert queued.state().name == "stopped"
    assert not queue.has_waiting(home)
    paused_at(left, 100)
    start.stop_run(left)
    assert left.state().name == "stopped"
    assert left.all_events()[-1]["best_epoch"] == told_of(left.path / "best.safetensors")["epoch"]
    start.stop_run(left)
    assert [event["event"] for event in left.all_events()].count("stopped") == 1


def test_a_run_outside_of_every_space_is_resumed_where_one_stands(home: Path, space: Space, project: Project) -> None:
    """It has no queue: made ready here, it goes on in this process."""
    folder = start.create_run(space, project, path=home / "My Run, v2")
    paused_at(folder, 30)
    with pytest.raises(StorageError, match="no queue"):
        start.resume_run(folder)
    start.resume_here(folder)
    assert train(folder) == "finished"


def test_pause_and_step_of_a_run_that_is_gone(home: Path) -> None:
    """Each says that it is gone, and makes nothing."""
    folder = given.run(home)
    folder.delete()
    for act in (start.pause_run, start.step_run, start.stop_run, start.resume_run, start.force_stop):
        with pytest.raises(NotFoundError, match="no longer there"):
            act(folder)
    assert not folder.path.exists()
