"""Pictures as features: pixels in the tensor as numpy has them, alone as in a batch, stored and read back equal."""

from __future__ import annotations

import base64
import functools

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.data import Column, Columns, Table, read, resolve_task, with_target
from nnlab.data.columns import ImageForm
from nnlab.errors import DataError, StorageError
from nnlab.network.network import Network
from nnlab.predictor import Predictor
from nnlab.prep import chain
from nnlab.prep.before_after import before_after
from nnlab.prep.fit import fit, fit_column
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import journey
from nnlab.prep.recipe import Recipe, default_steps
from nnlab.prep.steps import Facts, steps
from nnlab.prep.stored import packed, stored
from tests.data.drawn import blobs, bytes_of, string_of
from tests.prep.tables import typed

N_ROWS = 40
PIXELS = blobs(N_ROWS)
PLAIN = Recipe().changed("pixels", (steps["pixels"](),))
NAMES = [f"x{place}" for place in range(144)]


def block() -> pd.DataFrame:
    """The pixels as columns, as a file holds them."""
    return pd.DataFrame(PIXELS.reshape(N_ROWS, -1), columns=NAMES)


@functools.cache
def table() -> Table:
    return read(block().assign(y=["ab"[row % 2] for row in range(N_ROWS)]).to_csv(index=False).encode())


def fitted(recipe: Recipe = PLAIN) -> Fitted:
    found = table()
    return fit(found.frame, with_target(found.columns, "y"), recipe, np.zeros(N_ROWS, dtype=np.int8), "binary")


def cells_of(pixels: np.ndarray) -> pd.Series:
    return typed([string_of(one) for one in pixels], "text")


def test_pixels_become_numbers_from_0_to_1() -> None:
    """Divided by 255 in the order of the file; the names count rows and columns from 0."""
    made = fitted()
    found = made.apply(table().frame).inputs["table"].numpy()
    np.testing.assert_array_equal(found, (PIXELS.reshape(N_ROWS, -1) / 255).astype(np.float32))
    assert made.feature_names[0] == "pixels[0, 0]"
    assert made.feature_names[13] == "pixels[1, 1]"
    assert len(set(made.feature_names)) == 144


