"""Rows as tensors, ready for a network."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Batch:
    """Named inputs, each (N, ...), the target where it is known, and the line of each row in its file.

    Inputs: "table", "image" and "sequence" are float32, "codes" and "text" ids, int64; nnlab/prep/inputs.py has their
    axes. An input that no column feeds is absent.
    Target: int64 (N,) for classes, −1 where there is none or training knew no such class; float32 (N, K) standardized
    for regression, NaN where there is none.
    """

    inputs: dict[str, Tensor]
    target: Tensor | None
    lines: Tensor  # (N,) int64

    def __len__(self) -> int:
        return int(self.lines.shape[0])
