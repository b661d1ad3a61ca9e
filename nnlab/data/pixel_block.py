"""A block of pixel columns: where it lies among a table's columns, and its rows joined into one column of pictures.

A block is taken for one only on evidence: whole numbers from 0 to 255 without a gap, a count that makes a picture,
and names that speak of pixels or neighbours that are alike both across and down, as in pictures and in little else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import LONGEST_SIDE, Column, Columns, ImageForm
from nnlab.data.kinds import TypedColumn, strings
from nnlab.data.pixels import FEWEST, MOST_SIDE, colour_order, numbers_of, shrunk, square_of, text_of
from nnlab.data.raster import Pixels
from nnlab.data.table import Issue
from nnlab.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "pixels"
NO_PICTURE = "a pixel of this row is no number from 0 to 255, so its picture counts as missing"
BRIGHT = 15  # a block that stays darker could be grades, counts or codes
BRIGHT_NAMELESS = 100  # where names say nothing
ALIKE = 0.75  # neighbours differ by less than this share of what far pixels differ by
EVEN = 3.0  # across and down are alike to within this factor; a series is smooth along one of them only
N_LOOKED_AT = 200  # rows
MOST_CODES = 100
_DIGITS = re.compile(r"(\d+)")


class _Run(NamedTuple):
    """Consecutive columns whose names count up: the first, the one after the last, and the grid that names tell."""

    start: int
    stop: int
    prefix: str
    grid: tuple[int, int] | None


def with_blocks_joined(columns: list[TypedColumn]) -> list[TypedColumn]:
    """The columns of a table with each block of pixel columns that is found in them made one column of pictures."""
    if len(columns) < FEWEST:
        return columns
    names = [column.column.name for column in columns]
    joined: list[TypedColumn] = []
    at = 0
    for run in _runs(names):
        for start, stop in _whole_parts(columns, run):
            found = _block(columns[start:stop], run if (start, stop) == (run.start, run.stop) else None, run.prefix)
            if found is None:
                continue
            first, last, form = found
            joined += columns[at : start + first]
            parts = columns[start + first : start + last]
            taken = {*names, *(one.column.name for one in joined)}
            joined.append(_joined(parts, form, text_of(_matrix(parts)), taken))
            at = start + last
    return [*joined, *columns[at:]]


def with_said_form(columns: list[TypedColumn], form: ImageForm) -> list[TypedColumn]:
    """The columns whose pictures have the form that a person says, without asking for evidence.

    A column of pictures takes it. Where there is none, columns are joined that stand side by side, as many as a picture
    has numbers, and hold whole numbers from 0 to 255. Raises `DataError` with the numbers where a pixel string has
    another count, or no columns do.
    """
    if any(column.column.kind == "image" for column in columns):
        return [_in_form(column, form) if column.column.kind == "image" else column for column in columns]
    stretches = list(_whole_parts(columns, _Run(0, len(columns), "", None), fewest=1))
    runs = [(run.start, run.stop) for run in _runs([column.column.name for column in columns])]
    inside = [run for run in runs if any(start <= run[0] and run[1] <= stop for start, stop in stretches)]
    found = next((each for each in (*inside, *stretches) if each[1] - each[0] == form.n_numbers), None)
    found = found or _beside_labels(columns, stretches, form.n_numbers)
    if found is None:
        longest = max((stop - start for start, stop in (*inside, *stretches)), default=0)
        raise DataError(
            f"a picture of {form.channels} × {form.height} × {form.width} is {form.n_numbers} columns side by side",
            where="image",
            came=f"{longest} columns of whole numbers from 0 to 255",
            do="Give channels, height and width whose product is the number of pixel columns.",
        )
    parts = columns[slice(*found)]
    if form.channels == 3 and form.height == form.width:
        form = form.having(order=colour_order(_matrix(parts), form.height))
    taken = {column.column.name for column in columns}
    joined = _joined(parts, form, text_of(_matrix(parts)), taken, said=True)
    return [*columns[: found[0]], joined, *columns[found[1] :]]


def _beside_labels(
    columns: Sequence[TypedColumn], stretches: Sequence[tuple[int, int]], n_numbers: int
) -> tuple[int, int] | None:
    """The stretch that is one column too long, without the column of labels at one of its ends."""
    for start, stop in stretches:
        if stop - start == n_numbers + 1:
            labels = [place for place in (start, stop - 1) if _are_codes(_matrix([columns[place]])[:, 0])]
            if len(labels) == 1:
                return (start + 1, stop) if labels[0] == start else (start, stop - 1)
    return None


def _in_form(typed: TypedColumn, form: ImageForm) -> TypedColumn:
    cells = [cell for cell in typed.values[:N_LOOKED_AT] if isinstance(cell, str)]
    counts = {len(found) for cell in cells if (found := numbers_of(cell)) is not None}
    if counts and form.n_numbers not in counts:
        raise DataError(
            f"a picture of {form.channels} × {form.height} × {form.width} is {form.n_numbers} numbers",
            where="image",
            came=f"{typed.column.name[:60]} with {max(counts)} numbers in a cell",
            do="Give channels, height and width whose product is the count of numbers.",
        )
    old = typed.column.image
    if form.channels == 3 and old is not None and old.channels == 3:
        form = form.having(order=old.order)
    reason = f"Pictures of {form.words()} pixels, as was said."
    return replace(typed, column=typed.column.having(image=form, reason=reason))


def with_parts_joined(columns: list[TypedColumn], known: Columns) -> list[TypedColumn]:
    """The columns of rows to predict, with the pixel columns joined that make up a known column of pictures."""
    for wanted in known.columns:
        places = {one.column.name: place for place, one in enumerate(columns)}
        if wanted.image is None or not wanted.image.parts or wanted.name in places:
            continue
        if not all(part in places for part in wanted.image.parts):
            continue
        parts = [columns[places[part]] for part in wanted.image.parts]
        text, is_bad = joined_text([part.values for part in parts])
        issues = [Issue(int(row), wanted.name, "", NO_PICTURE) for row in np.flatnonzero(is_bad)]
        made = TypedColumn(strings(text), wanted, (*_issues(parts), *issues))
        first = min(places[part] for part in wanted.image.parts)
        taken = set(wanted.image.parts)
        columns = [*columns[:first], made, *(one for one in columns[first:] if one.column.name not in taken)]
    return columns


def joined_text(parts: Sequence[Any]) -> tuple[pa.ChunkedArray, npt.NDArray[np.bool_]]:
    """Rows of pixel columns as pixel strings, null where one is no number from 0 to 255, and which rows those are."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers_NK = np.zeros((len(parts[0]), len(parts)), dtype=np.uint8)
    is_bad = np.zeros(len(parts[0]), dtype=bool)
    for place, values in enumerate(parts):
        given = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        is_whole = (given >= 0) & (given <= 255) & (given == np.floor(given))
        numbers_NK[:, place] = np.where(is_whole, given, 0).astype(np.uint8)
        is_bad |= ~is_whole
    text = text_of(numbers_NK)
    if is_bad.any():
        text = pc.if_else(pa.array(is_bad), pa.scalar(None, pa.large_string()), text)
    return text, is_bad


