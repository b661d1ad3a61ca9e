"""A project on disk: revisions, conflicts, undo and redo, torn histories and full disks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.errors import ConflictError, NotFoundError, StorageError
from nnlab.runs import files, project_folder
from nnlab.runs.project import Project
from nnlab.runs.project_folder import ProjectFolder
from nnlab.training.spec import Training
from tests.runs.people import PROJECT


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    made = ProjectFolder(tmp_path / "abcdefghij")
    made.create(PROJECT)
    return made


def epochs(folder: ProjectFolder) -> int | None:
    return folder.load().training.epochs


def saved(folder: ProjectFolder, n: int) -> Project:
    current = folder.load()
    return folder.save(current.having(training=current.training.having(epochs=n)))


def test_each_change_is_a_revision_and_no_change_is_none(folder: ProjectFolder) -> None:
    """What is saved is loaded, by its folder's id."""
    first = folder.load()
    assert (first.id, first.revision) == ("abcdefghij", 1)
    second = saved(folder, 5)
    assert (second.revision, folder.load()) == (2, second)
    assert folder.save(second) == second


def test_the_second_of_two_windows_is_told_and_nothing_is_overwritten(folder: ProjectFolder) -> None:
    """Both loaded revision 1; the first save stands, the second raises, its change can be made again."""
    mine, theirs = folder.load(), folder.load()
    stands = folder.save(mine.having(name="mine"))
    before = folder.file.read_bytes()
    with pytest.raises(ConflictError, match="another window") as caught:
        folder.save(theirs.having(name="theirs"))
    assert caught.value.revision == 2
    assert folder.file.read_bytes() == before
    assert folder.save(stands.having(name="both")).revision == 3


def test_of_many_threads_that_save_one_revision_exactly_one_gets_through(folder: ProjectFolder) -> None:
    """Compare-and-swap under the lock."""
    base, results = folder.load(), []

    def save(n: int) -> None:
        try:
            results.append(ProjectFolder(folder.path).save(base.having(name=f"n{n}")).name)
        except ConflictError:
            results.append("")

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([name for name in results if name]) == 1
    assert folder.load().name in results


def test_undo_and_redo_walk_over_every_change_as_new_revisions(folder: ProjectFolder) -> None:
    """Undo covers every page; a new change after an undo clears redo."""
    saved(folder, 10)
    current = folder.load()
    folder.save(current.with_column("city", role="ignore"))
    assert folder.undo().columns["city"].role == "feature"
    assert folder.undo().training.epochs == 3
    assert folder.undo_redo()[:2] == (False, True)
    assert folder.undo().revision == 5
    assert folder.redo().training.epochs == 10
    assert folder.redo().columns["city"].role == "ignore"
    assert folder.undo_redo()[:2] == (True, False)
    folder.undo()
    changed = saved(folder, 77)
    assert folder.undo_redo()[:2] == (True, False)
    assert folder.redo() == changed
    assert folder.undo().training.epochs == 10
    assert folder.load().revision == 10


def test_an_undo_on_a_stale_revision_is_a_conflict(folder: ProjectFolder) -> None:
    """The other window's change is not taken back unseen."""
    saved(folder, 10)
    with pytest.raises(ConflictError):
        folder.undo(revision=1)
    assert epochs(folder) == 10


