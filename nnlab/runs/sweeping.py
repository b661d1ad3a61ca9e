"""What makes room for everyone: spaces of closed tabs go, and, where the disk runs short, spaces long untouched.

Only spaces of cookies go, and only on a shared server's disk: `local` is one person's own, a login's space has an owner
who can be told. A space whose run waits or lives is in use, whoever looks at it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.lock import Lock, is_held
from nnlab.runs.workspace import SPACE, Space, new_id

ENTER_S = 10.0  # how long a server waits for another one that starts at the same moment
TOUCHED = "touched"  # a file in a space whose time of change is when somebody last looked at a page of it
TOUCH_GAP_S = 3600.0  # a look within this time of the last one is not put down
DAY_S = 86_400.0


def spaces(home: Path) -> Iterator[Space]:
    """Every space there is: for clearing up, never for showing."""
    try:
        names = sorted(os.listdir(home / "spaces"))
    except OSError:
        return
    for name in names:
        if SPACE.fullmatch(name):
            yield Space(home, name)


def enter(home: Path) -> Lock | None:
    """A server's own lock, which tells the others that it lives; where none does, spaces of closed tabs are cleared.

    To be held as long as the server serves. None where the disk takes no lock: then nothing is cleared either.
    """
    with suppress(NnlabError, OSError):
        folder = files.make_folder(home / "servers")
        guard = Lock(folder / "entering")
        if not guard.take(ENTER_S):
            return None
        with guard:
            others = list(folder.glob("*.lock"))
            living = [path for path in others if is_held(path)]
            mine = Lock(folder / f"{new_id()}.lock")
            mine.take()
            if not living:
                _forget_sessions(home)
            for path in set(others) - set(living):
                files.remove(path)  # of a server that is gone: no other ever takes a lock of its name
            return mine
    return None


def _forget_sessions(home: Path) -> None:
    for space in spaces(home):
        if space.name.startswith("session-"):
            with suppress(NnlabError):
                space.delete()


def touch(space: Space) -> None:
    """Puts down that somebody looks at a space, where it has a folder; a disk that takes nothing is passed over."""
    mark = space.path / TOUCHED
    with suppress(OSError):
        try:
            is_fresh = time.time() - mark.stat().st_mtime < TOUCH_GAP_S
        except FileNotFoundError:
            is_fresh = not space.path.is_dir()
        if not is_fresh:
            mark.touch()


def sweep_untouched(home: Path, but: Space | None = None) -> tuple[str, ...]:
    """Takes spaces away that nobody looked at for `Limits.untouched_days`, the longest first, until the disk has room.

    Nothing goes while `Limits.free_bytes` are free, nor the space `but`; what cannot be taken away is passed over.
    Gives the names of what went.
    """
    gone: list[str] = []
    if _has_room(home):
        return ()
    files.sweep(home / "spaces")  # what a deletion left half whose process died
    found = [space for space in spaces(home) if space.name.startswith("cookie-") and not space.path.is_symlink()]
    for space in sorted(found, key=_touched_at):
        if _has_room(home):
            break
        if but is None or space.name != but.name:
            with suppress(NnlabError, OSError):
                gone += [space.name] * _taken_away(space)
    return tuple(gone)


def _taken_away(space: Space) -> bool:
    """Whether a space went: asked now, for others' deletions take their time; nobody presses Start there meanwhile."""
    guard = Lock(space.path / "start.lock")
    if not guard.take(0.0):
        return False
    with guard:
        if time.time() - _touched_at(space) < limits().untouched_days * DAY_S or _is_in_use(space):
            return False
        space.delete()
        return True


def _has_room(home: Path) -> bool:
    try:
        return shutil.disk_usage(home / "spaces").free >= limits().free_bytes
    except OSError:
        return True  # a folder that is not there holds nothing that could go


def _touched_at(space: Space) -> float:
    """When somebody last looked at a space; one from before looks were put down is looked at now: its days begin."""
    mark = space.path / TOUCHED
    with suppress(OSError):
        if not mark.exists():
            mark.touch()
        return mark.stat().st_mtime
    return time.time()


def _is_in_use(space: Space) -> bool:
    return any(run.is_held or run.state().is_alive for run in space.runs())
