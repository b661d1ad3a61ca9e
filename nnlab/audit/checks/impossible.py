"""Values that stand apart from all others of their column in a way that values do not: marks and mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, percent
from nnlab.audit.mends import Mend, make_missing
from nnlab.audit.probe import left_missing
from nnlab.audit.rows import Array, Rows
from nnlab.data.columns import Column
from nnlab.prep.wording import listed, moment, number

LEAST_ROWS = 30
MOST_VALUES = 10  # different values that may stand apart
MOST_LOOKS = 3
MOST_SHARE = 0.05  # of the rows, of values that are no single mark
GAP = 5.0  # times the range of all others
GAP_OF_A_MARK = 1.0  # of a value such as 999 or 9999
EDGE = 20  # times more values just above zero than below it
DAY_S = 86_400.0


class Apart(NamedTuple):
    """Values that stand apart: which they are, in how many rows, and why they cannot be like the others."""

    values: list[float]
    n_rows: int
    why: str


@checks
class Impossible(Check):
    """Values that cannot be meant: the only negative ones of a column, a zero or a 9999 far from all others, a date
    thousands of years away. The column's other values are the evidence, not its name."""

    kind: Literal["impossible"] = "impossible"

    title: ClassVar[str] = "Impossible values"
    seriousness: ClassVar[int] = 14
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        for column in (*rows.features, *rows.columns.targets):
            if column.kind not in ("numeric", "datetime"):
                continue
            values, is_date = rows.numbers(column.name), column.kind == "datetime"
            seen = _one_by_one(values[rows.seen], is_date)
            apart = seen or _one_by_one(values, is_date)
            if apart:
                yield self._told(rows, column, apart, is_seen=bool(seen))

    def _told(self, rows: Rows, column: Column, apart: list[Apart], is_seen: bool) -> Finding:
        """The finding; what only test rows show is told, and nothing is built from it."""
        is_date = column.kind == "datetime"
        every = sorted(value for each in apart for value in each.values)
        texts = [_written(value, is_date) for value in every]
        shown = _shown(every, is_date)
        places = np.flatnonzero(np.isin(rows.numbers(column.name), every))
        there = "1 row" if len(places) == 1 else f"{number(len(places), 9)} rows"
        share = len(places) / rows.n_rows
        said = f"{column.name[:60]} is {shown} in {there} ({percent(share)})"
        several = ". ".join(f"{_shown(each.values, is_date)}: {each.why}" for each in apart)
        said += f": {apart[0].why}." if len(apart) == 1 else f". {several}."
        if is_seen and share > MOST_SHARE:
            said += " As missing it is filled in, and a column says where it was."
        mends: tuple[Mend, ...] = ()
        if is_seen:
            left = left_missing(rows, column, places)
            mends = (make_missing(f"Take {shown} for missing", column.name, texts), *left)
        return self.finding(
            (column.name,),
            said,
            *mends,
            values=texts,
            n_rows=len(places),
            share=round(share, 6),
            lines=rows.lines(places),
        )


def _one_by_one(values: Array, is_date: bool) -> list[Apart]:
    """What stands apart, and what does once that is missing: nobody is to be told of the next one after a mend."""
    found: list[Apart] = []
    while len(found) < MOST_LOOKS and (apart := stands_apart(values, is_date)) is not None:
        found.append(apart)
        values = np.where(np.isin(values, apart.values), np.nan, values)
    return found


def stands_apart(values: Array, is_date: bool) -> Apart | None:
    """The values of a column that stand apart, or None."""
    known = values[~np.isnan(values)]
    if len(known) < LEAST_ROWS:
        return None
    distinct, counts = np.unique(known, return_counts=True)
    looks = (_far_out,) if is_date else (_lone_sign, _lone_zero, _far_out)
    return next((found for look in looks if (found := look(distinct, counts)) is not None), None)


def _lone_sign(distinct: Array, counts: np.ndarray) -> Apart | None:
    """The only negative values: one mark (−1), or so few that zero is an edge."""
    negative = distinct < 0
    n_rows, n_values = int(counts[negative].sum()), int(negative.sum())
    if not n_rows or n_values > MOST_VALUES or len(distinct) - n_values < MOST_VALUES:
        return None
    values = distinct[negative].tolist()
    if n_values == 1 and float(values[0]).is_integer() and _are_whole(distinct):
        return Apart(values, n_rows, "the only negative value of the column")
    near = counts[(distinct >= 0) & (distinct <= -distinct[0])].sum()
    is_apart = distinct[~negative].min() > 0 and near == 0
    if n_rows <= MOST_SHARE / 5 * counts.sum() and (near >= EDGE * n_rows or is_apart):
        return Apart(values, n_rows, "nothing else in the column is negative")
    return None


def _lone_zero(distinct: Array, counts: np.ndarray) -> Apart | None:
    """Zero in a column whose other values all lie well above it."""
    at = int(np.searchsorted(distinct, 0.0))
    if at != 0 or len(distinct) <= MOST_VALUES or distinct[0] != 0 or counts[0] > MOST_SHARE / 5 * counts.sum():
        return None
    rest, weights = distinct[1:], counts[1:]
    low, high = (float(rest[np.searchsorted(np.cumsum(weights), share * weights.sum())]) for share in (0.25, 0.75))
    if high > low and rest[0] >= max(1.5 * (high - low), 2 * float(np.diff(rest).max(initial=0.0)) / len(rest)):
        return Apart([0.0], int(counts[0]), f"all other values lie above {number(float(rest[0]))}")
    return None


def _far_out(distinct: Array, counts: np.ndarray) -> Apart | None:
    """A few values at an end, farther from the others than these reach."""
    for flip in (1.0, -1.0):
        ordered, weights = (distinct, counts) if flip > 0 else (-distinct[::-1], counts[::-1])
        for n_apart in range(1, min(MOST_VALUES, len(ordered) - MOST_VALUES) + 1):
            rest = ordered[:-n_apart]
            gap, reach = float(ordered[-n_apart] - rest[-1]), float(rest[-1] - rest[0])
            apart = flip * ordered[-n_apart:]
            n_rows = int(weights[-n_apart:].sum())
            is_mark = n_apart == 1 and _is_mark(float(apart[0]))
            share = n_rows / counts.sum()
            if reach > 0 and gap >= (GAP_OF_A_MARK if is_mark else GAP) * reach and (is_mark or share <= MOST_SHARE):
                return Apart(sorted(apart.tolist()), n_rows, "far from all others of the column")
    return None


def _is_mark(value: float) -> bool:
    """A number that people write where they know none: all nines."""
    return value.is_integer() and set(str(abs(int(value)))) == {"9"} and abs(value) >= 99


def _are_whole(values: Array) -> bool:
    return bool((values == np.floor(values)).all())


def _shown(values: list[float], is_date: bool) -> str:
    return listed([moment(value) if is_date else number(value, 6) for value in values])


def _written(value: float, is_date: bool) -> str:
    """The value as a cell of the table is compared with it."""
    if not is_date:
        return repr(value)
    return str(np.datetime64(int(value), "s")).replace("T", " ").removesuffix(" 00:00:00")
