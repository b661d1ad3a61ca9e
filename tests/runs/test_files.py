"""The one door to the disk: whole files or none, faults as sentences, nothing half picked up."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnlab.errors import ConflictError, NotFoundError, StorageError
from nnlab.runs import files

OLD, NEW = b"old" * 1000, b"new" * 5000


@pytest.fixture
def failing() -> Iterator[Callable[[int, int], list[str]]]:
    """Makes the n-th operation fail with an errno; gives the list of operations seen."""

    def arm(n: int, code: int) -> list[str]:
        seen: list[str] = []

        def hook(operation: str, path: Path) -> None:
            seen.append(operation)
            if len(seen) == n:
                raise OSError(code, os.strerror(code))

        files.before = hook
        return seen

    yield arm
    files.before = None


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Bytes and JSON come back as they were, and no other file stays in the folder."""
    files.write_bytes(tmp_path / "a", NEW)
    files.write_json(tmp_path / "b.json", {"é": [1, 2.5, None]})
    assert (tmp_path / "a").read_bytes() == NEW
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8")) == {"é": [1, 2.5, None]}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b.json"]


def test_every_operation_that_fails_leaves_the_old_file_whole_or_the_new_one_whole(
    tmp_path: Path, failing: Callable[[int, int], list[str]]
) -> None:
    """The n-th operation fails, n = 1, 2, 3 ... until a write gets through."""
    path = tmp_path / "a"
    for n in range(1, 50):
        path.write_bytes(OLD)
        seen = failing(n, errno.ENOSPC)
        try:
            files.write_bytes(path, NEW)
        except StorageError as error:
            told = error
        else:
            assert seen == ["write", "middle", "fsync", "replace", "fsync folder"]
            assert path.read_bytes() == NEW
            return
        assert (told.reason, told.rule) == ("disk full", "the disk is full")
        assert path.read_bytes() == (NEW if seen[-1] == "fsync folder" else OLD)
        assert list(tmp_path.iterdir()) == [path]
    raise AssertionError("no write got through")


@pytest.mark.parametrize("n", range(1, 7))
def test_a_process_that_ends_at_any_operation_leaves_no_half_file(tmp_path: Path, n: int) -> None:
    """os._exit(9) at the n-th operation: the file is the old or the new one, and the next sweep clears the rest."""
    (tmp_path / "a").write_bytes(OLD)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom nnlab.runs import files\nseen = []\n"
        "def hook(operation, path):\n    seen.append(operation)\n"
        f"    if len(seen) == {n}: os._exit(9)\n"
        "files.before = hook\nfiles.write_bytes(Path(sys.argv[1]), b'new' * 5000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == (9 if n <= 5 else 0)
    assert (tmp_path / "a").read_bytes() == (NEW if n >= 5 else OLD)
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_larger_than_the_system_allows_is_a_full_disk(tmp_path: Path) -> None:
    """A real limit of the kernel (RLIMIT_FSIZE): the sentence says disk full, and the old file is whole."""
    (tmp_path / "a").write_bytes(OLD)
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom nnlab.errors import StorageError\n"
        "from nnlab.runs import files\nresource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try:\n    files.write_bytes(Path(sys.argv[1]), bytes(100_000))\n"
        "except StorageError as error:\n    print(error.reason)\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "a")]
    done = subprocess.run(argv, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "disk full"
    assert (tmp_path / "a").read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "disk full"),
        (errno.EFBIG, "disk full"),
        (errno.EDQUOT, "disk full"),
        (errno.EACCES, "not writable"),
        (errno.EROFS, "not writable"),
        (errno.ENOENT, "gone"),
        (errno.EIO, "other"),
    ],
)
def test_each_fault_of_the_disk_is_a_sentence_with_what_to_do(
    tmp_path: Path, failing: Callable[[int, int], list[str]], code: int, reason: str
) -> None:
    """The reason is for code, the sentence for people; the place does not tell where the workspace lies."""
    failing(1, code)
    with pytest.raises(StorageError) as caught:
        files.write_bytes(tmp_path / "deep" / "runs" / "a", b"x") if reason == "gone" else files.write_bytes(
            tmp_path / "a", b"x"
        )
    assert caught.value.reason == reason
    assert caught.value.do
    assert not caught.value.where.startswith("/")


def test_a_folder_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    """Writing into a deleted run raises NotFoundError and brings nothing back."""
    with pytest.raises(NotFoundError):
        files.write_bytes(tmp_path / "gone" / "a", b"x")
    with pytest.raises(NotFoundError):
        files.append_line(tmp_path / "gone" / "events.jsonl", {"event": "step"})
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_is_left_out_and_the_next_line_is_new(tmp_path: Path) -> None:
    """A half line, as a killed writer leaves it, costs itself only."""
    log = tmp_path / "events.jsonl"
    for n in range(3):
        files.append_line(log, {"n": n})
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - 4)
    assert files.read_lines(log)[0] == [{"n": 0}, {"n": 1}]
    files.append_line(log, {"n": 3})
    assert files.read_lines(log)[0] == [{"n": 0}, {"n": 1}, {"n": 3}]


