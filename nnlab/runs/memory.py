"""How much memory this process holds, and how it gives some back."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

OOM_SCORE_ADJ = 500  # of 1 000: when memory runs out, the kernel ends this process before the server


def used_bytes() -> int:
    """The resident memory of this process; its peak where the system tells only that; 0 where it tells nothing."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _peak_bytes()


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def give_back() -> None:
    """Returns freed memory to the system where the C library can."""
    import ctypes
    import gc

    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return


def offer_to_the_kernel() -> None:
    """When memory runs out, the kernel ends this process rather than the server; not every system has this."""
    with suppress(OSError, ValueError):
        path = Path("/proc/self/oom_score_adj")
        if int(path.read_text()) < OOM_SCORE_ADJ:
            path.write_text(str(OOM_SCORE_ADJ))
