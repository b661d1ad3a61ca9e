"""The split by time: the past trains, the future judges, and nothing of one moment lies on two sides."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.data.columns import Columns
from nnlab.errors import DataError
from nnlab.prep.by_time import drawn_by_time
from nnlab.prep.split import Split, parts
from nnlab.prep.split_summary import split_summary
from tests.batteries import battery
from tests.prep.tables import table


def days(n_rows: int) -> tuple[pd.DataFrame, Columns]:
    """A row a day in no order, a target that grows."""
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.random.default_rng(0).permutation(n_rows), unit="D")
    frame, columns = table(
        when=("datetime", list(when)),
        x=("numeric", np.arange(float(n_rows))),
        y=("numeric", when.day_of_year.to_numpy(dtype=float)),
    )
    return frame, columns.changed("when", role="time")


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=3, max_size=80))
@settings(max_examples=battery(80, 800), deadline=None)
def test_earlier_moments_never_lie_in_a_later_part(moments: list[int | None]) -> None:
    """Sorted by time the parts only rise; one moment has one part; a row without a time has none."""
    values = np.array([np.nan if value is None else value for value in moments], dtype=float)
    found = drawn_by_time(values, Split().shares)
    known = pd.DataFrame({"time": values, "part": found}).dropna().sort_values("time")
    assert known["part"].is_monotonic_increasing
    assert known.empty or known.groupby("time")["part"].nunique().max() == 1
    assert (found[np.isnan(values)] == -1).all()
    n_moments = known["time"].nunique()
    assert set(known["part"]) == {0: set(), 1: {0}, 2: {0, 2}}.get(n_moments, {0, 1, 2})


def test_the_shares_are_kept_where_every_row_has_its_own_moment() -> None:
    """64, 16 and 20 of a hundred, and the summary tells from when to when."""
    frame, columns = days(100)
    found = parts(frame, columns, "regression", Split())
    assert Counter(found.tolist()) == {0: 64, 1: 16, 2: 20}
    assert frame["when"][found == 0].max() < frame["when"][found == 1].min() < frame["when"][found == 2].min()
    summary = split_summary(frame, columns, "regression", Split(), found)
    assert summary.spans["train"] == ("2024-01-01", "2024-03-04")
    assert summary.spans["test"] == ("2024-03-21", "2024-04-09")
    assert any("what is learnt is older than what is judged" in note for note in summary.notes)


def test_rows_without_a_time_are_left_out_and_said() -> None:
    """Nobody knows on which side of the cut they were."""
    frame, columns = days(100)
    frame.loc[frame.index[:7], "when"] = pd.NaT
    found = parts(frame, columns, "regression", Split())
    assert (found[:7] == -1).all()
    notes = split_summary(frame, columns, "regression", Split(), found).notes
    assert notes[0] == "7 rows have no target or no time and are left out."


def test_copies_that_time_puts_on_two_sides_are_said() -> None:
    """The same row in January and in April: the test row is a copy, and the note counts it."""
    frame, columns = days(100)
    order = np.argsort(frame["when"].to_numpy())
    frame.iloc[order[-1], 1:] = frame.iloc[order[0], 1:]
    found = parts(frame, columns, "regression", Split())
    notes = split_summary(frame, columns, "regression", Split(), found).notes
    assert any("1 of the 20 test rows is a copy of a training row" in note for note in notes)


def test_a_column_without_an_order_is_refused() -> None:
    """Words tell no time: the error names the column."""
    frame, columns = table(
        when=("categorical", ["spring", "autumn"] * 10), y=("numeric", np.arange(20.0)), x=("numeric", np.arange(20.0))
    )
    with pytest.raises(DataError, match="dates or numbers") as caught:
        parts(frame, columns.changed("when", role="time"), "regression", Split())
    assert caught.value.column == "when"


def test_a_split_column_decides_and_time_only_takes_validation_from_train() -> None:
    """The latest training rows choose the epoch; training rows after test rows are said."""
    frame, columns = days(100)
    frame["part"] = pd.array(np.where(frame["when"] < "2024-01-21", "test", "train"), dtype="str")
    columns = columns.having(columns=(*columns.columns, columns["x"].having(name="part", kind="categorical")))
    columns = columns.changed("part", role="split")
    found = parts(frame, columns, "regression", Split())
    assert Counter(found.tolist()) == {0: 64, 1: 16, 2: 20}
    assert frame["when"][found == 1].min() > frame["when"][found == 0].max()
    notes = split_summary(frame, columns, "regression", Split(), found).notes
    assert any(
        note.startswith("Training rows reach to 2024-03-24, and test rows begin at 2024-01-01") for note in notes
    )


def test_groups_may_cross_the_cut_and_that_is_said() -> None:
    """Time divides the whole table; a shop that sells on both sides is named as torn."""
    frame, columns = days(60)
    frame["shop"] = pd.array([f"s{i % 4}" for i in range(60)], dtype="str")
    columns = columns.having(columns=(*columns.columns, columns["x"].having(name="shop", kind="categorical")))
    columns = columns.changed("shop", role="group")
    found = parts(frame, columns, "regression", Split())
    assert frame["when"][found == 0].max() < frame["when"][found == 2].min()
    notes = split_summary(frame, columns, "regression", Split(), found).notes
    assert any(note == "Groups of shop lie on several sides: time puts their rows apart." for note in notes)


def test_only_one_column_tells_the_time() -> None:
    """A second one takes the role over."""
    _, columns = days(12)
    changed = columns.changed("x", role="time")
    assert (changed.time_column, changed["when"].role) == ("x", "ignore")
