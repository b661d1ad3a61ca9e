"""Each step of cleaning against a line of pandas, or against what a person would write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.cleaning.steps import cleaning_steps
from nnlab.errors import DataError, SpecError
from tests.cleaning.frames import cells, frame
from tests.timed import Timed

DAYS = [pd.Timestamp("2024-01-31"), pd.Timestamp("2023-02-01 08:30"), None, pd.Timestamp("2024-02-29")]
FRAME = frame(
    age=[31.0, 4.0, None, 70.5],
    sex=["M", "male", None, "F"],
    day=DAYS,
    place=["Rome, IT", "Bonn, DE, EU", "Oslo", None],
)


def made(kind: str, data: pd.DataFrame = FRAME, **fields: Any) -> pd.DataFrame:
    return cleaning_steps.parse({"kind": kind, **fields}).apply(data)


def condition(column: str, comparison: str, value: object = "", **more: Any) -> dict[str, Any]:
    return {"column": column, "comparison": comparison, "value": value, **more}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (condition("age", "more", 30), FRAME.age > 30),
        (condition("age", "at_least", "70.5"), FRAME.age >= 70.5),
        (condition("age", "less", 30), FRAME.age < 30),
        (condition("age", "at_most", 31), FRAME.age <= 31),
        (condition("age", "equals", "4.0"), FRAME.age == 4),
        (condition("age", "not_equals", 4), FRAME.age != 4),
        (condition("age", "between", 4, upper=31), FRAME.age.between(4, 31)),
        (condition("age", "one_of", values=["4", 70.5]), FRAME.age.isin([4, 70.5])),
        (condition("age", "is_missing"), FRAME.age.isna()),
        (condition("age", "is_filled"), FRAME.age.notna()),
        (condition("sex", "equals", "male"), FRAME.sex == "male"),
        (condition("sex", "not_equals", "male"), FRAME.sex != "male"),
        (condition("sex", "equals", "MALE", ignores_case=True), FRAME.sex == "male"),
        (condition("sex", "contains", "al"), FRAME.sex.str.contains("al") == True),  # noqa: E712
        (condition("sex", "starts_with", "m", ignores_case=True), FRAME.sex.str.lower().str.startswith("m") == True),  # noqa: E712
        (condition("place", "ends_with", "EU"), FRAME.place.str.endswith("EU") == True),  # noqa: E712
        (condition("place", "matches", "^[A-Z]o.*, "), FRAME.place.str.match("^[A-Z]o.*, ") == True),  # noqa: E712
        (condition("sex", "one_of", values=["M", "F"]), FRAME.sex.isin(["M", "F"])),
        (condition("day", "less", "2024-01-01"), FRAME.day < "2024-01-01"),
        (condition("day", "equals", "2024-02-29"), FRAME.day == "2024-02-29"),
        (condition("day", "between", "2023-02-01", upper="2024-01-31"), FRAME.day.between("2023-02-01", "2024-01-31")),
    ],
    ids=lambda value: f"{value['column']} {value['comparison']}" if isinstance(value, dict) else "",
)
def test_a_condition_holds_where_pandas_says_so(asked: dict[str, Any], expected: pd.Series[bool]) -> None:
    """Missing cells equal nothing; keeping and dropping are each other's rest, and lines stay with their rows."""
    kept, dropped = (made(kind, conditions=[asked]) for kind in ("keep_rows", "drop_rows"))
    pd.testing.assert_frame_equal(kept, FRAME[expected])
    pd.testing.assert_frame_equal(dropped, FRAME[~expected])


def test_conditions_are_joined_by_all_or_any() -> None:
    asked = [condition("age", "more", 30), condition("sex", "equals", "F")]
    assert list(made("keep_rows", conditions=asked).index) == [5]
    assert list(made("keep_rows", conditions=asked, join="any").index) == [2, 5]


def test_numbers_and_dates_in_columns_of_text_are_compared_as_such() -> None:
    """A cell that is none is never more and never less."""
    data = frame(price=["9", "10.5", "n/k", None], day=["2024-01-31", "2023-06-01", "soon", None])
    assert list(made("keep_rows", data, conditions=[condition("price", "more", 9.5)]).index) == [3]
    assert list(made("keep_rows", data, conditions=[condition("day", "less", "2024-01-01")]).index) == [3]


