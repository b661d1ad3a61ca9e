"""How many runs a person may keep: where there is no room for another, the oldest that nobody pinned makes room.

A run that lives or is paused never goes; a pinned one never goes by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.errors import LimitError, NotFoundError
from nnlab.limits import limits
from nnlab.runs.files import remove, write_bytes

if TYPE_CHECKING:
    from nnlab.runs.folder import RunFolder
    from nnlab.runs.workspace import Space

PIN = "pinned"  # a file in the run's folder; what counts is that it is there


def is_pinned(run: RunFolder) -> bool:
    """Whether a person wants this run kept."""
    return (run.path / PIN).exists()


def pin(run: RunFolder, is_kept: bool = True) -> None:
    """Keeps the run, or lets it go when its time has come; raises `NotFoundError` where the run is gone."""
    if not run.exists:
        raise NotFoundError("this run is no longer there", where=run.id, reason="gone")
    if is_kept:
        write_bytes(run.path / PIN, b"")
    else:
        remove(run.path / PIN)


def next_to_go(space: Space) -> RunFolder | None:
    """The run that goes when another one is started; None while there is room, or where none may go."""
    return next(iter(_leaving(space)), None) if is_full(space) else None


def is_full(space: Space) -> bool:
    """Whether there is no room for another run."""
    return len(space.runs()) >= limits().stored_runs


def place_of_new(space: Space) -> Path:
    """The path of a run to be made; nothing is made and nothing goes yet.

    Raises `LimitError` where the space is full and every run in it is pinned, lives or is paused.
    """
    from nnlab.runs.workspace import new_id

    _check(space)
    return space.path / "runs" / new_id()


def make_room(space: Space) -> tuple[str, ...]:
    """Takes the oldest unpinned runs away until another one has room; gives their ids. Raises as `place_of_new`."""
    _check(space)
    n_over = len(space.runs()) - limits().stored_runs + 1
    gone = list(islice(_leaving(space), max(0, n_over)))
    for run in gone:
        space.delete_run(run.id)
    return tuple(run.id for run in gone)


def _check(space: Space) -> None:
    runs, most = space.runs(), limits().stored_runs
    n_over = len(runs) - most + 1
    if n_over > 0 and len(list(islice(_leaving(space), n_over))) < n_over:
        raise LimitError(
            f"a workspace keeps {most} runs",
            came=f"{len(runs)} runs are here, and all that could go are pinned, train or are paused",
            do="Unpin or delete runs on the Runs page.",
        )


def _leaving(space: Space) -> Iterator[RunFolder]:
    """The runs that may go, the oldest first; each is looked at only when it is asked for."""
    return (run for run in reversed(space.runs()) if not is_pinned(run) and not _lives(run))


def _lives(run: RunFolder) -> bool:
    state = run.state()
    return run.is_held or state.is_alive or state.name == "paused"
