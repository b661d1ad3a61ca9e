"""A block whose seconds are told at the end of the tests, and not judged: nobody knows what else the machine does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

Timed = Callable[[str], AbstractContextManager[None]]
