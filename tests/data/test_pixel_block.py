"""Blocks of pixel columns: found where they are, never where ordinary columns stand, joined without loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from nnlab.data import Columns, Reading, Table, read
from nnlab.data.columns import ImageForm
from nnlab.errors import DataError, SpecError
from tests.data.drawn import blobs

N_ROWS = 40


def table_of(values: np.ndarray, names: Sequence[str], label: str = "y", header: bool = True) -> Table:
    """The numbers (N, K) under their names and a label of two classes after them, written by pandas and read."""
    frame = pd.DataFrame(values.reshape(len(values), -1), columns=list(names))
    frame[label] = [f"class {row % 2}" for row in range(len(frame))]
    return read(frame.to_csv(index=False, header=header).encode())


def counted(prefix: str, n: int, start: int = 0) -> list[str]:
    return [f"{prefix}{place}" for place in range(start, start + n)]


GRID = [f"{row}x{column}" for row in range(1, 13) for column in range(1, 13)]


@pytest.mark.parametrize("names", [counted("pixel", 144), counted("x", 144, 1), counted("", 144), GRID])
def test_a_block_becomes_one_column(names: list[str]) -> None:
    """Whatever the names: kind, form and a reason that says which columns; the numbers in order, nothing lost."""
    pixels = blobs(N_ROWS)
    table = table_of(pixels, names)
    assert table.columns.names == ("pixels", "y")
    column = table.columns["pixels"]
    assert (column.kind, column.role) == ("image", "feature")
    assert column.image == ImageForm(height=12, width=12, parts=tuple(names))
    assert column.reason == f"Pictures of 12 × 12 pixels from 144 columns, {names[0]} to {names[-1]}."
    found = np.array([cell.split(" ") for cell in table.frame["pixels"]], dtype=int)
    np.testing.assert_array_equal(found, pixels.reshape(N_ROWS, -1))
    assert not table.issues


@pytest.mark.parametrize("at", ["first", "last"])
def test_without_a_header_the_labels_stay_apart(at: str) -> None:
    """A column of codes before or after the pixels."""
    flat = blobs(N_ROWS).reshape(N_ROWS, -1)
    codes = (np.arange(N_ROWS) % 10)[:, None]
    rows = np.hstack([codes, flat] if at == "first" else [flat, codes])
    table = read(pd.DataFrame(rows).to_csv(index=False, header=False).encode())
    kinds = [column.kind for column in table.columns.columns]
    assert kinds == (["numeric", "image"] if at == "first" else ["image", "numeric"])
    label = table.frame.iloc[:, 0 if at == "first" else 1]
    np.testing.assert_array_equal(label.to_numpy(), codes[:, 0])


def test_names_tell_a_picture_that_is_no_square() -> None:
    """12 rows of 9 pixels, counted from 0."""
    names = [f"p_{row}_{column}" for row in range(12) for column in range(9)]
    table = table_of(blobs(N_ROWS)[:, :, 1:10], names)
    image = table.columns["pixels"].image
    assert image is not None
    assert (image.height, image.width) == (12, 9)


@pytest.mark.parametrize("order", ["channel", "pixel"])
def test_the_order_of_colours_is_seen(order: str) -> None:
    """All reds first, or the three of each pixel."""
    grey = blobs(N_ROWS, 8).astype(int)
    colours = np.stack([grey, 255 - grey, grey // 2], axis=1 if order == "channel" else 3)
    image = table_of(colours, counted("pixel", 192)).columns["pixels"].image
    assert image is not None
    assert (image.channels, image.order) == (3, order)


def ordinary() -> dict[str, np.ndarray]:
    """Whole numbers from 0 to 255 that are no pictures, (N, 100) or (N, 144)."""
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(0, 6, (N_ROWS, 100)), axis=1) + 120
    wave = 120 + 100 * np.sin(np.arange(144) / 7 + rng.uniform(0, 6, (N_ROWS, 1)))
    return {
        "noise": rng.integers(0, 256, (N_ROWS, 100)),
        "counts": rng.poisson(4, (N_ROWS, 100)) * 9 % 250,
        "grades": rng.integers(0, 21, (N_ROWS, 100)),
        "flags": rng.integers(0, 2, (N_ROWS, 144)),
        "walk": np.clip(walk, 0, 255).astype(int),
        "wave": wave.astype(int),
    }


@pytest.mark.parametrize("name", ordinary())
def test_ordinary_columns_stay_apart(name: str) -> None:
    """Counts, grades, flags and series in a row of named columns; a square of them is no picture."""
    values = ordinary()[name]
    assert table_of(values, counted("v", values.shape[1])).n_columns == values.shape[1] + 1


@pytest.mark.parametrize("spoilt", ["missing", "fraction", "negative", "large", "text"])
def test_one_cell_that_is_no_pixel_keeps_the_columns(spoilt: str) -> None:
    """In the last row of the last column, where a look at the first rows would not find it."""
    frame = pd.DataFrame(blobs(N_ROWS).reshape(N_ROWS, -1), columns=counted("pixel", 144)).astype(object)
    frame.iloc[-1, -1] = {"missing": None, "fraction": 0.5, "negative": -1, "large": 256, "text": "dark"}[spoilt]
    assert read(frame.to_csv(index=False).encode()).n_columns == 144


def test_the_digits_of_scikit_learn_are_pictures() -> None:
    """8 × 8 pixels of 0 to 16, as scikit-learn names them."""
    digits = load_digits()
    table = table_of(digits.data.astype(int), digits.feature_names)
    assert table.columns["pixels"].reason == "Pictures of 8 × 8 pixels from 64 columns, pixel_0_0 to pixel_7_7."


def test_a_person_keeps_the_columns() -> None:
    """Another reading, so another table; and a reading given from Python joins nothing by itself."""
    frame = pd.DataFrame(blobs(N_ROWS).reshape(N_ROWS, -1), columns=counted("pixel", 144))
    data = frame.to_csv(index=False).encode()
    joined = read(data)
    kept = read(data, reading=joined.reading.having(pixels="keep"))
    assert (joined.n_columns, kept.n_columns) == (1, 144)
    assert joined.id != kept.id
    assert read(data, reading=Reading()).n_columns == 144


def said(table: Table, rows: np.ndarray, image: str, names: Sequence[str]) -> Table:
    """The same rows read again, with a form of pictures that was said."""
    frame = pd.DataFrame(rows.reshape(len(rows), -1), columns=list(names))
    frame["y"] = [f"class {row % 2}" for row in range(len(frame))]
    return read(frame.to_csv(index=False).encode(), reading=table.reading.having(image=image))


def test_a_form_that_is_said_overrules_the_guess() -> None:
    """A square that is none, and noise in which no picture would be seen; a product that does not fit is refused."""
    names, pixels = counted("pixel", 144), blobs(N_ROWS)
    guessed = table_of(pixels, names)
    column = said(guessed, pixels, "1,9,16", names).columns["pixels"]
    assert column.image == ImageForm(height=9, width=16, parts=tuple(names))
    assert "9 × 16 pixels from 144 columns" in column.reason
    noise = np.random.default_rng(0).integers(0, 9, (N_ROWS, 30))
    few = counted("v", 30)
    plain = table_of(noise, few)
    assert not any(column.image for column in plain.columns.columns)
    assert said(plain, noise, "1,5,6", few).columns["pixels"].image == ImageForm(height=5, width=6, parts=tuple(few))
    with pytest.raises(DataError, match="1 × 9 × 17 is 153 columns") as raised:
        said(guessed, pixels, "1,9,17", names)
    assert "144 columns" in raised.value.came
    assert "image" not in Reading().plain()


def test_pixel_strings_take_the_form_that_is_said() -> None:
    """What is no square is a picture then; the count of numbers is held against the product."""
    rows = "\n".join(f"{' '.join(map(str, one.ravel()))},{at % 2}" for at, one in enumerate(blobs(N_ROWS)))
    table = read(f"cell,y\n{rows}\n".encode(), reading=Reading(image="1,18,8"))
    assert table.columns["cell"].image == ImageForm(height=18, width=8)
    with pytest.raises(DataError, match="1 × 4 × 4 is 16 numbers") as raised:
        read(f"cell,y\n{rows}\n".encode(), reading=Reading(image="1,4,4"))
    assert "144 numbers" in raised.value.came
    for wrong in ("28,28", "1,28,x", "2,28,28", "1,0,5"):
        with pytest.raises(SpecError):
            ImageForm.said(wrong)


def test_rows_to_predict_are_joined_by_their_names() -> None:
    """In any order and beside other columns; a row with a cell that is no pixel is an issue, and missing."""
    pixels = blobs(N_ROWS)
    table = table_of(pixels, counted("pixel", 144))
    frame = pd.DataFrame(pixels[:3].reshape(3, -1), columns=counted("pixel", 144)).astype(object)
    frame.iloc[1, 7] = 300
    frame.insert(0, "more", "text")
    shuffled = frame[sorted(frame.columns)]
    rows = read(shuffled.to_csv(index=False).encode(), columns=table.columns)
    assert set(rows.columns.names) == {"more", "pixels"}
    assert rows.frame["pixels"].isna().tolist() == [False, True, False]
    assert rows.frame["pixels"].iloc[2] == table.frame["pixels"].iloc[2]
    assert [(issue.line, issue.column) for issue in rows.issues] == [(3, "pixels")]


def test_a_name_that_is_taken_stays_its_column() -> None:
    """The joined column gets another name."""
    table = table_of(blobs(N_ROWS), counted("x", 144), label="pixels")
    assert table.columns.names == ("pixels_2", "pixels")
    assert isinstance(table.columns, Columns)
