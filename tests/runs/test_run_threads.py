"""The threads of a run: decided once, written into run.json, and the same after every resume."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nnlab.runs import assemble
from nnlab.runs.folder import RunFolder
from nnlab.runs.trainer import train
from nnlab.training.threads import Threads
from tests.runs import given


@pytest.fixture(autouse=True)
def one_thread_afterwards() -> Iterator[None]:
    yield
    torch.set_num_threads(1)


def raced(monkeypatch: pytest.MonkeyPatch, count: int) -> list[int]:
    """Every network counts as large, and a race decides for so many; the list tells how many each race might take."""
    given.quicken(monkeypatch)
    races: list[int] = []

    def race(engine: object, most: int) -> Threads:
        races.append(most)
        return Threads(count, f"{count} threads: a step took half of its time.")

    monkeypatch.setattr(assemble, "is_large", lambda *_: True)
    monkeypatch.setattr(assemble, "race_threads", race)
    return races


def started(folder: RunFolder) -> list[int]:
    return [event["threads"] for event in folder.all_events() if event["event"] in ("started", "resumed")]


def test_a_race_is_held_once_and_its_outcome_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped and resumed, the run computes with as many threads as it began with; its name may change meanwhile."""
    races = raced(monkeypatch, 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    folder = given.run(home)
    folder.ask("pause")
    turn = given.LeaveWhenPaused()
    assert train(folder, turn) == "paused"
    folder.rename("another name")
    assert RunFolder(folder.path).spec.threads == 2
    folder.ask("run")
    assert train(RunFolder(folder.path)) == "finished"
    assert races == [6]
    assert started(folder) == [2, 2]
    spec = RunFolder(folder.path).spec
    assert (spec.name, spec.threads) == ("another name", 2)
    assert "2 threads" in (folder.path / "log.txt").read_text()


def test_runs_that_train_at_once_share_what_is_granted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six threads for three slots are two for each."""
    races = raced(monkeypatch, 1)
    monkeypatch.setenv("NNLAB_LIMITS", '{"slots": 3}')
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    train(given.run(home, epochs=1))
    assert races == [2]


def test_what_a_person_chose_is_not_raced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not written a second time."""
    races = raced(monkeypatch, 2)
    folder = given.run(home, epochs=1, threads=1)
    train(folder)
    assert races == []
    assert started(folder) == [1]
    assert folder.spec.threads is None


def test_a_small_network_has_one_thread_by_rule(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raced and nothing written: the rule says the same everywhere."""
    given.quicken(monkeypatch)
    monkeypatch.setattr(assemble, "race_threads", lambda *_: pytest.fail("it was raced"))
    folder = given.run(home, epochs=1)
    train(folder)
    assert started(folder) == [1]
    assert folder.spec.threads is None
