"""Columns of pictures: which text is one, what form they share, and their pixels.

A cell is a pixel string ("0 12 255 ...", a square or three squares of numbers) or the base64 of a picture file, with or
without "data:image/png;base64," before it. Axes: `N` rows, `C` channels, `H` rows of pixels, `W` columns of pixels.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab.data import raster
from nnlab.data.columns import Column, Columns, ImageForm, Kind
from nnlab.data.packing import is_picture_name
from nnlab.data.pixels import FEWEST, colour_order, numbers_of, pixels_of, shrunk, square_of
from nnlab.data.raster import Pixels
from nnlab.errors import DataError, LimitError

if TYPE_CHECKING:
    import pandas as pd

Flags = npt.NDArray[np.bool_]

MOST_DAMAGED = 0.1  # the share of cells that may be no picture in a column of pictures
SHORTEST = 50  # letters; no picture is written in fewer
MOST_LOOKED_AT = 200  # cells whose sizes decide the form
MOST_COLOURED = 24  # cells that are unpacked to see whether they are grey
MOST_SHOWN = 12  # pictures of a column that a page draws
NAMES_FILES = "Names of picture files: give the zip that holds them."
NO_PICTURE = "is no whole picture; it counts as missing"
_HEAD = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.IGNORECASE)
_STARTS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk", "SUkqA", "TU0AK")  # of the formats in `raster`, as base64
_ALPHABET = bytes.maketrans(b"-_", b"+/")


class Decoded(NamedTuple):
    """Pictures of one form, uint8 (N, C, H, W), zeros where a cell is missing or damaged, and which those are."""

    pixels: Pixels
    is_missing: Flags
    is_damaged: Flags


class Found(NamedTuple):
    """What a column of text is, with the reason, and the rows whose filled cell is no picture, int64."""

    column: Column
    damaged: npt.NDArray[np.int64]


def may_be_pictures(sample: Sequence[str]) -> bool:
    """Whether a column whose first filled cells these are is worth a look: nearly no time for most text."""
    return bool(sample) and (is_picture_name(sample[0]) or any(_may_be_picture(cell) for cell in sample[:3]))


def recognised(name: str, cells: Sequence[str | None]) -> Found | None:
    """The column as pictures, or as names of picture files; None for any other text."""
    filled = [cell for cell in cells if cell is not None]
    if sum(map(is_picture_name, filled)) >= 0.9 * len(filled):
        kind: Kind = "id" if len(set(filled)) == len(cells) else "text"
        found = Column(name=name, kind=kind, role="ignore", reason=NAMES_FILES)
        return Found(found, np.zeros(0, dtype=np.int64))
    damaged = np.flatnonzero([cell is not None and not is_picture(cell) for cell in cells])
    form = form_of(filled)
    if form is None or len(damaged) > MOST_DAMAGED * len(filled):
        return None
    written = "base64" if any(map(_is_base64, filled)) else "strings of numbers"
    reason = f"Pictures of {form.words()} pixels, written as {written}."
    return Found(Column(name=name, kind="image", reason=reason, image=form), damaged)


def is_picture(cell: str, form: ImageForm | None = None) -> bool:
    """Whether a cell holds a whole picture; of a pixel string its numbers must make a square, or the form."""
    data = _bytes_of(cell)
    if data is not None:
        try:
            raster.check(data)
        except (DataError, LimitError):
            return False
        return True
    numbers = numbers_of(cell)
    if numbers is None or (form is not None and len(numbers) == form.n_numbers):
        return numbers is not None
    return len(numbers) >= FEWEST and square_of(len(numbers)) is not None


def form_of(cells: Sequence[str]) -> ImageForm | None:
    """The commonest size among the pictures, at most 64 pixels a side; grey if all looked at are; None: no picture."""
    looked = cells[:: max(1, -(-len(cells) // MOST_LOOKED_AT))]
    sizes: Counter[tuple[int, int]] = Counter()
    numbers: list[Pixels] = []
    coloured: list[bytes] = []
    for cell in looked:
        data = _bytes_of(cell)
        if data is None:
            found = numbers_of(cell)
            square = None if found is None or len(found) < FEWEST else square_of(len(found))
            if found is not None and square is not None:
                sizes[square[0], square[0]] += 1
                numbers += [found] if square[1] == 3 else []
            continue
        try:
            head = raster.header(data)
        except (DataError, LimitError):
            continue
        sizes[head.height, head.width] += 1
        coloured += [] if head.is_grey else [data]
    if not sizes:
        return None
    height, width = shrunk(*sizes.most_common(1)[0][0])
    if numbers:
        return ImageForm(height=height, width=width, channels=3, order=_order(numbers))
    is_grey = all(_is_grey(data) for data in coloured[:: max(1, -(-len(coloured) // MOST_COLOURED))])
    return ImageForm(height=height, width=width, channels=1 if is_grey else 3)


def decoded(cells: Sequence[str | None], form: ImageForm) -> Decoded:
    """The pixels of every cell, brought to the form; a cell gives the same pixels alone and among others."""
    pixels_NCHW = np.zeros((len(cells), form.channels, form.height, form.width), dtype=np.uint8)
    is_missing, is_damaged = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    for row, cell in enumerate(cells):
        if not isinstance(cell, str):
            is_missing[row] = True
            continue
        try:
            pixels_NCHW[row] = picture(cell, form)
        except (DataError, LimitError):
            is_damaged[row] = True
    return Decoded(pixels_NCHW, is_missing, is_damaged)


def picture(cell: str, form: ImageForm) -> Pixels:
    """The pixels of one cell, uint8 (C, H, W); raises `DataError` or `LimitError` where it holds no whole picture."""
    data = _bytes_of(cell)
    if data is not None:
        return raster.pixels(data, form)
    numbers = numbers_of(cell)
    given = None if numbers is None else pixels_of(numbers, form)
    if given is None:
        raise DataError("a picture is base64, or a square of numbers from 0 to 255", came=cell[:80])
    return raster.brought_to(given, form)


def cell_of(data: bytes, form: ImageForm) -> str:
    """The bytes of a picture file as a cell of a column of this form, which a page can draw too.

    Raises `DataError` or `LimitError` where they are no whole picture.
    """
    return raster.data_uri(raster.pixels(data, form))


def thumbnails(cells: Sequence[str | None], form: ImageForm, most: int = MOST_SHOWN) -> tuple[str, ...]:
    """The first pictures among the cells, each as a "data:image/png;base64,..." that a page can draw."""
    found: list[str] = []
    for cell in cells:
        if len(found) == most:
            break
        try:
            found += [raster.data_uri(picture(cell, form))] if isinstance(cell, str) else []
        except (DataError, LimitError):
            continue
    return tuple(found)


def with_thumbnails(rows: pd.DataFrame, columns: Columns, most: int = 50) -> pd.DataFrame:
    """Rows to be shown, the pictures of the first `most` as small PNGs that a page can draw; of others none."""
    shown = rows.copy(deep=False)
    for column in columns.columns:
        if column.kind != "image" or column.name not in rows.columns:
            continue
        cells: list[Any] = rows[column.name].tolist()
        form = column.image or form_of([cell for cell in cells if isinstance(cell, str)])
        drawn = [thumbnails([cell], form) if form else () for cell in cells[:most]] + [()] * len(cells[most:])
        shown[column.name] = [one[0] if one else None for one in drawn]
    return shown


def _may_be_picture(cell: str) -> bool:
    return len(cell) >= SHORTEST and (cell[0].isdigit() or cell[0] == "[" or _is_base64(cell))


def _is_base64(cell: str) -> bool:
    return cell.startswith(_STARTS) or _HEAD.match(cell) is not None


def _bytes_of(cell: str) -> bytes | None:
    """The bytes that a cell holds as base64, blanks in it left out; None where it begins as no picture does."""
    if len(cell) < SHORTEST or not _is_base64(cell):
        return None
    head = _HEAD.match(cell)
    plain = b"".join(cell[head.end() if head else 0 :].encode("ascii", "replace").translate(_ALPHABET).split())
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _order(numbers: Sequence[Pixels]) -> Literal["channel", "pixel"]:
    same = [found for found in numbers if len(found) == len(numbers[0])]
    return colour_order(np.stack(same), (square_of(len(same[0])) or (1, 3))[0])


def _is_grey(data: bytes) -> bool:
    try:
        return raster.is_grey(data)
    except (DataError, LimitError):
        return True
