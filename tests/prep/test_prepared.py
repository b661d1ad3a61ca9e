"""A table made ready after a change is what it would be from the start, and only what changed is done anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.data.columns import Column, Columns
from nnlab.errors import NnlabError
from nnlab.prep import fit as fitting
from nnlab.prep import recipe as recipes
from nnlab.prep import repeats
from nnlab.prep.prepared import Prepared, prepared
from nnlab.prep.recipe import Recipe
from nnlab.prep.repeats import RowHashes, repeated
from nnlab.prep.split import Split
from nnlab.prep.steps import steps
from tests.batteries import battery
from tests.prep.tables import mixed

CHAINS = {
    "robust": (steps["impute_median"](), steps["robust_scale"]()),
    "min_max": (steps["impute_mean"](), steps["min_max_scale"]()),
}
CHANGES = st.one_of(
    st.tuples(st.just("role"), st.sampled_from(["a", "b", "c", "when", "key"]), st.sampled_from(["feature", "ignore"])),
    st.tuples(st.just("role"), st.sampled_from(["colour", "key"]), st.just("group")),
    st.tuples(st.just("role"), st.just("when"), st.just("time")),
    st.tuples(st.just("kind"), st.sampled_from(["a", "c"]), st.sampled_from(["numeric", "categorical"])),
    st.tuples(st.just("steps"), st.sampled_from(["a", "b"]), st.sampled_from(["robust", "min_max", "default"])),
    st.tuples(st.just("seed"), st.just(""), st.sampled_from(["1", "2"])),
    st.tuples(st.just("feeding"), st.just(""), st.sampled_from(["table", "codes"])),
)


def changed(columns: Columns, split: Split, recipe: Recipe, change: tuple[str, str, str]) -> Any:
    what, name, value = change
    if what == "seed":
        return columns, split.having(seed=int(value)), recipe
    if what == "feeding":
        return columns, split, recipe.feeding([value])
    if what == "steps":
        return columns, split, recipe.changed(name, CHAINS.get(value))
    kept = recipe.changed(name, None)  # as a project does: steps go with kind and role
    asked: Any = {what: value}
    return columns.changed(name, **asked), split, kept


def same(one: Prepared, other: Prepared) -> bool:
    return (
        one.fitted == other.fitted
        and (one.recipe, one.summary, one.task) == (other.recipe, other.summary, other.task)
        and one.parts.tolist() == other.parts.tolist()
        and one.frame.equals(other.frame)
    )


@given(st.lists(CHANGES, min_size=1, max_size=5))
@settings(max_examples=battery(25, 400), deadline=None)
def test_after_changes_everything_is_as_it_would_be_from_the_start(changes: list[tuple[str, str, str]]) -> None:
    """Kinds, roles, steps and seed in any order: numbers, parts, notes and reasons are equal."""
    frame, columns = mixed(np.random.default_rng(0), 80)
    split, recipe = Split(), Recipe()
    now: Prepared | None = prepared(frame, columns, split, recipe)
    for change in changes:
        columns, split, recipe = changed(columns, split, recipe, change)
        try:
            anew = prepared(frame, columns, split, recipe)
        except NnlabError as error:
            with pytest.raises(type(error)):
                prepared(frame, columns, split, recipe, now)
            continue
        now = prepared(frame, columns, split, recipe, now)
        assert same(now, anew)


def test_a_change_of_one_column_learns_one_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are the very same objects; the split and its summary too."""
    frame, columns = mixed(np.random.default_rng(0), 80)
    before = prepared(frame, columns, Split(), Recipe())
    learnt: list[str] = []
    original = fitting.fit_column
    monkeypatch.setattr(
        fitting, "fit_column", lambda column, *more: (learnt.append(column.name), original(column, *more))[1]
    )
    after = prepared(frame, columns, Split(), Recipe().changed("a", CHAINS["robust"]), before)
    assert learnt == ["a"]
    assert after.summary is before.summary
    assert after.frame is before.frame
    assert sum(one is other for one, other in zip(before.fitted.features, after.fitted.features, strict=True)) == 8


@pytest.mark.parametrize("seed", range(battery(5, 50)))
def test_hashes_kept_up_to_date_group_the_rows_as_pandas_does(seed: int) -> None:
    """After columns come and go the groups are those of the frame's equal rows."""
    rng = np.random.default_rng(seed)
    frame, columns = mixed(rng, 60)
    frame = frame.assign(a=rng.integers(0, 3, 60) * 1.0, b=rng.integers(0, 2, 60) * 1.0, c=0.0)
    hashes = RowHashes.of(frame, columns)
    for name in ("when", "note", "colour", "flag", "a"):
        columns = columns.changed(name, role="ignore")
        hashes = hashes.renewed(frame, columns, frame)
        used = [c.name for c in columns.columns if c.role != "ignore" and c.kind not in ("id", "constant")]
        expected = frame.groupby(used, dropna=False, sort=False).ngroup().to_numpy()
        assert hashes.groups().tolist() == expected.tolist() == repeated(frame, columns).tolist()


@pytest.mark.parametrize("seed", range(battery(5, 100)))
def test_rows_that_only_a_late_column_tells_apart_are_told_apart(seed: int) -> None:
    """Thirty columns, most of them alike in all rows, some rows copies: whichever columns go and come back."""
    rng = np.random.default_rng(seed)
    data = np.full((40, 30), 7.0)
    for place in rng.choice(30, 6, replace=False):
        data[:, place] = rng.integers(0, 4, 40)
    data[30:] = data[rng.integers(0, 30, 10)]
    frame = pd.DataFrame(data, columns=[f"x{place}" for place in range(30)])
    columns = Columns(columns=tuple(Column(name=name, kind="numeric") for name in frame.columns))
    hashes = RowHashes.of(frame, columns)
    for _ in range(12):
        name = str(rng.choice(frame.columns))
        columns = columns.changed(name, role="ignore" if columns[name].role == "feature" else "feature")
        hashes = hashes.renewed(frame, columns, frame)
        used = [column.name for column in columns.features]
        expected = frame.groupby(used, sort=False).ngroup().tolist()
        assert hashes.groups().tolist() == expected == repeated(frame, columns).tolist()


def test_rows_that_the_first_columns_tell_apart_are_not_read_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two copies among many rows all columns are looked at, of the others a few."""
    data = np.random.default_rng(0).normal(size=(300, 50))
    data[299] = data[0]
    frame = pd.DataFrame(data, columns=[f"x{place}" for place in range(50)])
    n_cells: list[int] = []
    original = repeats._hashed
    monkeypatch.setattr(repeats, "_hashed", lambda series, rows: n_cells.append(len(rows)) or original(series, rows))
    groups = repeated(frame, Columns(columns=tuple(Column(name=name, kind="numeric") for name in frame.columns)))
    assert groups[299] == groups[0]
    assert len(set(groups.tolist())) == 299
    assert n_cells == [300] * repeats.N_FIRST + [2] * (50 - repeats.N_FIRST)


def test_defaults_of_columns_that_stay_are_not_sought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand columns' values are not looked at for the change of one."""
    frame, columns = mixed(np.random.default_rng(0), 80)
    first = prepared(frame, columns, Split(), Recipe())
    sought: list[str] = []
    seek = recipes.default_steps
    monkeypatch.setattr(
        recipes, "default_steps", lambda column, *rest: sought.append(column.name) or seek(column, *rest)
    )
    prepared(frame, columns, Split(), Recipe().changed("a", CHAINS["robust"]), first)
    assert sought == []
    prepared(frame, columns, Split(), Recipe().feeding(["codes"]), first)
    assert len(sought) > 3
