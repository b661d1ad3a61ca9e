"""The pictures beside a column: its training cells before, the number it becomes after; NumPy says what is right."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.data.profile import ColumnProfile
from nnlab.prep.before_after import MOST_ROWS, before_after
from nnlab.prep.fit import fit
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from tests.prep.tables import mixed, table


def counted(profile: ColumnProfile) -> int:
    """The cells in all bars."""
    return sum(bar.count for bar in profile.bars)


def test_a_number_is_shown_before_and_after_its_steps() -> None:
    """Standardized: the second profile counts the same cells around 0."""
    values = 50 + 10 * np.random.default_rng(0).standard_normal(400)
    frame, columns = table("y", x=("numeric", values), y=("numeric", values * 2))
    steps = [{"kind": "impute_median"}, {"kind": "standardize"}]
    recipe = Recipe.parse({"columns": [{"column": "x", "steps": steps}]})
    found = parts(frame, columns, "regression", Split(stratified=False))
    train = frame[found == 0]
    before, after = before_after(fit(frame, columns, recipe, found, "regression"), train, "x")
    assert (before.name, before.n_missing) == ("x", 0)
    assert counted(before) == counted(after) == len(train)
    standardized = (train["x"] - train["x"].mean()) / train["x"].std(ddof=0)
    assert after.bars[0].low == pytest.approx(standardized.min(), abs=1e-5)
    assert after.bars[-1].high == pytest.approx(standardized.max(), abs=1e-5)


def test_levels_have_no_picture_of_their_places() -> None:
    """Places that are 0 or 1 say nothing: only the levels are drawn."""
    frame, columns = mixed(np.random.default_rng(0))
    found = parts(frame, columns, "binary", Split())
    fitted = fit(frame, columns, Recipe(), found, "binary")
    level = next(column.name for column in columns.features if column.kind == "categorical")
    assert [profile.name for profile in before_after(fitted, frame[found == 0], level)] == [level]


def test_a_large_table_is_thinned() -> None:
    """Enough rows for a picture, evenly from the whole table."""
    values = np.arange(3 * MOST_ROWS + 1, dtype=float)
    frame, columns = table("y", x=("numeric", values), y=("numeric", values))
    found = parts(frame, columns, "regression", Split(stratified=False))
    fitted = fit(frame, columns, Recipe(), found, "regression")
    before, after = before_after(fitted, frame, "x")
    assert MOST_ROWS // 2 <= counted(before) == counted(after) <= MOST_ROWS
