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

from nnlab.limits import limits
from nnlab.runs.workspace import SPACE, Space

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


def forget_sessions(home: Path) -> None:
    """Takes the spaces away whose tabs closed with a server that is gone; only for a server that is alone on `home`."""
    for space in spaces(home):
        if space.name.startswith("session-"):
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

    Nothing goes while `Limits.free_bytes` are free, nor the space `but`. Gives the names of what went.
    """
    gone: list[str] = []
    if _has_room(home):
        return ()
    oldest = time.time() - limits().untouched_days * DAY_S
    found = [(_touched_at(space), space) for space in spaces(home) if space.name.startswith("cookie-")]
    for touched_at, space in sorted(found, key=lambda each: each[0]):
        if _has_room(home) or touched_at > oldest:
            break
        if (but is None or space.name != but.name) and not _is_in_use(space):
            space.delete()
            gone.append(space.name)
    return tuple(gone)


def _has_room(home: Path) -> bool:
    try:
        return shutil.disk_usage(home).free >= limits().free_bytes
    except OSError:
        return True  # a folder that is not there holds nothing that could go


def _touched_at(space: Space) -> float:
    """When somebody last looked at a space; one from before looks were put down: when its folder last changed."""
    for path in (space.path / TOUCHED, space.path):
        with suppress(OSError):
            return path.stat().st_mtime
    return 0.0


def _is_in_use(space: Space) -> bool:
    return any(run.is_held or run.state().is_alive for run in space.runs())
