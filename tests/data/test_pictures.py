"""Columns of pictures: pixel strings and base64 recognised, brought to one form, damage told by row."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from nnlab.data import Reading, profile, read
from nnlab.data.columns import Column, Columns, ImageForm
from nnlab.data.kinds import as_kind
from nnlab.data.pictures import NAMES_FILES, cell_of, decoded, with_thumbnails
from nnlab.data.pixels import numbers_of, text_of
from nnlab.data.table import typed
from nnlab.errors import DataError
from tests.batteries import battery
from tests.data.drawn import blobs, bytes_of, string_of

N_ROWS = 40
PIXELS = blobs(N_ROWS)


def column_of(cells: list[str | None]) -> tuple[Column, list[object], list[tuple[int, str]]]:
    """The column that cells become in a file beside another one: its guess, its cells, its issues by line."""
    frame = pd.DataFrame({"picture": cells, "y": range(len(cells))})
    table = read(frame.to_csv(index=False).encode())
    issues = [(issue.line, issue.text[:5]) for issue in table.issues]
    return table.columns["picture"], table.frame["picture"].tolist(), issues


@pytest.mark.parametrize("between", [" ", ", "])
def test_pixel_strings_are_pictures(between: str) -> None:
    """A square of numbers in each cell, whatever stands between them."""
    column, cells, issues = column_of([string_of(one, between) for one in PIXELS])
    assert (column.kind, column.role, column.image) == ("image", "feature", ImageForm(height=12, width=12))
    assert column.reason == "Pictures of 12 × 12 pixels, written as strings of numbers."
    assert not issues
    found = decoded(cells, column.image)
    np.testing.assert_array_equal(found.pixels[:, 0], PIXELS)
    assert not found.is_missing.any()
    assert not found.is_damaged.any()


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("is_coloured", [False, True])
def test_base64_is_pictures(head: str, is_coloured: bool) -> None:
    """Of files of any size: the commonest is the form; grey if all are."""
    files = [np.dstack([one, one, 255 - one]) if is_coloured else one for one in PIXELS]
    files[3] = files[3][:9, :7]
    column, cells, issues = column_of([head + base64.b64encode(bytes_of(one)).decode() for one in files])
    assert column.image == ImageForm(height=12, width=12, channels=3 if is_coloured else 1)
    assert not issues
    found = decoded(cells, column.image)
    assert not found.is_damaged.any()
    np.testing.assert_array_equal(found.pixels[5, 0], PIXELS[5])


def test_large_pictures_become_small() -> None:
    """At most 64 pixels a side, the shape kept."""
    wide = np.repeat(np.repeat(PIXELS[:6], 20, axis=1), 10, axis=2)
    column, _, _ = column_of([base64.b64encode(bytes_of(one)).decode() for one in wide])
    assert column.image == ImageForm(height=64, width=32)


def test_missing_and_damaged_cells_are_told_by_line() -> None:
    """A damaged one counts as missing, and is an issue; a missing one is simply missing."""
    texts: list[str | None] = [string_of(one) for one in PIXELS]
    texts[4], texts[7], texts[9] = "1 2 3", None, texts[9] + " 256" if texts[9] else None
    column, cells, issues = column_of(texts)
    assert column.kind == "image"
    assert issues == [(6, "1 2 3"), (11, string_of(PIXELS[9])[:5])]
    assert [row for row, cell in enumerate(cells) if not isinstance(cell, str)] == [4, 7, 9]


def test_a_file_cut_short_is_an_issue() -> None:
    """Its header is whole, its pixels are not."""
    texts = [base64.b64encode(bytes_of(one, "JPEG")).decode() for one in PIXELS]
    texts[2] = base64.b64encode(bytes_of(PIXELS[2], "JPEG")[:-60]).decode()
    _, _, issues = column_of([*texts])
    assert [line for line, _ in issues] == [4]


@pytest.mark.parametrize(
    "cells",
    [
        [" ".join(map(str, range(row, row + 50))) for row in range(N_ROWS)],
        [" ".join(map(str, range(row, row + 65))) for row in range(N_ROWS)],
        ["a sentence of several words, number " + "1 " * row for row in range(N_ROWS)],
        [base64.b64encode(bytes(range(row, row + 90))).decode() for row in range(N_ROWS)],
        [f"/9j/{row} is how a JPEG would begin, were it one, in base64 letters" for row in range(N_ROWS)],
    ],
)
def test_other_text_is_no_picture(cells: list[str]) -> None:
    """Few numbers, no square of them, sentences, base64 of something else."""
    assert column_of([*cells])[0].kind != "image"


def test_names_of_picture_files_ask_for_their_zip() -> None:
    """A column that is left out until it is given, and says so."""
    column, _, _ = column_of([f"photos/{row}.JPG" for row in range(N_ROWS)])
    assert (column.kind, column.role, column.reason) == ("id", "ignore", NAMES_FILES)


def test_a_person_chooses_the_kind() -> None:
    """Text stays text; of text that becomes pictures, only whole ones do."""
    column, cells, _ = column_of([string_of(one) for one in PIXELS])
    series = pd.Series([*cells[:3], "no picture"], dtype="str", name="picture")
    kept, n_lost = as_kind(series, "text")
    assert (kept.tolist(), n_lost) == (series.tolist(), 0)
    pictured, n_lost = as_kind(series, "image")
    assert (pictured.isna().tolist(), n_lost) == ([False, False, False, True], 1)
    chosen = Columns(columns=(Column(name="picture", kind="image"),))
    assert typed(series.to_frame(), chosen)["picture"].isna().sum() == 1
    assert column.image is not None


def test_numbers_are_read_as_python_reads_them() -> None:
    """Random rows to text and back; anything but whole numbers of 0 to 255 is no picture."""
    rng = np.random.default_rng(2)
    for _ in range(battery(20, 400)):
        rows = rng.integers(0, 256, (rng.integers(1, 9), rng.integers(1, 70))).astype(np.uint8)
        texts = text_of(rows).to_pylist()
        assert texts == [" ".join(map(str, row)) for row in rows.tolist()]
        for text, row in zip(texts, rows, strict=True):
            np.testing.assert_array_equal(numbers_of(text), row)
    for odd in ("", "  ", "1.5 2", "-1", "256", "0x10", "1 2 x", "9" * 30, "١ ٢"):
        assert numbers_of(odd) is None


def test_a_picture_of_a_person_becomes_a_cell() -> None:
    """One that decodes to the pixels of the form; other bytes are told."""
    form = ImageForm(height=12, width=12)
    found = decoded([cell_of(bytes_of(PIXELS[0]), form)], form)
    np.testing.assert_array_equal(found.pixels[0, 0], PIXELS[0])
    with pytest.raises(DataError):
        cell_of(b"a,b\n", form)


def test_profiles_and_first_rows_draw_them() -> None:
    """A dozen as small PNGs; a cell without one shows nothing."""
    frame = pd.DataFrame({"picture": [None, *(string_of(one) for one in PIXELS)], "y": range(N_ROWS + 1)})
    table = read(frame.to_csv(index=False).encode(), reading=Reading())
    found = profile(table.frame, table.columns)[0]
    assert (found.n_missing, len(found.pictures), found.bars) == (1, 12, ())
    assert found.examples == ("12 × 12 pixels",)
    drawn = with_thumbnails(table.frame.head(3), table.columns)["picture"].tolist()
    assert pd.isna(drawn[0])
    assert all(cell.startswith("data:image/png;base64,") for cell in drawn[1:])
