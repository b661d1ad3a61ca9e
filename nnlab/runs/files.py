"""Every byte that `nnlab.runs` puts on disk goes through here, so that one place answers for faults.

A file is written to a temporary name in the same folder, flushed, renamed, and the folder flushed: whoever reads sees
the old file whole or the new one whole. A full disk or a folder without permission becomes a `StorageError` whose
`reason` is one of `REASONS`. Nothing here makes a missing folder in passing: a run deleted while it trains must not
come back half.
"""

from __future__ import annotations

import errno
import json
import math
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nnlab.errors import ConflictError, NotFoundError, SpecError, StorageError
from nnlab.spec import plain_json

REASONS = ("disk full", "not writable", "gone", "other")  # of errors raised here
FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
GONE = {errno.ENOENT, errno.ENOTDIR}
OLD_LEFTOVER_S = 86_400.0
PART = ".part"
# Made once: an encoder made for each line would double what an event costs.
ONE_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
MANY_LINES = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=1).encode

# Called before each operation with its name ("write", "middle", "fsync", "replace", "fsync folder", "append", "remove")
# and path. Tests put a function here that raises OSError or ends the process at the n-th call.
before: Callable[[str, Path], None] | None = None


def make_folder(path: Path) -> Path:
    """The folder at `path`, made with its parents where it is not there yet."""
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def write_bytes(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Makes `data` the content of `path`, all or nothing; raises `StorageError` and leaves the old file whole."""
    part = _part_of(path)
    with storage_errors(path):
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                _write_all(handle, memoryview(data).cast("B"), path)
                _about_to("fsync", path)
                os.fsync(handle)
            finally:
                os.close(handle)
            _about_to("replace", path)
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


def write_json(path: Path, plain: Any) -> None:
    """Makes `path` the JSON of plain data, laid out for reading; all or nothing."""
    write_bytes(path, (_json(plain, MANY_LINES) + "\n").encode())


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """The file's bytes; raises `NotFoundError` where there is none, `StorageError` where it has more than `most`."""
    with storage_errors(path), path.open("rb") as file:
        data = file.read() if most is None else file.read(most + 1)
    if most is not None and len(data) > most:
        raise StorageError("this file is too long", where=shown(path), came=f"more than {most} bytes", reason="other")
    return data


def read_json(path: Path, most: int | None = 50_000_000) -> Any:
    """What a JSON file says; raises `StorageError` for a file that is damaged, `NotFoundError` where there is none."""
    data = read_bytes(path, most)
    try:
        return plain_json(data, shown(path))
    except SpecError as error:
        do = "Delete it, or restore it from a copy."
        raise StorageError("this file is damaged", where=shown(path), came=error.rule, do=do, reason="other") from None


class Lines:
    """A file of JSON objects, one a line, open for appending; a torn last line is ended before the first new one.

    One line is one system call, so several writers do not mix within a line. Not flushed to the platter: a line costs
    microseconds, and a reader of the same machine sees it at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_torn = _ends_torn(path)
        with storage_errors(path):
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def append(self, plain: dict[str, Any]) -> None:
        """Adds one object as one line; raises `StorageError`, after which the next line starts afresh."""
        data = (_json(plain) + "\n").encode()
        if self._is_torn:
            data = b"\n" + data
        try:
            _about_to("append", self.path)
            n_written = os.write(self._handle, data)
            while n_written < len(data):
                self._is_torn = True
                n_written += os.write(self._handle, data[n_written:])
        except OSError as error:
            raise as_storage_error(error, self.path) from None
        self._is_torn = False

    def flush(self) -> None:
        """Puts what was appended on the platter."""
        with storage_errors(self.path):
            _about_to("fsync", self.path)
            os.fsync(self._handle)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def append_line(path: Path | Lines, plain: dict[str, Any]) -> None:
    """Adds one object as a line to a file or to an open `Lines`; a file given by its path is flushed to the platter."""
    if isinstance(path, Lines):
        path.append(plain)
        return
    with Lines(path) as lines:
        lines.append(plain)
        lines.flush()


def append_text(path: Path, text: str) -> None:
    """Adds text to a file that people read, made where there is none; not flushed to the platter."""
    with storage_errors(path):
        _about_to("append", path)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def read_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The objects in the whole lines from byte `offset` on, and the offset to go on from.

    A last line without its end is left for the next call; a line that is no object is skipped; a file that is not
    there has no lines.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    except OSError as error:
        raise as_storage_error(error, path) from None
    end = data.rfind(b"\n") + 1
    objects = [parsed for line in data[:end].splitlines() if isinstance(parsed := _parsed(line), dict)]
    return objects, offset + end


def copy_file(source: Path, path: Path, may_link: bool = False) -> None:
    """Makes `path` a copy of a file, all or nothing; with `may_link` a second name of the same bytes where that works.

    Link only what nobody writes in place.
    """
    part = _part_of(path)
    with storage_errors(path):
        try:
            if not (may_link and _linked(source, part)):
                _about_to("write", path)
                shutil.copyfile(source, part)
                with part.open("rb") as copy:
                    _about_to("fsync", path)
                    os.fsync(copy.fileno())
            _about_to("replace", path)
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


def link_or_copy(source: Path, path: Path) -> None:
    """Gives a file that never changes a second name without taking disk, or copies it where that does not work."""
    copy_file(source, path, may_link=True)


def move(path: Path, to: Path) -> None:
    """Renames a file or folder; raises `ConflictError` where a folder that holds something is there already."""
    with storage_errors(to):
        try:
            _about_to("replace", to)
            os.rename(path, to)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise ConflictError("this place is taken already", where=shown(to)) from None
            raise
        _flush_folder(to.parent)


def remove(path: Path) -> None:
    """Takes away one file; one that is not there is fine."""
    with storage_errors(path):
        _about_to("remove", path)
        path.unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Takes away a folder at one stroke: renamed first, so that nobody sees it half; one not there is fine."""
    gone = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}{PART}")
    with storage_errors(path):
        try:
            _about_to("remove", path)
            os.rename(path, gone)
        except FileNotFoundError:
            return
        shutil.rmtree(gone, ignore_errors=True)


