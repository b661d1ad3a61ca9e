"""The quota of stored runs: the oldest that nobody pinned makes room, and nothing that lives or is pinned ever goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.errors import LimitError, NetworkError, NotFoundError
from nnlab.network.network import Network
from nnlab.runs import files, quota, start
from nnlab.runs.folder import RunFolder
from nnlab.runs.opening import open_sample
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.runs.a_run import make_run


@pytest.fixture
def space(home: Path, monkeypatch: pytest.MonkeyPatch) -> Space:
    """Room for three runs."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"stored_runs": 3}')
    return Space(home)


def old_runs(space: Space, n_runs: int = 3) -> list[RunFolder]:
    """So many finished runs, the oldest first."""
    runs = [make_run(quota.place_of_new(space), f"run {day}") for day in range(1, n_runs + 1)]
    for day, run in enumerate(runs, 1):
        made = run.spec.having(created=f"2025-01-0{day}T00:00:00+00:00")
        files.write_json(run.path / "run.json", made.plain())
    return [RunFolder(run.path) for run in runs]


def ids(space: Space) -> set[str]:
    return {run.id for run in space.runs()}


def sample(space: Space) -> Project:
    project = open_sample(space, "textbook")
    return project.having(training=project.training.having(epochs=1))


def test_a_new_run_takes_the_oldest_unpinned_one_away_as_was_said_before(space: Space) -> None:
    """With room nothing goes; without, the one that `next_to_go` names, and no other."""
    first, second, third = old_runs(space)
    quota.pin(first)
    leaving = quota.next_to_go(space)
    assert leaving is not None
    assert leaving.id == second.id
    new = start.create_run(space, sample(space))
    assert ids(space) == {first.id, third.id, new.id}
    space.delete_run(third.id)
    assert quota.next_to_go(space) is None
    assert quota.make_room(space) == ()


def test_a_run_that_cannot_start_takes_nothing_away(space: Space) -> None:
    """What is wrong is found before room is made."""
    runs = old_runs(space)
    project = sample(space).having(network=Network.parse({"trunk": [{"kind": "Conv2d", "out_channels": 4}]}))
    with pytest.raises(NetworkError):
        start.create_run(space, project)
    assert ids(space) == {run.id for run in runs}


def test_what_lives_is_paused_or_pinned_stays_and_a_full_space_says_so(space: Space) -> None:
    """Then nothing goes, and the message says what can be done."""
    first, second, third = old_runs(space)
    quota.pin(first)
    assert second.lock.take()
    with (third.path / "events.jsonl").open("a") as lines:
        lines.write('{"event": "paused", "step": 20, "epoch": 2, "n": 9}\n')
    try:
        assert quota.next_to_go(space) is None
        with pytest.raises(LimitError, match="Unpin or delete"):
            start.create_run(space, sample(space))
        assert ids(space) == {first.id, second.id, third.id}
    finally:
        second.lock.release()
    quota.pin(first, is_kept=False)
    assert quota.make_room(space) == (first.id,)


def test_a_run_that_is_gone_cannot_be_pinned(space: Space) -> None:
    """No folder is made for it."""
    run = RunFolder(space.path / "runs" / "abcdefghij")
    with pytest.raises(NotFoundError):
        quota.pin(run)
    assert not run.path.exists()