@pytest.mark.parametrize(
    "asked", [condition("age", "more", "old"), condition("day", "less", 3), condition("sex", "more", "M")]
)
def test_a_value_that_cannot_be_compared_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="needed to compare with") as raised:
        made("keep_rows", conditions=[asked])
    assert raised.value.column == asked["column"]


def test_whole_values_are_replaced() -> None:
    """Numbers by numbers and dates by dates keep their kind; a text among numbers makes text; nothing means missing."""
    sex = made("replace_values", columns=["sex"], replacements=[{"old": "M", "new": "male"}, {"old": "F"}]).sex
    assert cells(sex) == ["male", "male", None, None]
    numbers = made("replace_values", columns=["age"], replacements=[{"old": 4, "new": 40}, {"old": 70.50}]).age
    pd.testing.assert_series_equal(numbers, FRAME.age.replace({4: 40, 70.5: float("nan")}))
    text = made("replace_values", columns=["age"], replacements=[{"old": "4", "new": "four"}]).age
    assert cells(text) == ["31", "four", None, "70.5"]
    days = made("replace_values", columns=["day"], replacements=[{"old": "2024-01-31", "new": "2024-01-30"}]).day
    assert days.iloc[0] == pd.Timestamp("2024-01-30")
    assert days.dtype == FRAME.day.dtype
    chained = made("replace_values", columns=["sex"], replacements=[{"old": "M", "new": "F"}, {"old": "F", "new": "M"}])
    assert cells(chained.sex) == ["F", "male", None, "M"]


def test_a_pattern_replaces_what_it_finds() -> None:
    data = frame(price=["€ 1,50", "2", "€", None])
    assert cells(made("replace_pattern", data, columns=["price"], pattern="[€ ]").price) == ["1,50", "2", None, None]
    swapped = made("replace_pattern", columns=["place"], pattern="^(.*), (..)$", replacement=r"\2 \1").place
    assert cells(swapped) == ["IT Rome", "EU Bonn, DE", "Oslo", None]


