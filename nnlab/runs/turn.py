"""The right to train now, as the process sees it that was given it."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

from nnlab.runs.slots import Slot


class Turn:
    """The right to train now: a slot that is let go while the run is paused. Without a slot it never ends."""

    def __init__(self, slot: Slot | None = None) -> None:
        self.slot = slot

    def let_go(self) -> None:
        """The run is paused: another one may train."""
        if self.slot is not None:
            self.slot.release()

    def take_back(self) -> bool:
        """The run is to go on; False where another one trains now."""
        return self.slot is None or self.slot.take()

    def is_over(self, paused_s: float) -> bool:
        """Whether a paused run is to be left as it is, so that this process can do something else."""
        return False

    def wants_stop(self) -> bool:
        """Whether somebody beside the run's own control file wants it stopped."""
        return False

    def gives_way(self, trained_s: float) -> bool:
        """Whether a run that has trained for so long is to be left at its exact state, because others wait."""
        return False

    def wait_again(self) -> bool:
        """The run gives way: it waits for its next turn from here on; False where it cannot and had better train on."""
        return False

    def is_called_off(self) -> str:
        """Why a training run is to be paused and left, as a sentence; empty: it is not."""
        return ""


class KeyboardTurn(Turn):
    """The turn of a command in a terminal: Ctrl-C stops the run after its batch, as Stop does; twice, at once."""

    def __init__(self, slot: Slot | None = None) -> None:
        super().__init__(slot)
        self._is_pressed = False
        self._before: Any = None

    def wants_stop(self) -> bool:
        return self._is_pressed

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self._is_pressed:
            raise KeyboardInterrupt
        self._is_pressed = True