@given(walk=st.lists(st.sampled_from(["edit", "undo", "redo"]), max_size=25))
@settings(max_examples=25, deadline=None)
def test_undo_and_redo_agree_with_two_stacks(walk: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The oracle: a list of past and a list of future states."""
    folder = ProjectFolder(tmp_path_factory.mktemp("p") / "abcdefghij")
    folder.create(PROJECT.having(training=Training(epochs=1)))
    past, present, future = [], 1, []
    for n, step in enumerate(walk, 2):
        if step == "edit":
            past, present, future = [*past, present], n, []
            saved(folder, n)
        elif step == "undo":
            if past:
                past, present, future = past[:-1], past[-1], [present, *future]
            folder.undo()
        else:
            if future:
                past, present, future = [*past, present], future[0], future[1:]
            folder.redo()
        assert epochs(folder) == present
        assert folder.undo_redo()[:2] == (bool(past), bool(future))


def test_a_torn_history_line_costs_that_step_only(folder: ProjectFolder) -> None:
    """The project is untouched, and undo still leads to the state before."""
    for n in (10, 11, 12):
        saved(folder, n)
    size = folder.log.stat().st_size
    with folder.log.open("r+b") as log:
        log.truncate(size - 7)
    assert epochs(folder) == 12
    assert folder.undo().training.epochs == 11
    assert folder.redo().training.epochs == 12
    folder.log.write_bytes(b"\xff\n[]\n" + b"[" * 5000 + b"\n{}\n")
    assert folder.undo_redo()[:2] == (False, False)
    saved(folder, 50)
    assert folder.undo().training.epochs == 12
    folder.log.unlink()
    assert folder.undo() == folder.load()


def test_the_history_keeps_to_its_length(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is written anew once it is long; undo reaches as far back as is kept."""
    monkeypatch.setattr(project_folder, "LONGEST_HISTORY", 5)
    for n in range(10, 60):
        saved(folder, n)
        assert len(files.read_lines(folder.log)[0]) <= 3 * 5 + 2
    reached = [folder.undo().training.epochs for _ in range(8)]
    assert reached == [58, 57, 56, 55, 55, 55, 55, 55]
    assert folder.redo().training.epochs == 56
    monkeypatch.setattr(project_folder, "MOST_HISTORY_BYTES", 4000)
    saved(folder, 99)
    saved(folder, 100)
    assert folder.log.stat().st_size < 8000
    assert epochs(folder) == 100


def test_a_full_disk_keeps_the_project_that_was_saved(folder: ProjectFolder) -> None:
    """The save fails with a sentence at any operation; the file is the old or the new project, whole."""
    for n in range(1, 30):
        before, calls = folder.load(), []

        def hook(operation: str, path: Path, n: int = n, calls: list[str] = calls) -> None:
            calls.append(operation)
            if len(calls) == n:
                raise OSError(28, "No space left on device")

        files.before = hook
        try:
            folder.save(before.having(name=f"name {n}"))
        except StorageError as error:
            told = error.reason
        else:
            told = ""
        finally:
            files.before = None
        after = folder.load()
        assert after.name in (before.name, f"name {n}")
        assert told in ("", "disk full")
        if told == "" and len(calls) < n:
            assert after.name == f"name {n}"
            assert folder.undo().name == before.name
            return
    raise AssertionError("no save got through")


def test_a_process_killed_in_the_middle_of_a_save_leaves_a_whole_project(folder: ProjectFolder) -> None:
    """os._exit at the n-th operation: the project loads, undo works, and nothing half stays after the next save."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom nnlab.runs import files\n"
        "from nnlab.runs.project_folder import ProjectFolder\nfolder = ProjectFolder(Path(sys.argv[1]))\n"
        "project = folder.load()\nfor n in range(1, 9):\n"
        "    child = os.fork()\n    if child == 0:\n        seen = []\n"
        "        def hook(operation, path):\n            seen.append(operation)\n"
        "            if len(seen) == n: os._exit(9)\n"
        "        files.before = hook\n        folder.save(folder.load().having(name=f'n{n}'))\n        os._exit(0)\n"
        "    os.waitpid(child, 0)\n    assert folder.load().name in ('people', *(f'n{i}' for i in range(1, n + 1)))\n"
        "    folder.undo_redo()\n"
        "print(folder.load().name)\n"
    )
    argv = [sys.executable, "-W", "ignore", "-c", code, str(folder.path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "n8"
    saved(folder, 40)
    assert sorted(path.name for path in folder.path.iterdir()) == ["history.jsonl", "project.json", "project.lock"]


def test_a_damaged_project_says_so_and_a_missing_one_too(folder: ProjectFolder) -> None:
    """Never a traceback; nothing is overwritten by trying to save."""
    good = folder.load()
    for text in ("{", '{"format": 1, "surprise": 1}', "[" * 5000, '"text"'):
        folder.file.write_text(text)
        with pytest.raises(StorageError, match="damaged"):
            folder.load()
        with pytest.raises(StorageError):
            folder.save(good)
        assert folder.file.read_text() == text
    files.remove_tree(folder.path)
    for attempt in (folder.load, lambda: folder.save(good), folder.undo):
        with pytest.raises(NotFoundError):
            attempt()
    assert not folder.path.exists()
