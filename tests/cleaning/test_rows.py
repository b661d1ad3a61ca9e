"""Raw rows to predict: what they need, and that one row alone becomes what it became in its table, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nnlab.cleaning import Cleaning, cleaned, cleaning_steps
from nnlab.cleaning.rows import RawRows, raw_columns
from nnlab.data.read import read
from nnlab.data.reading import Reading
from nnlab.prep.raw import typed_cells
from tests.batteries import battery
from tests.cleaning.frames import cells, frame, table
from tests.cleaning.test_expression import FUNCTIONS

WORDS = st.sampled_from(["M", "male", "F", "n/k", "3.5", "-2", "1e3", "2024-01-31", "a b", "Ünï", "x-y-z", "yes"])
KINDS = {"word": "str", "other": "str", "x": "float64", "y": "float64", "day": "datetime64[us]"}
MOMENTS = st.datetimes(min_value=pd.Timestamp("1900-01-01"), max_value=pd.Timestamp("2100-01-01"))


def columns(n_rows: int) -> st.SearchStrategy[dict[str, list[Any]]]:
    def listed(cells: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(st.none() | cells, min_size=n_rows, max_size=n_rows)

    number = st.floats(-1e6, 1e6) | st.integers(-20, 20).map(float)
    words, numbers, days = listed(WORDS), listed(number), listed(MOMENTS.map(pd.Timestamp))
    return st.fixed_dictionaries(dict(zip(KINDS, (words, words, numbers, numbers, days), strict=True)))


CALLS = [
    "x / y", "x ^ 2", "x ^ y", "exp(x / 1e5)", "log(x)", "sqrt(abs(y))", "x % 7", "round(x / 7, 3)", "day + x / 1e4",
    "hours_between(day, date(other))", "if(x > y, word, other)", "coalesce(number(word), x)", "word & x & day",
    'extract(word, "([0-9]+)")', "month(day) + weekday(day)", 'word = "M" or x > 0', "min(x, y) - max(x, 3)",
]  # fmt: skip
WRITTEN: list[dict[str, Any]] = [
    *({"kind": "compute_column", "into": "z", "expression": text} for text in CALLS),
    {
        "kind": "replace_values",
        "columns": ["word", "x"],
        "replacements": [{"old": "M", "new": "m"}, {"old": 3, "new": 4}],
    },
    {"kind": "replace_values", "columns": ["x", "y"], "replacements": [{"old": "3"}, {"old": -2, "new": "1e3"}]},
    {"kind": "replace_pattern", "columns": ["word", "y"], "pattern": "([0-9])", "replacement": r"<\1>"},
    {"kind": "merge_spellings", "column": "word", "spellings": [{"kept": "male", "merged": ["M", "n/k"]}]},
    {"kind": "split_column", "column": "word", "separator": "-", "into": ["p", "q"], "keeps": False},
    {"kind": "split_column", "column": "word", "by": "pattern", "pattern": "(.)(.)", "into": ["p", "q"]},
    {"kind": "join_columns", "columns": ["word", "x", "day"], "into": "all"},
]


@pytest.mark.parametrize("plain", WRITTEN, ids=lambda plain: f"{plain['kind']} {plain.get('expression', '')}")
@settings(max_examples=battery(5, 300), deadline=None, derandomize=True, phases=[Phase.generate])
@given(data=st.data())
def test_a_row_alone_becomes_what_it_becomes_in_its_table(plain: dict[str, Any], data: st.DataObject) -> None:
    """And in another order, and with rows after it, to the last bit."""
    n_rows = data.draw(st.integers(1, 9))
    drawn = data.draw(columns(n_rows))
    whole = pd.DataFrame({name: pd.Series(cells, dtype=KINDS[name]) for name, cells in drawn.items()})
    whole.index.name = "line"
    step = cleaning_steps.parse(plain)
    assert step.is_row_wise
    expected = step.apply(whole)
    order = data.draw(st.permutations(range(n_rows)))
    pd.testing.assert_frame_equal(step.apply(whole.iloc[order]), expected.iloc[order], check_exact=True)
    for at in range(n_rows):
        alone = step.apply(whole.iloc[at : at + 1])
        pd.testing.assert_frame_equal(alone, expected.iloc[at : at + 1], check_exact=True)


def test_a_long_column_gives_the_bits_of_its_rows() -> None:
    """Where a library works in blocks, the rest at the end goes another way."""
    random = np.random.default_rng(0)
    whole = frame(x=list(random.lognormal(size=1_003)), y=list(random.normal(size=1_003)))
    for text in ("exp(y)", "log(x)", "x ^ y", "x ^ 2.5", "log10(x)", "sqrt(x)", "x % y", "round(x, 3)", "x / y"):
        step = cleaning_steps.parse({"kind": "compute_column", "into": "z", "expression": text})
        expected = step.apply(whole).z.to_numpy()
        alone = [step.apply(whole.iloc[at : at + 1]).z.iloc[0] for at in range(0, 1_003, battery(17, 1))]
        np.testing.assert_array_equal(alone, expected[:: battery(17, 1)], err_msg=text)


def test_every_function_is_pure() -> None:
    """None of them knows of other rows: there is no sum, mean or rank among them."""
    assert not {"sum", "mean", "rank", "count", "lag"} & set(FUNCTIONS)


STEPS = Cleaning.parse(
    {
        "steps": [
            {"kind": "merge_spellings", "column": "sex", "spellings": [{"kept": "male", "merged": ["M"]}]},
            {"kind": "keep_rows", "conditions": [{"column": "age", "comparison": "is_filled"}]},
            {"kind": "split_column", "column": "size", "separator": "x", "into": ["wide", "high"], "keeps": False},
            {"kind": "compute_column", "into": "area", "expression": "wide * high"},
            {"kind": "compute_column", "into": "unused", "expression": "nothing + 1"},
        ]
    }
)
RAW = table("sex,size,age,nothing\nM,2x3,4,1\nmale,4x5,,2\nF,1x1,9,3\n" + "M,2x2,5,1\n" * 20)
ROWS = RawRows(STEPS, raw_columns(RAW.frame, RAW.columns, ["sex", "size"]))


def test_rows_need_what_their_columns_are_made_of() -> None:
    """And nothing else: a step that no column rests on asks for nothing; what came made is taken as it is."""
    assert STEPS.raw_names(["sex", "area", "age"]) == ("sex", "age", "size")
    assert ROWS.needs(["sex", "area"], ["sex", "size"]) == ("sex", "size")
    assert ROWS.needs(["sex", "area"], ["sex", "area"]) == ("sex", "area")
    assert [step.kind for step in ROWS.steps(["area"], ["size"])] == ["split_column", "compute_column"]
    assert ROWS.steps(["area"], ["area"]) == ()


def test_rows_go_through_the_value_steps_and_none_is_dropped() -> None:
    """Also the one without an age, which the table lost."""
    found, odd = ROWS.cleaned(RAW.frame, ["sex", "area", "age"])
    assert cells(found.sex)[:3] == ["male", "male", "F"]
    assert cells(found.area)[:3] == [6.0, 20.0, 1.0]
    assert len(found) == RAW.n_rows
    assert not odd


def test_rows_as_text_become_what_typed_ones_become() -> None:
    """As a form or `pandas.read_csv(dtype=str)` gives them, whatever their index."""
    raw = table("a,b\n" + "".join(f"{n},{n * n}\n" for n in range(30)))
    steps = Cleaning.parse({"steps": [{"kind": "compute_column", "into": "c", "expression": "a / b"}]})
    rows = RawRows(steps, raw_columns(raw.frame, raw.columns, ["a", "b"]))
    text = pd.DataFrame({"a": ["3", " 4", "x", ""], "b": ["9", "8", "1", None]}, index=[0, 0, 1, 1]).astype("str")
    found, odd = rows.cleaned(text, ["c"])
    assert cells(found.c) == [3 / 9, 4 / 8, None, None]
    assert [(each.column, list(np.flatnonzero(each.flags)), each.cell(2)) for each in odd] == [("a", [2], "x")]


def test_a_form_knows_typical_cells_of_raw_columns() -> None:
    raw = table("n,d,w\n" + "".join(f"{n},2024-01-{n + 1:02},{'ab'[n % 3 == 0]}\n" for n in range(9)) + ",,\n")
    n, d, w = raw_columns(raw.frame, raw.columns, ["n", "d", "w"])
    assert (n.typical, n.minimum, n.maximum, n.is_whole, n.may_be_missing) == (4.0, 0.0, 8.0, True, False)
    assert (d.typical, d.minimum, d.maximum) == ("2024-01-05", "2024-01-01", "2024-01-09")
    assert (w.typical, w.levels) == ("a", ("a", "b"))


@pytest.mark.parametrize("decimal", ["", ","])
def test_what_steps_left_is_read_to_predict_as_it_was_read_to_train(decimal: str) -> None:
    """With the mark that the file shows, and its order of day and month: "ca. 8.654" is thousands in both."""
    lines = [f"ca. {1 + n % 9}.{n:03};{n % 28 + 1:02}/03/2024?;{n},{n % 9}5\n" for n in range(40)]
    raw = read(("price;day;share\n" + "".join(lines)).encode(), "t.csv", Reading(delimiter=";", decimal=decimal))
    found = [{"kind": "replace_pattern", "columns": ["price"], "pattern": "^ca. ", "replacement": ""}]
    found += [{"kind": "replace_pattern", "columns": ["day"], "pattern": "[?]", "replacement": ""}]
    steps = Cleaning.parse({"steps": found})
    done = cleaned(raw, steps)
    rows = RawRows(steps, raw_columns(raw.frame, raw.columns, ["price", "day"]))
    after, _odd = rows.cleaned(raw.frame[:3], ["price", "day"])
    assert cells(done.frame.price)[:3] == [1000.0, 2001.0, 3002.0]
    for name in ("price", "day"):
        typed = typed_cells(after[name], done.columns[name].kind, done.columns[name])
        pd.testing.assert_series_equal(typed, done.frame[name][:3], check_names=False, check_index=False)
        alone = typed_cells(after[name][1:2], done.columns[name].kind, done.columns[name])
        assert alone.iloc[0] == done.frame[name].iloc[1]


def test_a_name_that_a_step_takes_away_and_another_makes_again_is_still_needed_raw() -> None:
    """Split and joined the other way round under the old name: rows to predict have the old one."""
    steps = Cleaning.parse(
        {
            "steps": [
                {"kind": "split_column", "column": "full", "separator": " ", "into": ["l", "r"], "keeps": False},
                {"kind": "join_columns", "columns": ["r", "l"], "into": "full", "separator": ", ", "keeps": False},
            ]
        }
    )
    raw = table("full,y\n" + "".join(f"a{n} b{n},{n}\n" for n in range(9)))
    assert steps.raw_reads(["full", "y"]) == ("full",)
    rows = RawRows(steps, raw_columns(raw.frame, raw.columns, ["full"]))
    assert cells(rows.cleaned(raw.frame[:2], ["full"])[0].full) == ["b0, a0", "b1, a1"]


def test_a_step_in_several_columns_asks_for_none_but_the_wanted() -> None:
    """Each of its columns stands alone: rows to predict need no target because it is spelt anew beside a feature."""
    step = {"kind": "replace_values", "columns": ["sex", "size"], "replacements": [{"old": "M", "new": "male"}]}
    steps = Cleaning.parse({"steps": [step]})
    rows = RawRows(steps, raw_columns(RAW.frame, RAW.columns, ["size"]))
    assert steps.raw_names(["size"]) == rows.needs(["size"], []) == ("size",)
    assert cells(rows.cleaned(RAW.frame[["size"]], ["size"])[0]["size"])[:2] == ["2x3", "4x5"]
    assert not steps.read_of_targets(["size"], ["sex"])


def test_features_that_are_made_of_a_target_are_told() -> None:
    """Also over other columns, and where the target is one that a step made."""
    found = [("ratio", "price / area"), ("twice", "ratio * 2"), ("side", "area ^ 0.5"), ("of_side", "side + 1")]
    listed = [{"kind": "compute_column", "into": into, "expression": said} for into, said in found]
    steps = Cleaning.parse({"steps": listed})
    assert steps.read_of_targets(["ratio", "twice", "side", "area"], ["price"]) == {
        "ratio": ("price",),
        "twice": ("price",),
    }
    assert steps.read_of_targets(["of_side", "area"], ["side"]) == {"of_side": ("side",)}
