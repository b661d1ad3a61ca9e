"""The default recipe: steps by kind and by the shape of the values, each with its reason; a person's choice wins."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.data.columns import Column
from nnlab.errors import SpecError
from nnlab.prep.recipe import ColumnRecipe, Recipe, default_steps, resolve
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from tests.prep.tables import mixed, typed


def kinds_of(kind: str, cells: object) -> list[str]:
    chain, reason = default_steps(Column(name="c", kind=kind), typed(cells, kind))  # type: ignore[arg-type]
    assert reason.endswith(".")
    return [step.kind for step in chain]


def test_each_kind_has_its_default() -> None:
    """Numbers are imputed and scaled, levels one-hot, dates taken apart, the rest left out."""
    rng = np.random.default_rng(0)
    assert kinds_of("numeric", rng.standard_normal(100)) == ["impute_median", "standardize"]
    assert kinds_of("categorical", ["a", "b", None]) == ["one_hot"]
    assert kinds_of("boolean", ["yes", "no"]) == ["one_hot"]
    assert kinds_of("datetime", ["2024-01-01", "2025-06-01"]) == ["impute_median", "date_parts", "standardize"]
    assert kinds_of("text", ["a text", "another"]) == ["leave_out"]
    assert kinds_of("id", ["1", "2"]) == ["leave_out"]
    assert kinds_of("constant", ["x", "x"]) == ["leave_out"]


def test_numbers_are_scaled_by_their_shape() -> None:
    """Missing ones get an indicator, skewed ones their logarithm, far ones their rank."""
    rng = np.random.default_rng(1)
    values = rng.standard_normal(500)
    assert kinds_of("numeric", np.where(values > 1, np.nan, values))[:2] == ["impute_median", "missing_indicator"]
    assert kinds_of("numeric", np.exp(2 * values) * 100) == ["impute_median", "log1p", "standardize"]
    assert kinds_of("numeric", np.append(values, 1e6) - 1) == ["impute_median", "quantile_normal"]


def test_a_column_without_a_training_value_is_left_out() -> None:
    """FAULTS 2: named in its reason, and training goes on."""
    assert kinds_of("numeric", np.full(5, np.nan)) == ["leave_out"]
    assert kinds_of("categorical", [None, None]) == ["leave_out"]
    assert kinds_of("datetime", [None, None]) == ["leave_out"]


def test_missing_text_may_tell_something() -> None:
    """A text column with missing cells gives its is-missing column."""
    assert kinds_of("text", ["C85", None, None, "B28"]) == ["missing_indicator", "leave_out"]


def test_a_resolved_recipe_is_complete_and_keeps_choices() -> None:
    """Every feature in the table's order; entries for columns that are no features are left aside."""
    frame, columns = mixed(np.random.default_rng(2))
    chosen = Recipe(
        columns=(
            ColumnRecipe(column="b", steps=(steps["robust_scale"](),)),
            ColumnRecipe(column="y", steps=(steps["standardize"](),)),
        )
    )
    whole = resolve(chosen, frame, columns, parts(frame, columns, "binary", Split()))
    assert [entry.column for entry in whole.columns] == [column.name for column in columns.features]
    assert whole["b"] == chosen.columns[0]
    assert all(entry.reason for entry in whole.columns if entry.column != "b")
    assert Recipe.parse(whole.plain()) == whole


def test_defaults_look_at_training_rows_only() -> None:
    """Whatever the other rows hold, the resolved recipe stays the same."""
    frame, columns = mixed(np.random.default_rng(3))
    part = parts(frame, columns, "binary", Split())
    before = resolve(Recipe(), frame, columns, part)
    frame.loc[part != 0, "a"] = 1e9
    frame.loc[part != 0, "colour"] = "never"
    assert resolve(Recipe(), frame, columns, part) == before


def test_a_recipe_changes_by_column() -> None:
    """Changing twice keeps the last; None goes back to the default."""
    once = Recipe().changed("a", (steps["log1p"](),)).changed("a", (steps["standardize"](),))
    assert [step.kind for step in once["a"].steps] == ["standardize"]
    assert once.changed("a", None) == Recipe()
    assert "a" in once
    with pytest.raises(SpecError):
        Recipe()["a"]


def test_a_recipe_changes_for_many_columns_at_once() -> None:
    """As one after the other; None puts all of them back, and the others stay."""
    chain = (steps["log1p"](),)
    one_by_one = Recipe().changed("a", (steps["clip"](),)).changed("b", chain).changed("c", chain)
    at_once = Recipe().changed("a", (steps["clip"](),)).changed("b", ()).changed_many(["b", "c", "b"], chain)
    assert at_once == one_by_one
    assert at_once.changed_many(["a", "b", "c"], None) == Recipe()
    assert [entry.column for entry in at_once.changed_many(["a"], None).columns] == ["b", "c"]


def test_an_unknown_step_is_refused_with_the_nearest_name() -> None:
    """The path of the field and a suggestion."""
    data = {"columns": [{"column": "a", "steps": [{"kind": "standardise"}]}]}
    with pytest.raises(SpecError, match="Did you mean standardize"):
        Recipe.parse(data)
