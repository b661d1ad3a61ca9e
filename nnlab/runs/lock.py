"""A kernel lock on a file: whoever dies lets go, whatever the clock or the process numbers say.

The text inside names the holder (pid and start time). It serves to end a holder that hangs, never to decide whether
somebody holds the lock: that the kernel alone knows.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import lock_descriptor, unlock_descriptor

from nnlab.runs.files import storage_errors

POLL_S = 0.002
LOOK_S = 0.3  # how long a reader's own brief look at a lock is waited out before the lock counts as held


@dataclass(frozen=True)
class Holder:
    """A process: its number and when it started, in the system's own ticks; together they never come again."""

    pid: int
    started: str

    @property
    def lives(self) -> bool:
        """True while this very process is there; another process with the same number is not it."""
        return self.started != "" and start_of(self.pid) == self.started

    def end(self) -> bool:
        """Kills the process if it is still this one; False where it is gone or cannot be told from another."""
        if not self.lives:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return True


class Lock:
    """One lock on one file; taken by the process that works, let go by the kernel when it dies.

    The file stays where it is: taking it away would let two processes lock two files of one name. No folder is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    @property
    def is_mine(self) -> bool:
        return self._handle >= 0

    def take(self, wait_s: float = LOOK_S) -> bool:
        """Takes the lock, waiting for `wait_s` at most; raises `StorageError` where the file cannot be opened."""
        if self.is_mine:
            return True
        with storage_errors(self.path):
            # Not inheritable (PEP 446): a child of the holder must not keep the lock after the holder's death.
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                taken = _lock(handle, wait_s)
            except BaseException:
                os.close(handle)
                raise
        if not taken:
            os.close(handle)
            return False
        self._handle = handle
        self._sign()
        return True

    def release(self) -> None:
        """Lets go; a lock that is not held stays as it is."""
        if self.is_mine:
            handle, self._handle = self._handle, -1
            with suppress(OSError):
                unlock_descriptor(handle)
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def _sign(self) -> None:
        # Best effort: on a full disk the lock holds all the same.
        with suppress(OSError):
            me = myself()
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{me.pid} {me.started}\n".encode(), 0)


def is_held(path: Path) -> bool:
    """Whether any process, this one included, holds the lock; takes nothing and makes no file."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return not _look(handle)
    finally:
        os.close(handle)


def holder_of(path: Path) -> Holder | None:
    """Who took this lock last, by its own word; None where the file says nothing readable."""
    try:
        pid, _, started = path.read_text(encoding="ascii").strip().partition(" ")
        return Holder(int(pid), started)
    except (OSError, ValueError):
        return None


def myself() -> Holder:
    """This process."""
    return Holder(os.getpid(), start_of(os.getpid()))


def start_of(pid: int) -> str:
    """When the process with this number started, in ticks since boot; empty where there is none or nothing tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    fields = stat[stat.rfind(b")") + 2 :].split()  # the name may hold blanks and brackets
    is_dead = fields[0] in (b"Z", b"X")
    return "" if is_dead else fields[19].decode()


def _lock(handle: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while not lock_descriptor(handle, blocking=False):
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_S)
    return True


def _look(handle: int) -> bool:
    """True where nobody holds the lock; shared, so that two readers never take each other for a holder."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - no shared look on this system: a reader may see another reader
        return lock_descriptor(handle, blocking=False)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
