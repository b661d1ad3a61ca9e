"""The folder is the whole contract: made whole, read by anyone, and its state decided by the reader."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from nnlab.errors import NotFoundError, StorageError
from nnlab.runs import files, queue
from nnlab.runs.events import EventLog
from nnlab.runs.folder import FORMAT, Control, RunFolder
from nnlab.runs.lock import Holder, Lock, myself
from nnlab.runs.state import write_exit
from tests.runs import given


def told(folder: RunFolder, *events: tuple[str, dict[str, Any]]) -> None:
    with EventLog(folder.path / "events.jsonl") as log:
        for name, more in events:
            log.write(name, more.pop("step", 1), 1, **more)


def test_a_run_says_everything_needed_to_do_it_again(home: Path) -> None:
    """Every feature's steps, a network, batch size and epochs as numbers: nothing is left to defaults of the day."""
    spec = given.run(home, epochs=None, batch_size=None).spec
    assert spec.task == "binary"
    assert spec.target == ("y",)
    assert spec.n_rows == {"train": 192, "validation": 48, "test": 60}
    assert [entry["column"] for entry in spec.project["recipe"]["columns"]] == ["a", "b", "c"]
    assert all(entry["steps"] for entry in spec.project["recipe"]["columns"])
    assert spec.project["training"]["batch_size"] == 24
    assert spec.project["training"]["epochs"] == 250
    assert spec.project["network"]["trunk"]
    assert spec.versions["torch"]


def test_nothing_in_a_run_names_the_place_where_it_lies(home: Path) -> None:
    """A home can be moved: its path stands in no file of the run."""
    folder = given.run(home)
    for path in folder.path.rglob("*"):
        assert os.fsencode(home) not in path.read_bytes()


def test_a_run_elsewhere_has_its_own_copy_of_the_rows(home: Path, tmp_path: Path) -> None:
    """Outside of every space there is no table beside it: the encoded rows go along."""
    inside = given.run(home)
    outside = RunFolder.create(tmp_path / "My run", inside.spec, inside.encoded_path, b"")
    assert outside.home is None
    assert outside.space == ""
    assert outside.encoded_path == tmp_path / "My run" / "encoded.safetensors"
    assert inside.home == home
    assert not (inside.path / "encoded.safetensors").exists()


def test_a_run_is_made_whole_or_not_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th operation on the disk fails, n = 1, 2, 3 ...: no half run is ever listed."""
    whole = given.run(home)
    runs = whole.path.parent
    for place in range(1, 100):
        n_done = 0

        def fail(operation: str, path: Path, place: int = place) -> None:
            nonlocal n_done
            n_done += 1
            if n_done == place:
                raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(files, "before", fail)
        try:
            RunFolder.create(runs / "abcdefgh", whole.spec, whole.encoded_path, b"fitted")
        except StorageError:
            made = [path.name for path in runs.iterdir() if not path.name.startswith(".") and path != whole.path]
            assert made in ([], ["abcdefgh"])
            assert not made or (runs / "abcdefgh" / "run.json").exists()
            files.remove_tree(runs / "abcdefgh")
            continue
        finally:
            monkeypatch.setattr(files, "before", None)
        assert place > 8
        return
    raise AssertionError("it never got through")


def test_states_follow_the_lock_then_the_queue_then_the_last_event(home: Path) -> None:
    """Never begun, queued, running, paused, interrupted and each end, as any reader sees them."""
    folder = given.run(home)
    other = Lock(folder.lock.path)
    assert folder.state().name == "interrupted"
    assert "never began" in folder.state().cause
    queue.enqueue(home, "local", folder.id)
    assert (folder.state().name, folder.state().place) == ("queued", 1)
    assert queue.claim(home, 0) is not None
    assert (folder.state().name, folder.state().place) == ("queued", None)
    assert other.take()
    assert folder.state().name == "running"
    queue.begun(queue.claimed(home)[0])
    told(folder, ("started", {}), ("step", {"step": 3}), ("paused", {"step": 3}))
    assert folder.state().name == "paused"
    other.release()
    assert folder.state().name == "paused"
    told(folder, ("resumed", {"step": 3}), ("step", {"step": 4}))
    assert folder.state().name == "interrupted"
    assert folder.state().step == 4
    for name in ("stopped", "finished", "failed"):
        told(folder, (name, {"cause": "because"}))
        assert (folder.state().name, folder.state().cause) == (name, "because")
        assert folder.state().is_final
        assert other.take()
        assert folder.state().name == "running"
        other.release()
    queue.enqueue(home, "local", folder.id)
    assert folder.state().name == "queued"


def test_the_record_of_another_process_is_no_cause(home: Path) -> None:
    """An old exit record, or one of a process with the same number, says nothing about this end."""
    folder = given.run(home)
    assert folder.lock.take()
    folder.lock.release()
    told(folder, ("started", {}), ("step", {}))
    write_exit(folder, Holder(myself().pid, "1"), -9)
    assert "signal" not in folder.state().cause
    write_exit(folder, myself(), -9)
    assert "signal 9, often memory" in folder.state().cause
    write_exit(folder, myself(), 3)
    assert "code 3" in folder.state().cause


@pytest.mark.parametrize("text", ["", "{half", '{"wanted": "dance"}', "[1, 2]", '{"wanted": "stop", "more": 1}'])
def test_a_damaged_wish_lets_the_run_go_on(home: Path, text: str) -> None:
    """Nobody loses a run to a broken control file."""
    folder = given.run(home)
    (folder.path / "control.json").write_text(text)
    assert folder.control() == Control()


def test_a_run_of_a_newer_version_is_refused_by_name(home: Path) -> None:
    """Who made it, what this version reads; nothing is changed."""
    folder = given.run(home)
    path = folder.path / "run.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "format": FORMAT + 1, "nnlab": "9.9.9"}))
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version") as caught:
        _ = RunFolder(folder.path).spec
    assert "9.9.9" in caught.value.came
    assert path.read_bytes() == before


def test_a_run_that_is_gone_is_said_to_be_gone(home: Path) -> None:
    """Deleted, or the server woke up on an empty disk: a sentence, no crash, and nothing is made."""
    folder = given.run(home)
    folder.delete()
    folder.delete()
    assert "no longer there" in folder.state().cause
    assert folder.events() == []
    with pytest.raises(NotFoundError):
        folder.ask("stop")
    with pytest.raises(NotFoundError):
        _ = RunFolder(folder.path).spec
    assert not folder.path.exists()


def test_a_deleted_run_no_longer_waits(home: Path) -> None:
    """It is taken out of the queue with its folder."""
    folder = given.run(home)
    queue.enqueue(home, "local", folder.id)
    folder.delete()
    assert not queue.has_waiting(home)


def test_a_name_is_for_people_only(home: Path) -> None:
    """Renamed, it is the same run."""
    folder = given.run(home)
    before = folder.spec
    folder.rename("**bold** try")
    assert RunFolder(folder.path).spec == before.having(name="**bold** try")
