"""Rows with their past: windows of a series, the values that follow them, and which rows have both whole.

Axes: `N` rows in the order of the frame, `T` steps of a window, the row itself last, `C` channels, the target first,
`H` steps ahead.

Rows are put in order of time, those of each group by themselves. Steps are rows: a gap in time counts as one step, or
leaves out the windows it lies in. A missing value is the last one known before it in its group, else the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from nnlab.data.columns import Columns, Kind, Task
from nnlab.errors import DataError
from nnlab.prep.by_time import times
from nnlab.prep.grouped import groups_of
from nnlab.prep.lookback import Windows
from nnlab.prep.raw import amounts
from nnlab.prep.target import FittedTarget
from nnlab.prep.wording import number
from nnlab.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Flags = npt.NDArray[np.bool_]
Parts = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

LEFT_OUT, TRAIN = -1, 0
GAP = 1.5  # usual steps; months differ by a tenth
ANY_VALUE = 1e140  # a series may leave the range of its past
FEWEST = 3  # values of the target that a season is looked for in, times its length
SEASONAL = 0.3  # least correlation of changes a season apart
AS_GOOD = 0.05  # two seasons repeat as well as one: the shortest of those that are nearly as good is meant


@dataclass(frozen=True, eq=False)
class Line:
    """The rows of a frame in order of group and time."""

    order: npt.NDArray[np.int64]  # (N,) the row at each place
    n_before: npt.NDArray[np.int64]  # (N,) by place: rows of the group before it without a break
    n_after: npt.NDArray[np.int64]
    n_gaps: int

    @property
    def place_of(self) -> npt.NDArray[np.int64]:
        found = np.empty(len(self.order), dtype=np.int64)
        found[self.order] = np.arange(len(self.order))
        return found


class FittedWindows(Spec):
    """The windows as they were learnt: which columns, and the mean and deviation of each channel."""

    windows: Windows
    time: str
    time_kind: Kind
    groups: tuple[str, ...] = ()
    channels: tuple[str, ...] = Field(min_length=1, description="The target, then the numeric features.")
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    usual_step: float = Field(ge=0, description="Of the training rows, in the unit of the time; 0: unknown.")
    season: int = Field(0, ge=0, description="Steps after which the series repeats itself; 0: it shows none.")

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and channels of a row."""
        return self.windows.lookback, len(self.channels)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that rows to predict must have."""
        return (self.time, *self.groups, *self.channels)

    def line(self, frame: pd.DataFrame) -> Line:
        step = self.usual_step if self.windows.gaps == "leave_out" else 0.0
        return lined_up(times(frame[self.time], self.time_kind), frame, self.groups, step)

    def filled(self, frame: pd.DataFrame) -> tuple[Tensor, Flags]:
        """The windows (N, T, C) float32, each channel standardized, and which rows have a whole one; others are 0."""
        line, (n_steps, n_channels) = self.line(frame), self.shape
        values_NC = np.empty((len(frame), n_channels))
        for channel, name in enumerate(self.channels):
            values = (amounts(frame[name])[line.order] - self.means[channel]) / self.deviations[channel]
            values_NC[:, channel] = np.nan_to_num(_carried_on(values, line.n_before))
        is_whole = line.n_before >= n_steps - 1
        places = np.flatnonzero(is_whole)
        found = np.zeros((len(frame), n_steps, n_channels), dtype=np.float32)
        for back in range(n_steps):
            found[line.order[places], n_steps - 1 - back] = values_NC[places - back]
        return torch.from_numpy(found), is_whole[line.place_of]

    def ahead(self, frame: pd.DataFrame) -> Floats:
        """The target at 1 to H steps ahead, (N, H), in its own unit; NaN where there is none."""
        line, horizon = self.line(frame), self.windows.horizon
        values = amounts(frame[self.channels[0]])[line.order]
        found = np.full((len(frame), horizon), np.nan)
        for step in range(1, horizon + 1):
            places = np.flatnonzero(line.n_after >= step)
            found[line.order[places], step - 1] = values[places + step]
        return found


def lined_up(time_N: Floats, frame: pd.DataFrame, groups: tuple[str, ...], usual_step: float) -> Line:
    """The rows in order; with a usual step a gap breaks the line, as a missing time and the end of a group do."""
    group_N = groups_of(frame, groups) if groups else np.zeros(len(frame), dtype=np.int64)
    order = np.lexsort((np.arange(len(frame)), time_N, group_N)).astype(np.int64)
    time, group = time_N[order], group_N[order]
    is_same = group[1:] == group[:-1]
    steps = time[1:] - time[:-1]
    is_gap = is_same & (usual_step > 0) & (steps > GAP * usual_step)
    follows = np.concatenate([[False], is_same & ~is_gap & ~np.isnan(steps)])[: len(order)]
    places = np.arange(len(order))
    first = np.maximum.accumulate(np.where(follows, 0, places)) if len(order) else places
    last = places[::-1].copy()
    if len(order):
        ends = np.append(~follows[1:], True)
        last = np.minimum.accumulate(np.where(ends, places, len(order))[::-1])[::-1]
    return Line(order, places - first, last - places, int(is_gap.sum()))


def fit_windows(
    frame: pd.DataFrame, columns: Columns, windows: Windows, parts: Parts, task: Task, target: FittedTarget
) -> tuple[FittedWindows, FittedTarget]:
    """What windows learn from training rows, and the target as steps ahead of it.

    Raises `DataError` where there is no time, or the target is not one column of numbers.
    """
    time, name = needed_time(columns), target.names[0]
    if task != "regression" or len(target.names) != 1:
        raise DataError(
            "windows tell numbers ahead of one column of numbers",
            where="target",
            came=f"{task}, {len(target.names)} columns",
            do="Choose one target of numbers, and the task regression; or let rows stand for themselves (lookback 0).",
            column=name,
        )
    channels = (name, *(c.name for c in columns.features if c.kind == "numeric"))
    train = frame.loc[parts == TRAIN]
    values = [amounts(train[channel]) for channel in channels]
    time_N = times(frame[time], columns[time].kind)
    line = lined_up(time_N, frame, columns.group_columns, 0.0)
    made = FittedWindows(
        windows=windows,
        time=time,
        time_kind=columns[time].kind,
        groups=columns.group_columns,
        channels=channels,
        means=tuple(float(np.nanmean(row)) if (~np.isnan(row)).any() else 0.0 for row in values),
        deviations=tuple(_deviation(row) for row in values),
        usual_step=_usual_step(time_N, line),
        season=_season(frame[_past(parts, time_N)], columns, time, name, windows.lookback),
    )
    names = (name,) if windows.horizon == 1 else tuple(f"{name} +{step}" for step in range(1, windows.horizon + 1))
    ahead = FittedTarget(
        task="regression",
        names=names,
        means=(made.means[0],) * windows.horizon,
        deviations=(made.deviations[0],) * windows.horizon,
        lows=(-ANY_VALUE,) * windows.horizon,
        highs=(ANY_VALUE,) * windows.horizon,
    )
    return made, ahead


def windowed_parts(frame: pd.DataFrame, columns: Columns, windows: Windows, parts: Parts) -> Parts:
    """The parts without rows whose window or future is not whole, or whose future is told by a row of another part.

    A window may look back over the border of its part; no value ahead of a row is ahead of a row of a later part too.
    """
    time = needed_time(columns)
    time_N = times(frame[time], columns[time].kind)
    line = lined_up(time_N, frame, columns.group_columns, 0.0)
    if windows.gaps == "leave_out":
        line = lined_up(time_N, frame, columns.group_columns, _usual_step(time_N, line))
    is_whole = (line.n_before >= windows.lookback - 1) & (line.n_after >= windows.horizon)
    if columns.targets:
        values = amounts(frame[columns.targets[0].name])[line.order]
        for step in range(1, windows.horizon + 1):
            at = np.minimum(np.arange(len(frame)) + step, max(len(frame) - 1, 0))
            is_whole &= ~np.isnan(values[at])
    by_place = parts[line.order]
    last = np.minimum(np.arange(len(frame)) + windows.horizon - 1, max(len(frame) - 1, 0))
    kept = is_whole & (by_place[last] == by_place)
    found = np.full(len(frame), LEFT_OUT, dtype=np.int8)
    found[line.order[kept]] = by_place[kept]
    if not (found == TRAIN).any():
        raise DataError(
            "at least one row must have a whole window and the values ahead to train on",
            where="windows",
            came=f"{number(len(frame), 9)} rows, {windows.lookback} steps back and {windows.horizon} ahead",
            do="Look back, or ahead, fewer steps.",
        )
    return found


def windows_notes(frame: pd.DataFrame, columns: Columns, windows: Windows, before: Parts, after: Parts) -> list[str]:
    """What is worth knowing of the windows: rows left out for them, gaps."""
    time = needed_time(columns)
    time_N = times(frame[time], columns[time].kind)
    line = lined_up(time_N, frame, columns.group_columns, 0.0)
    n_gaps = lined_up(time_N, frame, columns.group_columns, _usual_step(time_N, line)).n_gaps
    n_lost = int(((after == LEFT_OUT) & (before != LEFT_OUT)).sum())
    ahead = "the row ahead" if windows.horizon == 1 else f"{windows.horizon} rows ahead"
    notes = []
    if n_lost:
        what = "1 row is" if n_lost == 1 else f"{number(n_lost, 9)} rows are"
        notes.append(f"{what} left out: no {windows.lookback} steps up to it, or not {ahead} in its own part.")
    if n_gaps:
        what = "There is 1 gap" if n_gaps == 1 else f"There are {number(n_gaps, 9)} gaps"
        does = "count as one step" if windows.gaps == "count" else "break the windows"
        notes.append(f"{what} in {time}, longer than the usual step; they {does}.")
    return notes


def needed_time(columns: Columns) -> str:
    """The time column; raises `DataError` where there is none."""
    if columns.time_column is None:
        raise DataError(
            "windows need a column that says when each row was",
            where="windows",
            came="no column with the role time",
            do="Give a column of dates or numbers the role time (--time COL).",
        )
    return columns.time_column


def _carried_on(values: Floats, n_before: npt.NDArray[np.int64]) -> Floats:
    """Missing values as the last one known since the line was broken."""
    places = np.arange(len(values))
    known = np.maximum.accumulate(np.where(np.isnan(values), -1, places)) if len(values) else places
    is_near = known >= places - n_before
    return np.where(is_near, values[np.maximum(known, 0)], np.nan)


def _usual_step(time_N: Floats, line: Line) -> float:
    steps = np.diff(time_N[line.order])[line.n_before[1:] > 0]
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _deviation(values: Floats) -> float:
    known = values[~np.isnan(values)]
    deviation = float(known.std()) if len(known) else 0.0
    return (
        deviation if deviation > 10 * np.finfo(np.float64).eps * abs(float(known.mean() if len(known) else 0)) else 1.0
    )


def _past(parts: Parts, time_N: Floats) -> Flags:
    """The rows that train, and those before them whose window is not whole: no row of another part."""
    found: Flags = (parts == TRAIN) | ((parts == LEFT_OUT) & (time_N <= np.nanmin(time_N[parts == TRAIN])))
    return found


def _season(past: pd.DataFrame, columns: Columns, time: str, name: str, lookback: int) -> int:
    """The distance, at most a window, at which changes of the target repeat themselves most; 0: nowhere clearly."""
    line = lined_up(times(past[time], columns[time].kind), past, columns.group_columns, 0.0)
    values = amounts(past[name])[line.order]
    changes, is_inside = np.diff(values), line.n_before[1:] > 0
    found: dict[int, float] = {}
    for distance in range(2, lookback + 1):
        pairs = is_inside[distance:] & (line.n_before[1 + distance :] > distance)
        one, other = changes[distance:][pairs], changes[:-distance][pairs]
        known = ~np.isnan(one) & ~np.isnan(other)
        one, other = one[known], other[known]
        if len(one) >= FEWEST * distance and one.std() > 0 and other.std() > 0:
            found[distance] = float(np.corrcoef(one, other)[0, 1])
    best = max(found.values(), default=0.0)
    return min(at for at, value in found.items() if value >= best - AS_GOOD) if best > SEASONAL else 0
