"""Starting processes of our own: spawned, never forked, each in its own session, its end put on record.

A process that has imported torch has threads; its forks hang. So a child is a fresh interpreter, and it survives
whoever started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from nnlab.errors import NnlabError, StorageError
from nnlab.limits import limits
from nnlab.machine import one_thread_unless_said
from nnlab.runs import queue
from nnlab.runs.files import make_folder, read_json, storage_errors
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Holder, holder_of, is_held, start_of

ROOT = Path(__file__).resolve().parents[2]
RESPAWN_S = 1.0
STARTING_S = 20.0  # a child that has not taken its lock after this long is not waited for
LONGEST_LOG_BYTES = 1_000_000
NICENESS = 5  # of 19: where a page and a run want the same core, the page gets three quarters of it
_starting: dict[Path, tuple[subprocess.Popen[bytes], Holder, float]] = {}
_guard = threading.Lock()


def spawn(
    module: str, arguments: Sequence[str], home: Path, log: str, ended: Callable[[Holder, int], None] | None = None
) -> subprocess.Popen[bytes]:
    """A child `python -m module arguments` in its own session, writing to HOME/logs; `ended` is told how it ended.

    Nobody has to wait for it: a thread does, so that no zombie stays. Pages go first where both want a core. Raises
    `StorageError` where its log cannot be written, or the system starts no process.
    """
    path = make_folder(home / "logs") / f"{log}.log"
    environment = {**os.environ, "NNLAB_HOME": str(home), **one_thread_unless_said()}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with storage_errors(path):
        out = path.open("ab")
    with out:
        if out.tell() > LONGEST_LOG_BYTES:
            out.truncate(0)
        try:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
                cwd=os.sep,
                start_new_session=True,
            )
        except OSError as error:
            came, do = os.strerror(error.errno or 0), "Close other programs on this machine, then try again."
            rule = "the system did not start another process"
            raise StorageError(rule, where=log, came=came, do=do, reason="no process") from None
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, child.pid, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    holder = Holder(child.pid, start_of(child.pid))
    threading.Thread(target=_reap, args=(child, holder, ended), name=f"reap-{child.pid}", daemon=True).start()
    return child


def ensure_worker(home: Path) -> int:
    """Starts a worker for each slot that has none; gives how many were started.

    May be called by anyone at any time: a second worker for a slot leaves at once, before it imports torch.
    """
    home = make_folder(home.absolute())
    n_started = 0
    with _guard:
        for number in range(limits().slots):
            path = home / "slots" / f"worker-{number}.lock"
            if is_held(path) or _is_starting(path):
                continue
            child = spawn("nnlab.runs.worker", ["--home", str(home)], home, f"worker-{number}", _record_of_worker(home))
            _starting[path] = child, Holder(child.pid, start_of(child.pid)), time.monotonic()
            n_started += 1
    return n_started


def has_worker(home: Path) -> bool:
    """Whether any worker of this home lives."""
    return any(is_held(home / "slots" / f"worker-{number}.lock") for number in range(limits().slots))


def is_ready(home: Path) -> bool:
    """Whether a worker of this home is warm, so that a run would start at once."""
    for number in range(limits().slots):
        path = home / "slots" / f"worker-{number}.lock"
        try:
            ready = read_json(path.with_suffix(".json"))
        except StorageError:
            continue
        holder = holder_of(path)
        if holder is None or holder != Holder(ready.get("pid"), ready.get("started")):
            continue
        # A worker that has just taken the lock of a dead one has not put its own name there yet.
        if is_held(path) and (holder.lives or not holder.started):
            return True
    return False


def wait_for_worker(home: Path, wait_s: float = 60.0) -> bool:
    """Waits until a worker is warm; False where none is after `wait_s`."""
    until = time.monotonic() + wait_s
    while not is_ready(home):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _is_starting(path: Path) -> bool:
    known = _starting.get(path)
    if known is None:
        return False
    child, holder, since = known
    # The system is asked too: while another thread waits for the child, poll() says nothing of its end.
    is_alive = child.poll() is None and (holder.lives or not holder.started)
    if is_alive and time.monotonic() - since < STARTING_S:
        return True
    del _starting[path]
    return False


def _reap(child: subprocess.Popen[bytes], holder: Holder, ended: Callable[[Holder, int], None] | None) -> None:
    code = child.wait()
    if ended is not None:
        with suppress(NnlabError, OSError):
            ended(holder, code)


def _record_of_worker(home: Path) -> Callable[[Holder, int], None]:
    """What to do when a worker ended: the run it held, if it died over one, gets the record of it."""

    def record(holder: Holder, code: int) -> None:
        if code == 0:
            return
        for path in home.glob("spaces/*/runs/*/run.lock"):
            if holder_of(path) == holder and not is_held(path):
                record_end(RunFolder(path.parent), holder, code)
        if queue.has_waiting(home):
            time.sleep(RESPAWN_S)  # a cause that ends every worker must not take the whole machine
            ensure_worker(home)

    return record


def record_end(folder: RunFolder, holder: Holder, code: int) -> None:
    """Puts on record in the run's folder how the process that held it ended."""
    from nnlab.runs.state import write_exit

    if folder.state().name == "interrupted":
        write_exit(folder, holder, code)