def _joined(
    parts: list[TypedColumn], form: ImageForm, text: pa.ChunkedArray, taken: set[str], said: bool = False
) -> TypedColumn:
    names = tuple(part.column.name for part in parts)
    name, n = NAME, 1
    while name in taken:
        n += 1
        name = f"{NAME}_{n}"
    side = None if said else square_of(len(names))
    size = f"{side[0]} × {side[0]}" if side else f"{form.height} × {form.width}"
    colour = " in colour" if form.channels == 3 else ""
    reason = f"Pictures of {size} pixels{colour} from {len(names)} columns, {names[0]} to {names[-1]}."
    column = Column(name=name, kind="image", reason=reason, image=form.having(parts=names))
    return TypedColumn(strings(text), column, _issues(parts))


def _issues(parts: Sequence[TypedColumn]) -> tuple[Issue, ...]:
    return tuple(issue for part in parts for issue in part.issues)


def _runs(names: Sequence[str]) -> Iterator[_Run]:
    """The runs of at least `FEWEST` columns named by one pattern that counts: x0, x1, ...; 1x1, 1x2, ...; 0, 1, ..."""
    start, split = 0, [_DIGITS.split(name) for name in names]
    keys = [parts[::2] for parts in split]
    counts = [tuple(int(digits[:9]) for digits in parts[1::2]) for parts in split]
    for at in range(1, len(names) + 1):
        goes_on = at < len(names) and keys[at] == keys[start] and len(keys[at]) > 1
        if goes_on and len(counts[at]) == 1:
            goes_on = counts[at][0] == counts[at - 1][0] + 1
        if goes_on:
            continue
        if at - start >= FEWEST:
            yield _Run(start, at, keys[start][0], _grid(counts[start:at]))
        start = at


