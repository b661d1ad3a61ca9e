"""How many runs may train at once on this machine: one lock a slot, held only while one trains."""

from __future__ import annotations

from pathlib import Path

from nnlab.runs.files import make_folder
from nnlab.runs.lock import Lock


def slots_folder(home: Path) -> Path:
    """Where the locks lie; made where it is not there yet."""
    return make_folder(home / "slots")


class Slot:
    """One of the `n_slots` locks `slots/N.lock`, whichever is free when it is taken."""

    def __init__(self, home: Path, n_slots: int, kind: str = "") -> None:
        folder = slots_folder(home)
        self._locks = [Lock(folder / f"{kind}{number}.lock") for number in range(n_slots)]
        self.number: int | None = None

    @property
    def is_mine(self) -> bool:
        return self.number is not None

    def take(self, wait_s: float = 0.0) -> bool:
        """Takes a free slot, waiting for `wait_s` at each; False where all are taken."""
        if self.is_mine:
            return True
        for number, lock in enumerate(self._locks):
            if lock.take(wait_s):
                self.number = number
                return True
        return False

    def release(self) -> None:
        """Lets the next run train."""
        if self.number is not None:
            self._locks[self.number].release()
            self.number = None
