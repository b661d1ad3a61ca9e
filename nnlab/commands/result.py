"""What a command gives, and saying it to whoever reads."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import Any, TextIO

from nnlab.errors import SpecError

PROGRESS_GAP_S = 10.0  # between two lines where stderr is no terminal


class Result:
    """What a command gives: data for `--json`, text for people, and the exit status."""

    def __init__(self, data: Any, text: str, status: int = 0) -> None:
        self.data, self.text, self.status = data, text, status


class UsageError(SpecError):
    """The words of the command line are off."""


def said(text: str, stream: TextIO, status: int) -> int:
    """Prints and gives the status; whoever reads may have gone, and may not know every character."""
    try:
        known = text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8")
        print(known, file=stream, flush=True)
    except BrokenPipeError:
        return unheard()
    return status


def unheard() -> int:
    """Ends quietly where nobody reads any more, as `head` does to what it has heard enough of."""
    # Python flushes stdout once more at its end, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


class Progress:
    """One line on stderr that is drawn over; where stderr is no terminal, a line now and then and at the end."""

    def __init__(self) -> None:
        self._next_at = time.monotonic() + PROGRESS_GAP_S

    def __call__(self, line: str, is_last: bool = False) -> None:
        with suppress(OSError, ValueError):  # nobody has to listen
            if sys.stderr.isatty():
                print(f"\r\x1b[K{line}", end="\n" if is_last else "", file=sys.stderr, flush=True)
            elif is_last or time.monotonic() >= self._next_at:
                print(line, file=sys.stderr, flush=True)
                self._next_at = time.monotonic() + PROGRESS_GAP_S


def setting(text: str) -> tuple[str, str]:
    """The path and the value of a setting written KEY=VALUE; raises `UsageError`."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(
            "a setting is written KEY=VALUE", where="--set", came=text, do="For example training.epochs=12."
        )
    return key, value