def _grid(counts: Sequence[tuple[int, ...]]) -> tuple[int, int] | None:
    """Rows and columns where two counts of the names run over a whole grid, one after the other."""
    if len(counts[0]) != 2:
        return None
    pairs = np.array(counts)
    slow, fast = (0, 1) if pairs[0, 0] == pairs[1, 0] else (1, 0)
    n_fast = int((pairs[:, slow] == pairs[0, slow]).sum())
    n_slow = len(pairs) // n_fast
    first = pairs[0]
    expected = np.arange(n_slow * n_fast)
    is_grid = n_slow * n_fast == len(pairs) and bool(
        (pairs[:, slow] == first[slow] + expected // n_fast).all()
        and (pairs[:, fast] == first[fast] + expected % n_fast).all()
    )
    return (n_slow, n_fast) if is_grid else None


def _whole_parts(columns: Sequence[TypedColumn], run: _Run, fewest: int = FEWEST) -> Iterator[tuple[int, int]]:
    """The stretches of a run that hold whole numbers from 0 to 255 alone, at least `fewest` columns long."""
    start = run.start
    for at in range(run.start, run.stop + 1):
        if at < run.stop and _is_small_whole(columns[at].values):
            continue
        if at - start >= fewest:
            yield start, at
        start = at + 1


def _is_small_whole(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        if values.dtype.kind != "f":
            return False
        return all(_holds_small_whole(part) for part in (values[:32], values))  # most columns differ at once
    return _small_levels(values) is not None


def _holds_small_whole(values: npt.NDArray[np.float64]) -> bool:
    if not len(values) or not (values.min() >= 0 and values.max() <= 255):
        return False
    return bool((values == np.floor(values)).all())


def _small_levels(values: Any) -> tuple[npt.NDArray[np.int64], Pixels] | None:
    """The codes and the numbers of a column of text that holds numbers alone, such as 0 and 1."""
    import pandas as pd

    if not len(values) or not _is_small_text(values[0]):
        return None
    codes, levels = pd.factorize(values)
    if len(levels) > 256 or bool((codes < 0).any()) or not all(_is_small_text(level) for level in levels):
        return None
    return np.asarray(codes, dtype=np.int64), np.array([int(float(level)) for level in levels], dtype=np.uint8)


def _is_small_text(cell: object) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"\d{1,3}(\.0*)?", cell) is not None and float(cell) <= 255


def _matrix(columns: Sequence[TypedColumn], step: int = 1) -> Pixels:
    """Every `step`-th row of the columns as pixels, uint8 (N, K)."""
    numbers_NK = np.empty((-(-len(columns[0].values) // step), len(columns)), dtype=np.uint8)
    for place, column in enumerate(columns):
        levels = None if isinstance(column.values, np.ndarray) else _small_levels(column.values)
        values = column.values if levels is None else levels[1][levels[0]]
        numbers_NK[:, place] = values[::step]
    return numbers_NK


def _block(columns: Sequence[TypedColumn], whole: _Run | None, prefix: str) -> tuple[int, int, ImageForm] | None:
    """The block in a stretch of small whole numbers: its first column, the one after its last, its form; or None.

    A few rows decide, so that ordinary columns cost no memory.
    """
    first, last = 0, len(columns)
    grid = whole.grid if whole else None
    if grid is None and square_of(last) is None and square_of(last - 1) is None:
        return None
    looked_NK = _matrix(columns, max(1, len(columns[0].values) // N_LOOKED_AT))
    if grid is None and square_of(last) is None:
        # a column of labels counts up with the pixels where the file names no column
        labels = [place for place in (0, -1) if _are_codes(looked_NK[:, place])]
        if len(labels) != 1:
            return None
        first, last = (1, last) if labels[0] == 0 else (0, last - 1)
        looked_NK = np.ascontiguousarray(looked_NK[:, first:last])
    form = _form(looked_NK, grid)
    says_pixels = re.search(r"pix|\bpx", prefix, re.IGNORECASE) is not None
    is_nameless = prefix in ("", "column_") and grid is None
    if form is None or int(looked_NK.max()) <= (BRIGHT_NAMELESS if is_nameless else BRIGHT):
        return None
    return (first, last, form) if says_pixels or _is_smooth(looked_NK, grid) else None


def _are_codes(values: Pixels) -> bool:
    """Whether a column could be labels: several values, none of them nearly everywhere."""
    levels, counts = np.unique(values, return_counts=True)
    return 2 <= len(levels) <= MOST_CODES and bool(counts.max() < 0.9 * len(values))


def _form(numbers_NK: Pixels, grid: tuple[int, int] | None) -> ImageForm | None:
    """The form of the pictures that the columns make; large squares are made smaller."""
    if grid is not None:
        is_usable = 4 <= min(grid) and max(grid) <= LONGEST_SIDE
        return ImageForm(height=grid[0], width=grid[1]) if is_usable else None
    found = square_of(numbers_NK.shape[1])
    if found is None:
        return None
    side, channels = found
    height, width = shrunk(side, side) if side > MOST_SIDE else (side, side)
    order = colour_order(numbers_NK, side) if channels == 3 else "channel"
    return ImageForm(height=height, width=width, channels=channels, order=order)


def _is_smooth(numbers_NK: Pixels, grid: tuple[int, int] | None) -> bool:
    """Whether neighbours are more alike than pixels that lie far apart, across as well as down."""
    if grid is None:
        side, channels = square_of(numbers_NK.shape[1]) or (1, 1)
        planes = numbers_NK.reshape(-1, side, side)
        if channels == 3 and colour_order(numbers_NK, side) == "pixel":
            planes = numbers_NK.reshape(-1, side, side, 3)[..., 1]
    else:
        planes = numbers_NK.reshape(-1, *grid)
    values = planes.astype(np.int16)
    far = float(np.abs(values - np.roll(values, (values.shape[1] // 2, values.shape[2] // 2), (1, 2))).mean())
    across = float(np.abs(np.diff(values, axis=2)).mean())
    down = float(np.abs(np.diff(values, axis=1)).mean())
    return max(across, down) < ALIKE * far and max(across, down) < EVEN * min(across, down)
