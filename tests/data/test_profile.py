"""The small pictures of columns: counts agree with numpy and pandas, and everything is plain data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nnlab.data import Column, Columns, profile, read, sample_bytes, with_target
from nnlab.data.profile import MOST_BINS, MOST_LEVELS
from tests.timed import Timed


def test_a_histogram_counts_what_numpy_counts() -> None:
    """Same edges, same counts; missing cells in no bin."""
    table = read(sample_bytes("penguins"))
    found = next(each for each in profile(table.frame, table.columns) if each.name == "body_mass_g")
    values = table.frame["body_mass_g"].dropna().to_numpy()
    edges = [found.bars[0].low, *(bar.high for bar in found.bars)]
    assert [bar.count for bar in found.bars] == np.histogram(values, bins=edges)[0].tolist()
    assert len(found.bars) <= MOST_BINS
    assert found.n_missing == table.frame["body_mass_g"].isna().sum()
    assert found.n_unique == table.frame["body_mass_g"].nunique()


def test_levels_are_the_commonest_ones() -> None:
    """Counted as pandas counts them, the rest summed up."""
    frame = pd.DataFrame({"c": pd.Series([f"l{i % 12}" for i in range(100)] + [None], dtype="str")})
    found = profile(frame, Columns(columns=(Column(name="c", kind="categorical"),)))[0]
    expected = frame["c"].value_counts()
    assert len(found.bars) == MOST_LEVELS
    assert sorted((bar.count for bar in found.bars), reverse=True) == expected.iloc[:MOST_LEVELS].tolist()
    assert found.n_other == expected.iloc[MOST_LEVELS:].sum()


def test_bars_are_shaded_by_the_target() -> None:
    """The share of each class in a level, as pandas' crosstab has it."""
    table = read(sample_bytes("titanic"))
    columns = with_target(table.columns, "Survived")
    found = next(each for each in profile(table.frame, columns) if each.name == "Sex")
    expected = pd.crosstab(table.frame["Sex"], table.frame["Survived"], normalize="index")
    assert found.shades == ("0", "1")
    for bar in found.bars:
        assert bar.shares == pytest.approx(expected.loc[bar.label].tolist(), abs=1e-4)


def test_many_classes_share_the_last_shade() -> None:
    """The two commonest get one of their own; the shares of a bar still make one."""
    frame = pd.DataFrame({"x": np.arange(100.0), "y": pd.Series([f"k{i % 9}" for i in range(100)], dtype="str")})
    columns = Columns(columns=(Column(name="x", kind="numeric"), Column(name="y", kind="categorical", role="target")))
    found = profile(frame, columns)[0]
    assert found.shades == ("k0", "k1", "other")
    assert all(sum(bar.shares) == pytest.approx(1, abs=1e-3) for bar in found.bars if bar.count)


def test_the_target_is_not_shaded_by_itself() -> None:
    """Its bars are the classes, and its axis names them."""
    frame = pd.DataFrame({"y": pd.Series(["no", "yes", "no"], dtype="str")})
    found = profile(frame, Columns(columns=(Column(name="y", kind="categorical", role="target"),)))[0]
    assert (found.shades, [bar.shares for bar in found.bars]) == ((), [(), ()])


@pytest.mark.parametrize("values", [[1.0], [np.nan, np.nan], [1e308, -1e308], [5.0, 5.0], [0.1, 0.2], []])
def test_odd_columns_have_a_picture_too(values: list[float]) -> None:
    """One value, none, the largest numbers there are: no warning, all rows counted."""
    frame = pd.DataFrame({"x": np.array(values, dtype="float64")})
    found = profile(frame, Columns(columns=(Column(name="x", kind="numeric"),)))[0]
    assert sum(bar.count for bar in found.bars) == np.isfinite(values).sum()


def test_a_thousand_columns_are_quick_and_plain(timed: Timed) -> None:
    """A profile is JSON, and a thousand columns take seconds, not minutes."""
    frame = pd.DataFrame(np.random.default_rng(0).standard_normal((500, 1000)), columns=[f"c{i}" for i in range(1000)])
    frame["d"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(500), unit="D")
    columns = Columns(columns=tuple(Column(name=name, kind="datetime" if name == "d" else "numeric") for name in frame))
    with timed("profile of a thousand columns"):
        found = profile(frame, columns)
    assert json.loads(json.dumps([each.plain() for each in found]))[-1]["bars"][0]["label"].startswith("2020-01-01")


def test_texts_and_ids_have_no_bars_worth_drawing() -> None:
    """Levels have."""
    frame = pd.DataFrame({name: pd.Series(["a b", "c d", "e f"], dtype="str") for name in ("text", "id", "level")})
    kinds = {"text": "text", "id": "id", "level": "categorical"}
    columns = Columns(columns=tuple(Column.parse({"name": name, "kind": kind}) for name, kind in kinds.items()))
    assert [found.has_bars for found in profile(frame, columns)] == [False, False, True]