def test_reading_goes_on_where_it_ended_and_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    """Each whole line is given once, however the file grows."""
    log, given, offset = tmp_path / "events.jsonl", [], 0
    text = b"".join(files.ONE_LINE({"n": n}).encode() + b"\n" for n in range(5))
    for end in range(len(text) + 1):
        log.write_bytes(text[:end])
        new, offset = files.read_lines(log, offset)
        given += new
    assert given == [{"n": n} for n in range(5)]


def test_a_line_that_met_a_full_disk_is_ended_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short write followed by ENOSPC: the log stays readable once there is room."""
    write = os.write
    with files.Lines(tmp_path / "log") as lines:
        lines.append({"n": 0})
        calls: list[int] = []

        def short(handle: int, data: bytes) -> int:
            calls.append(1)
            if len(calls) == 2:
                raise OSError(errno.ENOSPC, "no space")
            return write(handle, data[:3])

        monkeypatch.setattr(os, "write", short)
        with pytest.raises(StorageError):
            lines.append({"n": 1})
        monkeypatch.setattr(os, "write", write)
        lines.append({"n": 2})
    assert files.read_lines(tmp_path / "log")[0] == [{"n": 0}, {"n": 2}]


def test_a_number_that_json_does_not_know_is_written_as_null(tmp_path: Path) -> None:
    """A loss that is NaN or infinite leaves a log that every JSON reader reads."""
    files.append_line(tmp_path / "log", {"loss": float("nan"), "more": [float("inf"), 1.0]})
    assert files.read_lines(tmp_path / "log")[0] == [{"loss": None, "more": [None, 1.0]}]


def test_lines_that_are_no_objects_or_nest_too_deep_are_passed_over(tmp_path: Path) -> None:
    """Whatever a stranger's log holds, reading it ends."""
    (tmp_path / "log").write_bytes(b"[" * 100_000 + b"\n" + b'[1]\n\xff\xfe\n{"n":1}\n\n')
    assert files.read_lines(tmp_path / "log")[0] == [{"n": 1}]


@pytest.mark.parametrize("text", [b"{", b"[" * 200_000, b"\xff", b'{"a": NaN}', b""])
def test_json_that_is_damaged_is_a_storage_error_that_names_the_file(tmp_path: Path, text: bytes) -> None:
    """Never a traceback of the parser's own."""
    (tmp_path / "project.json").write_bytes(text)
    with pytest.raises(StorageError, match=r"project\.json"):
        files.read_json(tmp_path / "project.json")


def test_a_file_that_is_not_there_and_one_that_is_too_long_are_told_apart(tmp_path: Path) -> None:
    """NotFoundError for the one, StorageError for the other."""
    with pytest.raises(NotFoundError):
        files.read_bytes(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(StorageError, match="too long"):
        files.read_bytes(tmp_path / "a", most=4)
    assert files.read_bytes(tmp_path / "a", most=5) == b"12345"


def test_sweeping_spares_the_parts_of_writers_that_live(tmp_path: Path) -> None:
    """Only what a dead process left half goes; files that merely look odd stay."""
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    ours, theirs = f".a.{os.getpid()}.0123.part", f".a.{int(dead.stdout)}.0123.part"
    for name in (ours, theirs, ".hidden", "b.part"):
        (tmp_path / name).write_bytes(b"x")
    files.make_folder(tmp_path / f".t.{int(dead.stdout)}.4567.part" / "inner")
    files.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours, ".hidden", "b.part"])
    files.sweep(tmp_path / "missing")


def test_a_folder_is_removed_at_one_stroke_and_moved_over_nothing(tmp_path: Path) -> None:
    """A folder that is not there is fine to remove; a place that is taken is a conflict."""
    for name in ("a", "b"):
        files.make_folder(tmp_path / name)
        files.write_bytes(tmp_path / name / "x", name.encode())
    with pytest.raises(ConflictError):
        files.move(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "x").read_bytes() == b"b"
    files.remove_tree(tmp_path / "b")
    files.remove_tree(tmp_path / "b")
    files.move(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "x").read_bytes() == b"a"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.parametrize("may_link", [True, False])
def test_a_copy_has_the_same_bytes_and_a_link_shares_them(tmp_path: Path, may_link: bool) -> None:
    """Linking takes no disk; a copy does not follow the original."""
    (tmp_path / "a").write_bytes(OLD)
    files.copy_file(tmp_path / "a", tmp_path / "b", may_link=may_link)
    assert (tmp_path / "b").read_bytes() == OLD
    assert ((tmp_path / "a").stat().st_ino == (tmp_path / "b").stat().st_ino) == may_link