def staging(folder: Path, name: str) -> Path:
    """A new empty folder inside `folder` that `sweep` takes away if nobody renames it to its place."""
    path = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}{PART}"
    return make_folder(path)


def sweep(folder: Path) -> None:
    """Takes away what writers that died left half; the parts of living writers stay."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _is_leftover(entry):
                with suppress(OSError):
                    shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns an `OSError` inside the block into the `StorageError` that says what to do about it."""
    try:
        yield
    except OSError as error:
        raise as_storage_error(error, path) from None


def as_storage_error(error: OSError, path: Path) -> StorageError:
    """The sentence for a failed file operation; its `reason` is one of `REASONS`."""
    where, came = shown(path), os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in FULL:
        do = "Free some space, for example by deleting runs, then try again; what was saved before is whole."
        return StorageError("the disk is full", where=where, came=came, do=do, reason="disk full")
    if error.errno in FORBIDDEN:
        do = "Give the account that runs nnlab the right to write there, or set NNLAB_HOME to a folder where it may."
        return StorageError("this place is not writable", where=where, came=came, do=do, reason="not writable")
    if error.errno in GONE:
        do = "It was deleted or moved, or the server woke up on an empty disk. Open something else."
        return NotFoundError("it is no longer there", where=where, came=came, do=do, reason="gone")
    return StorageError("this file could not be used", where=where, came=came, do="Try again.", reason="other")


def shown(path: Path) -> str:
    """The end of a path, enough to find it, without where the workspace of this server lies."""
    return "/".join(path.parts[-3:])


def _about_to(operation: str, path: Path) -> None:
    if before is not None:
        before(operation, path)


def _write_all(handle: int, data: memoryview, path: Path) -> None:
    half = len(data) // 2
    for operation, piece in (("write", data[:half]), ("middle", data[half:])):
        _about_to(operation, path)
        while len(piece):
            piece = piece[os.write(handle, piece) :]


def _linked(source: Path, path: Path) -> bool:
    try:
        os.link(source, path)
    except OSError:
        return False
    return True


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":  # pragma: no cover - Windows cannot open a folder
        return
    _about_to("fsync folder", folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}{PART}")


def _is_leftover(entry: os.DirEntry[str]) -> bool:
    if not (entry.name.startswith(".") and entry.name.endswith(PART)):
        return False
    pid = entry.name.split(".")[-3:-2]
    writer = int(pid[0]) if pid and pid[0].isdigit() else 0
    if writer == os.getpid() or _lives(writer):
        # A pid may be in use again: after a day the part goes whoever has the number now.
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD_LEFTOVER_S
    return True


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _ends_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _json(plain: Any, write: Callable[[Any], str] = ONE_LINE) -> str:
    try:
        return write(plain)
    except ValueError:
        # JSON has no NaN and no infinity: a loss that diverged is written as null.
        return write(_finite(plain))


def _finite(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _finite(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [_finite(value) for value in plain]
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