def test_colours_come_channel_by_channel() -> None:
    """(C, H, W) flattened, from base64 as from numbers in either order."""
    colours = np.stack([PIXELS, 255 - PIXELS, PIXELS // 2], axis=3)
    wanted = (colours.transpose(0, 3, 1, 2).reshape(N_ROWS, -1) / 255).astype(np.float32)
    encoded = typed([base64.b64encode(bytes_of(one)).decode() for one in colours], "text")
    for order, series in {
        "channel": cells_of(colours.transpose(0, 3, 1, 2)),
        "pixel": cells_of(colours),
        "base64": encoded,
    }.items():
        form = ImageForm(height=12, width=12, channels=3, order="pixel" if order == "pixel" else "channel")
        column = fit_column(Column(name="p", kind="image", image=form), (steps["pixels"](),), series)
        found = torch.cat(column.chain(column.cells(series))).T.to(torch.float32)
        np.testing.assert_array_equal(found.numpy(), wanted)
    assert column.feature_names[144] == "p[green, 0, 0]"


def test_the_default_is_less_the_mean_picture_in_one_scale() -> None:
    """numpy's means, and the deviation of all pixels from them."""
    found = fitted(Recipe()).apply(table().frame).inputs["table"].numpy()
    values = PIXELS.reshape(N_ROWS, -1) / 255
    scale = np.sqrt(values.var(axis=0).mean())
    np.testing.assert_allclose(found, (values - values.mean(axis=0)) / scale, rtol=1e-5, atol=1e-6)


def test_standardize_together_stays_finite_and_skips_what_is_missing() -> None:
    """numpy's nanmean and nanvar; constant numbers become 0."""
    rng = np.random.default_rng(3)
    values = np.where(rng.random((4, 30)) < 0.2, np.nan, rng.normal(5, [[1], [2], [3], [0]], (4, 30)))
    step = steps["standardize_together"]()
    found = step.module(step.learn(values, Facts("c")))(torch.from_numpy(values)).numpy()
    scale = np.sqrt(np.nanvar(values, axis=1).mean())
    np.testing.assert_allclose(found, (values - np.nanmean(values, axis=1, keepdims=True)) / scale, atol=1e-12)
    flat = np.full((2, 3), 0.1)
    found = step.module(step.learn(flat, Facts("c")))(torch.from_numpy(flat)).numpy()
    np.testing.assert_allclose(found, 0, atol=1e-12)


def test_a_row_alone_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the batch, however small the blocks are."""
    made, frame = fitted(Recipe()), table().frame
    whole = made.apply(frame).inputs["table"]
    monkeypatch.setattr(chain, "PICTURE_NUMBERS", 500)
    assert torch.equal(made.apply(frame).inputs["table"], whole)
    for at in (0, 7, N_ROWS - 1):
        assert torch.equal(made.apply(frame.iloc[at : at + 1]).inputs["table"], whole[at : at + 1])


def test_missing_pictures_become_zeros_and_are_told() -> None:
    """Beside an is-missing column where training rows lacked some; damaged ones count as missing."""
    series = cells_of(PIXELS).copy()
    series.iloc[3], series.iloc[5] = None, "1 2 3"
    made, reason = default_steps(Column(name="p", kind="image"), series)
    assert [step.kind for step in made] == ["missing_indicator", "pixels", "standardize_together"]
    assert "zeros stand in" in reason
    column = fit_column(Column(name="p", kind="image"), made, series)
    found = torch.cat([part.to(torch.float64) for part in column.chain(column.cells(series))])
    assert found[:, 3].tolist() == [0.0] * 144 + [1.0]
    assert found[:, 5].tolist() == [0.0] * 144 + [1.0]
    assert column.n_missing == 1
    nothing, reason = default_steps(Column(name="p", kind="image"), typed([None, None], "text"))
    assert [step.kind for step in nothing] == ["leave_out"]
    dot = fit_column(Column(name="p", kind="image"), (steps["pixels"](),), typed([None, None], "text"))
    assert dot.feature_names == ("p[0, 0]",)


def test_a_preparation_of_pictures_is_read_back_equal() -> None:
    """Its form, its parts and its typical picture; one that lies about its size is refused."""
    made = fitted(Recipe())
    again = Fitted.from_bytes(made.to_bytes())
    assert again == made
    assert again.features[0].image == made.columns["pixels"].image
    assert (again.features[0].typical or "").startswith("data:image/png;base64,")
    plain, tensors = stored(made)
    for lie in ({"height": 13}, {"height": 10**9}, {"channels": 3}):
        changed = {**plain, "features": [{**plain["features"][0]}]}
        changed["features"][0]["image"] = {**plain["features"][0]["image"], **lie}
        with pytest.raises(StorageError):
            Fitted.from_bytes(packed({"fitted": changed}, tensors))


def test_the_way_of_a_picture_is_told_in_a_few_words() -> None:
    """Its size, how many numbers it becomes, and something to draw; a missing one becomes zeros."""
    (way,) = journey(fitted(), table().frame.iloc[:1])
    assert way.raw == "12 × 12 pixels"
    assert way.stops[0].value == "144 numbers from 0 to 0.9882"
    assert way.picture.startswith("data:image/png;base64,")
    (way,) = journey(fitted(), table().frame.iloc[:1].assign(pixels=typed([None], "text").set_axis([2])))
    assert (way.raw, way.stops[-1].value, way.picture) == ("missing", "144 zeros", "")
    (profile,) = before_after(fitted(), table().frame, "pixels")
    assert len(profile.pictures) == 12


class Weighed(torch.nn.Module):
    """The numbers of a row, each times its place, added up."""

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        return (table * torch.linspace(-1, 1, table.shape[1])).sum(1, keepdim=True)


def predictor() -> Predictor:
    made = fitted(Recipe())
    return Predictor(columns=made.columns, fitted=made, network=Network(), module=Weighed())


def test_rows_with_the_pixel_columns_are_answered() -> None:
    """As those with the joined one, in any order; a row with a cell that is no pixel is warned about."""
    asked = predictor()
    joined = asked.outputs(table().frame)
    assert torch.equal(asked.outputs(block()[NAMES[::-1]]), joined)
    assert torch.equal(asked.outputs(block().astype(str).astype("str")), joined)
    spoilt = block().astype(float)
    spoilt.loc[2, "x7"] = 0.5
    answer = asked.predict(spoilt)
    assert {(warning.line, warning.column) for warning in answer.warnings} == {(3, "pixels")}
    with pytest.raises(DataError, match="the model needs 1 column"):
        asked.predict(block().drop(columns="x3"))


def test_other_pictures_are_answered_and_no_pictures_told() -> None:
    """A file in base64, another size, and text that is none; the typical one is the first training picture."""
    asked = predictor()
    (field,) = asked.defaults()
    first = asked.outputs(table().frame.iloc[:1])
    assert torch.equal(asked.outputs(pd.DataFrame({"pixels": [field.value]}, dtype=object)), first)
    encoded = base64.b64encode(bytes_of(PIXELS[0])).decode()
    large = string_of(np.repeat(np.repeat(PIXELS[0], 2, axis=0), 2, axis=1))
    rows = pd.DataFrame({"pixels": [encoded, large, "a sentence", None]}, dtype="str")
    answer = asked.predict(rows)
    assert torch.equal(asked.outputs(rows)[:1], first)
    assert [warning.line for warning in answer.warnings] == [3, 4]
    assert '"a sentence" is not a whole picture; zeros stand in' in answer.warnings[0].text


def test_a_picture_is_no_target() -> None:
    """It is neither a number nor a class."""
    found = table()
    with pytest.raises(DataError, match="a number or a class") as caught:
        resolve_task(found.frame, with_target(found.columns, "pixels"))
    assert caught.value.came == "pictures"


def test_a_kind_chosen_by_hand_finds_its_form() -> None:
    """From the training pictures, where the reader had none."""
    found = table()
    target = found.columns["y"].having(role="target")
    by_hand = Columns(columns=(Column(name="pixels", kind="image"), target))
    made = fit(found.frame, by_hand, PLAIN, np.zeros(N_ROWS, dtype=np.int8), "binary")
    assert made.features[0].image == ImageForm(height=12, width=12)
