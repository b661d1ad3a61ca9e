"""What of a run reaches the disk while it trains, and when: seldom enough to cost little, always before it pauses or
ends.

One clock serves both files: after a write nothing is due before `checkpoint_ratio` times what it took, and a little
more. Exact states come at most every two seconds; new best weights as soon as writing is due.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from nnlab.runs.checkpoint import NAMES, packed, told_of
from nnlab.runs.files import link_or_copy, write_bytes
from nnlab.runs.folder import RunFolder

if TYPE_CHECKING:
    from nnlab.training.engine import Engine

EXACT_GAP_S = 2.0
ROOM = 1.25  # events and looks take their part of the same share
FIRST_BYTES_PER_S = 200e6  # what a disk is taken for before the first write was timed
FIRST_COST_S = 0.02
RESERVE_BYTES = 65_536


class Saver:
    """Writes last.safetensors, previous.safetensors and best.safetensors for the engine that trains the run."""

    def __init__(self, folder: RunFolder, engine: Engine, ratio: float) -> None:
        self.folder, self.engine, self.ratio = folder, engine, ratio
        self.spent_s = 0.0
        self._is_best_new = False
        self._has_reserve = False
        n_bytes = 4 * sum(tensor.nbytes for tensor in engine.module.parameters())
        self.likely_s = n_bytes / FIRST_BYTES_PER_S + FIRST_COST_S  # what the next write may take
        self._due = time.monotonic() + ROOM * ratio * self.likely_s
        self._exact_due = self._due

    def best_is_new(self) -> None:
        """The engine holds better weights than the disk."""
        self._is_best_new = True

    def is_due(self, now: float) -> bool:
        """Whether something may be written now; a comparison of clocks."""
        return now >= self._due and (self._is_best_new or now >= self._exact_due)

    def overdue_s(self, now: float) -> float:
        """For how long something may have been written already; negative before."""
        return now - self._due if self._is_best_new else now - max(self._due, self._exact_due)

    def write_due(self, now: float) -> bool:
        """Writes what is due; True where the exact state was among it."""
        is_exact = now >= self._exact_due
        self._write(is_exact)
        return is_exact

    def write_all(self) -> None:
        """Writes the exact state, and the best weights where they are newer than the disk's."""
        self._write(True)

    def write_best(self) -> None:
        """Writes the best weights where they are newer than the disk's; a run that diverged keeps them so."""
        self._write(False)

    def go_on(self) -> None:
        """Compares engine and disk at the start: best weights of another epoch than the disk's are written when due."""
        on_disk = told_of(self.folder.path / "best.safetensors").get("epoch")
        self._is_best_new = self.engine.best is not None and on_disk != self.engine.best_epoch

    def _write(self, is_exact: bool) -> None:
        began = time.monotonic()
        if is_exact and not self._has_reserve:
            write_bytes(self.folder.path / "reserve", bytes(RESERVE_BYTES))
            self._has_reserve = True
        if is_exact:
            self._write_exact()
        if self._is_best_new:
            self._write_best()
        now = time.monotonic()
        self.likely_s = now - began
        self.spent_s += self.likely_s
        self._due = now + ROOM * self.ratio * (now - began)
        if is_exact:
            self._exact_due = max(self._due, now + EXACT_GAP_S)

    def _write_exact(self) -> None:
        """Killed at any moment, last.safetensors is a whole state, previous.safetensors that or the one before."""
        self.engine.check_finite()
        tensors, plain = self.engine.state()
        data = packed(tensors, {"engine": plain, **self._told()})
        last, previous = (self.folder.path / f"{name}.safetensors" for name in NAMES)
        # Killed before the write below, both are one file; renaming a second name for it onto it would do nothing.
        if last.exists() and not (previous.exists() and previous.samefile(last)):
            link_or_copy(last, previous)
        write_bytes(last, data)

    def _write_best(self) -> None:
        weights = self.engine.best_weights
        if weights is None:
            return
        loss = self.engine.best_loss
        told = {"epoch": self.engine.best_epoch, "loss": loss if math.isfinite(loss) else None, **self._told()}
        write_bytes(self.folder.path / "best.safetensors", packed(self.engine.stored(weights), told))
        self._is_best_new = False

    def _told(self) -> dict[str, Any]:
        return {
            "run": self.folder.id,
            "step": self.engine.step,
            "in_epoch": self.engine.epoch,
            "trained_s": self.engine.seconds,
        }