@pytest.mark.parametrize("pattern", ["(", "a{3,1}", r"(a)\1", "(?=a)"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """Also what RE2 leaves out because its time could explode."""
    with pytest.raises(SpecError, match="not a pattern"):
        made("replace_pattern", columns=["sex"], pattern=pattern)


def test_a_pattern_that_explodes_elsewhere_takes_no_time() -> None:
    """`(a+)+$` on 5 000 letters would keep Python's `re` busy for longer than the sun shines."""
    data = frame(text=["a" * 5_000 + "b"])
    assert cells(made("replace_pattern", data, columns=["text"], pattern="(a+)+$").text) == ["a" * 5_000 + "b"]


def test_spellings_become_one() -> None:
    fields = {"column": "sex", "spellings": [{"kept": "male", "merged": ["M", "Male "]}]}
    pd.testing.assert_series_equal(made("merge_spellings", **fields).sex, FRAME.sex.replace({"M": "male"}))
    twice = [{"kept": "a", "merged": ["x"]}, {"kept": "b", "merged": ["x"]}]
    with pytest.raises(SpecError, match="named twice"):
        made("merge_spellings", column="sex", spellings=twice)


def test_a_cell_stands_for_the_empty_ones_below() -> None:
    pd.testing.assert_frame_equal(
        made("fill_down", columns=["sex", "age"])[["sex", "age"]], FRAME[["sex", "age"]].ffill()
    )


def test_a_column_is_split() -> None:
    """By what stands between, the last part taking the rest; or by the groups of a pattern."""
    split = made("split_column", column="place", separator=", ", into=["town", "rest"], keeps=False)
    assert list(split.columns) == ["age", "sex", "day", "town", "rest"]
    expected = FRAME.place.str.split(", ", n=1, expand=True)
    assert [cells(split.town), cells(split.rest)] == [cells(expected[0]), cells(expected[1])]
    found = made("split_column", column="place", by="pattern", pattern="([A-Z])([a-z]+)", into=["head", "tail"])
    assert cells(found["head"]) == ["R", "B", "O", None]
    assert cells(found["tail"]) == ["ome", "onn", "slo", None]
    assert cells(found.place) == cells(FRAME.place)


def test_columns_are_joined() -> None:
    """Missing cells leave no separator behind; numbers are written as people write them."""
    joined = made("join_columns", columns=["sex", "age", "day"], separator="/", into="all", keeps=False)
    assert list(joined.columns) == ["place", "all"]
    assert cells(joined["all"]) == ["M/31/2024-01-31", "male/4/2023-02-01 08:30:00", None, "F/70.5/2024-02-29"]


def test_duplicate_rows_leave_their_first() -> None:
    data = frame(a=[1.0, 1.0, None, None], b=["x", "y", "z", "z"])
    assert list(made("drop_duplicates", data).index) == list(data.drop_duplicates().index) == [2, 3, 4]
    assert list(made("drop_duplicates", data, columns=["a"]).index) == list(data.drop_duplicates("a").index)


STEPS: dict[str, dict[str, Any]] = {
    "keep_rows": {"conditions": [condition("age", "more", 3)]},
    "drop_rows": {"conditions": [condition("age", "more", 3)]},
    "replace_values": {"columns": ["self"], "replacements": [{"old": "M"}]},
    "replace_pattern": {"columns": ["self"], "pattern": "M"},
    "merge_spellings": {"column": "self", "spellings": [{"kept": "x", "merged": ["M"]}]},
    "fill_down": {"columns": ["self"]},
    "split_column": {"column": "self", "into": ["name", "index"]},
    "join_columns": {"columns": ["self", "age"], "into": "data"},
    "compute_column": {"into": "columns", "expression": "length(self) + age"},
    "drop_duplicates": {"columns": ["self"]},
}


@pytest.mark.parametrize("kind", cleaning_steps.kinds)
def test_a_step_says_what_it_reads_and_leaves_the_frame_given_as_it_was(kind: str) -> None:
    """Whatever the columns are called; it reads nothing more than it says, and makes and changes nothing more."""
    step = cleaning_steps.parse({"kind": kind, **STEPS[kind]})
    data = frame(age=[1.0, 5.0], self=["M", "n"], other=["q", "r"])
    before = data.copy(deep=True)
    after = step.apply(data)
    pd.testing.assert_frame_equal(data, before)
    assert set(after.columns) == (set(data.columns) | set(step.makes)) - set(step.removes)
    pd.testing.assert_frame_equal(step.apply(data[list(step.reads)])[list(step.makes)], after[list(step.makes)])
    untouched = [name for name in data.columns if name not in (*step.changes, *step.removes)]
    pd.testing.assert_frame_equal(after[untouched], data.loc[after.index, untouched])
    assert step.sentence()
    with pytest.raises(DataError, match="not there"):
        step.check(["other"])
    if step.makes:
        with pytest.raises(DataError, match="there already"):
            step.check([*data.columns, *step.makes])


def test_every_step_is_among_the_examples_above() -> None:
    assert set(STEPS) == set(cleaning_steps.kinds)


def test_many_spellings_and_many_replacements_take_one_pass_each(timed: Timed) -> None:
    """Ten thousand spellings are checked at once, and a step has a bound of how many it merges."""
    names = [f"spelling {n}" for n in range(10_000)]
    with timed("10 000 spellings"), pytest.raises(SpecError, match="'spelling 0' is named twice"):
        merge_of([names, ["spelling 0"]])
    with pytest.raises(SpecError, match="100000 spellings at most"):
        merge_of([[f"{at} {name}" for name in names] for at in range(11)])
    pairs = [{"old": n, "new": n + 1} for n in range(10_000)]
    table = frame(n=[float(n) for n in range(20_000)])
    with timed("10 000 replacements in 20 000 rows"):
        found = cleaning_steps.parse({"kind": "replace_values", "columns": ["n"], "replacements": pairs}).apply(table).n
    assert found.tolist() == [float(n + (n < 10_000)) for n in range(20_000)]


def merge_of(spellings: list[list[str]]) -> None:
    listed = [{"kept": f"kept {at}", "merged": merged} for at, merged in enumerate(spellings)]
    cleaning_steps.parse({"kind": "merge_spellings", "column": "a", "spellings": listed})


def test_a_column_computed_beside_hundreds_comes_last_and_without_a_warning() -> None:
    """Cells of the others are the very same memory."""
    wide = pd.DataFrame({f"x{place}": np.array([float(place), 2.0]) for place in range(200)}, copy=False)
    found = made("compute_column", wide, into="sum", expression="x1 + x2")
    assert list(found.columns) == [*wide.columns, "sum"]
    assert found["sum"].tolist() == [3.0, 4.0]
    assert np.shares_memory(found["x7"].to_numpy(), wide["x7"].to_numpy())
