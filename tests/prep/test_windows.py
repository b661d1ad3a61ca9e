"""Windows of series: what pandas' shift gives in each group, and parts whose futures do not meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.data.columns import Columns
from nnlab.errors import DataError, StorageError
from nnlab.prep.encoded import Encoded, encode_frame
from nnlab.prep.fitted import Fitted
from nnlab.prep.lookback import Windows
from nnlab.prep.prepared import prepared
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from nnlab.prep.stored import packed, stored
from tests.batteries import battery
from tests.prep.tables import table


def series(seed: int = 0, n_days: int = 40, groups: str = "ab") -> tuple[pd.DataFrame, Columns]:
    """Two shops' sales by day, in no order, with a number, a category and a few missing cells."""
    rng = np.random.default_rng(seed)
    days = np.tile(pd.date_range("2024-01-01", periods=n_days).to_numpy(), len(groups))
    shop = np.repeat(list(groups), n_days)
    sales = rng.normal(100, 20, len(days)).round(1)
    heat = np.where(rng.random(len(days)) < 0.1, np.nan, rng.normal(15, 5, len(days)))
    order = rng.permutation(len(days))
    frame, columns = table(
        "sales",
        day=("datetime", list(days[order])),
        shop=("categorical", list(shop[order])),
        heat=("numeric", heat[order]),
        kind=("categorical", list(rng.choice(["x", "y"], len(days)))),
        sales=("numeric", sales[order]),
    )
    return frame, columns.changed("day", role="time").changed("shop", role="group")


def windowed(frame: pd.DataFrame, columns: Columns, lookback: int = 4, horizon: int = 2, **more: str) -> Encoded:
    windows = Windows.parse({"lookback": lookback, "horizon": horizon, **more})
    return encode_frame(frame, columns, "regression", Split(), Recipe(windows=windows))


@pytest.mark.parametrize("seed", range(battery(2, 20)))
def test_windows_are_what_shift_gives(seed: int) -> None:
    """Each channel in its group's order of time, missing ones as the last known, standardized by training rows."""
    frame, columns = series(seed)
    encoded = windowed(frame, columns)
    found, windows = encoded.inputs["sequence"].double().numpy(), encoded.fitted.windows
    assert windows is not None
    assert windows.channels == ("sales", "heat")
    train = encoded.parts.numpy() == 0
    by_shop = frame.sort_values("day").groupby("shop")
    used = encoded.parts.numpy() >= 0
    for channel, name in enumerate(windows.channels):
        known = frame[name][train].dropna()
        mean, deviation = known.mean(), known.std(ddof=0)
        np.testing.assert_allclose([windows.means[channel], windows.deviations[channel]], [mean, deviation])
        carried = by_shop[name].ffill().reindex(frame.index)
        in_order = carried.loc[frame.sort_values("day").index].groupby(frame["shop"])
        for back in range(4):
            wanted = ((in_order.shift(back).reindex(frame.index) - mean) / deviation).fillna(0)
            np.testing.assert_allclose(found[used, 3 - back, channel], wanted[used], atol=1e-6)
    target = encoded.target.double().numpy() * windows.deviations[0] + windows.means[0]
    for step in (1, 2):
        wanted = by_shop["sales"].shift(-step).reindex(frame.index)
        np.testing.assert_allclose(target[used, step - 1], wanted[used], atol=1e-4)
    assert encoded.fitted.target.names == ("sales +1", "sales +2")
    assert sorted(encoded.fitted.feature_names) == ["kind = x", "kind = y"]


def test_rows_in_another_order_give_the_same_windows() -> None:
    """Bit for bit, wherever a row stands and whatever other groups there are."""
    frame, columns = series()
    fitted = windowed(frame, columns).fitted
    whole = fitted.apply(frame).inputs["sequence"]
    back = fitted.apply(frame[::-1]).inputs["sequence"].flip(0)
    assert torch.equal(whole, back)
    is_a = (frame["shop"] == "a").to_numpy().copy()
    assert torch.equal(fitted.apply(frame[is_a]).inputs["sequence"], whole[torch.from_numpy(is_a)])


