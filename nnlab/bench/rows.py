"""What a benchmark tells: ratios of arms that took turns in one run, and figures with their unit.

A ratio is time(arm) / time(base) of the same round; below 1 is faster. Absolute times are only for orientation.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

N_ROUNDS = 7
Arm = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One arm against its base: the ratio's least, median and largest value over the rounds, and the median time."""

    part: str
    arm: str
    base: str
    ratios: tuple[float, ...]
    seconds: float

    def plain(self) -> dict[str, Any]:
        ratio = {"min": min(self.ratios), "median": statistics.median(self.ratios), "max": max(self.ratios)}
        return {"part": self.part, "arm": self.arm, "base": self.base, "ratio": ratio, "seconds": self.seconds}

    def __str__(self) -> str:
        low, middle, high = min(self.ratios), statistics.median(self.ratios), max(self.ratios)
        figures = f"{low:.3f} – {middle:.3f} – {high:.3f}"
        return f"{self.part:9} {self.arm:34} {figures}   of {self.base}   ({self.seconds * 1e3:.3g} ms)"


@dataclass(frozen=True)
class Figure:
    """Something measured that is no ratio of times: its value in a unit that is said."""

    part: str
    what: str
    value: float
    unit: str

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.part:9} {self.what:34} {self.value:.2f} {self.unit}"


def side_by_side(part: str, base: tuple[str, Arm], arms: dict[str, Arm], n_rounds: int = N_ROUNDS) -> list[Row]:
    """Runs base and arms in turn, round by round after one that does not count."""
    ratios: dict[str, list[float]] = {name: [] for name in arms}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(n_rounds + 1):
        base_s = _timed(base[1])
        for name, arm in arms.items():
            arm_s = _timed(arm)
            if turn:
                ratios[name].append(arm_s / base_s)
                seconds[name].append(arm_s)
    return [Row(part, name, base[0], tuple(ratios[name]), statistics.median(seconds[name])) for name in arms]


def number_of(figure: float | None) -> float:
    """A metric as a number: NaN where it could not be computed."""
    return float("nan") if figure is None else float(figure)


def _timed(arm: Arm) -> float:
    begin = time.perf_counter()
    arm()
    return time.perf_counter() - begin