def test_no_value_ahead_of_a_test_row_is_ahead_of_a_training_row() -> None:
    """The futures of the parts do not meet, though windows look back over the border; what is not whole is left out."""
    frame, columns = series()
    encoded = windowed(frame, columns, lookback=5, horizon=3)
    day = frame["day"].dt.day_of_year.to_numpy() + 1000 * (frame["shop"] == "b").to_numpy()
    ahead = {
        part: {int(at) + step for at in day[encoded.parts.numpy() == part] for step in (1, 2, 3)} for part in (0, 1, 2)
    }
    assert all(ahead[part] for part in ahead)
    assert not ahead[0] & ahead[1]
    assert not ahead[0] & ahead[2]
    assert not ahead[1] & ahead[2]
    found = prepared(frame, columns, Split(), Recipe(windows=Windows(lookback=5, horizon=3)))
    assert found.parts.tolist() == encoded.parts.tolist()
    n_lost = int((encoded.parts < 0).sum())
    assert any(note.startswith(f"{n_lost} rows are left out: no 5 steps up to it") for note in found.summary.notes)
    assert n_lost == 2 * (4 + 3 + 2 + 2)  # of each shop: the first four, the last three, two at each border


def test_gaps_are_told_and_may_break_windows() -> None:
    """A week without rows counts as one step, or leaves out what reaches over it."""
    frame, columns = series(groups="a")
    frame = frame[~frame["day"].between("2024-01-15", "2024-01-20")]
    counted = windowed(frame, columns, horizon=1)
    broken = windowed(frame, columns, horizon=1, gaps="leave_out")
    assert int((broken.parts >= 0).sum()) == int((counted.parts >= 0).sum()) - 4  # three windows and one future
    notes = prepared(frame, columns, Split(), Recipe(windows=Windows(lookback=4))).summary.notes
    assert "There is 1 gap in day, longer than the usual step; they count as one step." in notes


def test_windows_are_read_back_equal() -> None:
    """Stored and opened; windows that lie about their channels are refused."""
    frame, columns = series()
    encoded = windowed(frame, columns)
    again = Encoded.from_bytes(encoded.to_bytes())
    assert again.fitted == encoded.fitted
    assert again.fitted.input_shapes["sequence"] == (4, 2)
    assert torch.equal(again.fitted.apply(frame).inputs["sequence"], encoded.inputs["sequence"])
    plain, tensors = stored(encoded.fitted)
    for lie in ({"means": [0.0]}, {"deviations": [0.0, 1.0]}, {"windows": {"lookback": 0}}):
        with pytest.raises(StorageError):
            Fitted.from_bytes(packed({"fitted": {**plain, "windows": {**plain["windows"], **lie}}}, tensors))


def test_a_season_is_found_where_changes_come_again() -> None:
    """Twelve months, and none in noise."""
    months = np.arange(96)
    rng = np.random.default_rng(1)
    wave = 100 + months + 20 * np.sin(2 * np.pi * months / 12) + rng.normal(0, 1, 96)
    for values, season in ((wave, 12), (rng.normal(0, 1, 96), 0)):
        frame, columns = table("y", t=("numeric", months.astype(float)), y=("numeric", values))
        windows = windowed(frame, columns.changed("t", role="time"), lookback=24, horizon=1).fitted.windows
        assert windows is not None
        assert windows.season == season


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": "ignore"}, "windows need a column that says when"),
        ({"kind": "target"}, "one column of numbers"),
    ],
)
def test_windows_that_cannot_be_are_refused(change: dict[str, str], said: str) -> None:
    """Without a time, and with two targets."""
    frame, columns = series()
    for name, role in change.items():
        columns = columns.changed(name, role=role)  # type: ignore[arg-type]
    frame = frame.assign(kind=np.arange(len(frame), dtype=float)) if "kind" in change else frame
    with pytest.raises(DataError, match=said):
        windowed(frame, columns)
    frame, columns = series()
    with pytest.raises(DataError, match="whole window"):
        windowed(frame, columns, lookback=60)
