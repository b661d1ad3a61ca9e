"""Computed columns: what they give beside pandas, and that no text makes anything but an error of ours."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.cleaning.expression import FUNCTIONS, columns_of, evaluated, parsed, quoted
from nnlab.cleaning.expression.operators import OPERATORS
from nnlab.cleaning.expression.tokens import SIGNS
from nnlab.errors import NnlabError, SpecError
from tests.batteries import battery
from tests.cleaning.frames import cells, frame

FRAME = frame(
    a=[1.5, None, -30.0, 4.0],
    b=[2.0, 0.0, 7.0, -0.5],
    t=["x", "3.5", None, "Yes"],
    day=[pd.Timestamp("2020-01-31"), None, pd.Timestamp("1999-12-31 06:00"), pd.Timestamp("2024-02-29")],
    **{"odd name]": [1.0, 2.0, 3.0, 4.0]},
)
A, B, DAY = FRAME.a, FRAME.b, FRAME.day


def given(text: str) -> list[Any]:
    return cells(evaluated(parsed(text), FRAME))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * 2", A + B * 2),
        ("(a + b) * 2", (A + B) * 2),
        ("a - b - 1", A - B - 1),
        ("a / b", (A / B).replace([np.inf, -np.inf], np.nan)),
        ("a % b", (A % B).where(B != 0)),
        ("-a ^ 2", -(A**2)),
        ("2 ^ 3 ^ 0.5", pd.Series([2 ** (3**0.5)] * 4)),
        ("[odd name]]] + 1", FRAME["odd name]"] + 1),
        ("`odd name]` * a", FRAME["odd name]"] * A),
        ("abs(a)", A.abs()),
        ("sqrt(a)", np.sqrt(A.where(A >= 0))),
        ("log(b)", np.log(B.where(B > 0))),
        ("round(a / 7, 2)", (A / 7).round(2)),
        ("min(a, b, 1)", pd.concat([A, B], axis=1).assign(c=1).min(axis=1)),
        ("max(a, b)", pd.concat([A, B], axis=1).max(axis=1)),
        ("length(t)", FRAME.t.str.len()),
        ("number(t)", pd.to_numeric(FRAME.t, errors="coerce")),
        ("year(day)", DAY.dt.year),
        ("weekday(day)", DAY.dt.day_of_week + 1),
        ("hour(day)", DAY.dt.hour),
        ('day - date("2020-01-01")', (DAY - pd.Timestamp("2020-01-01")) / pd.Timedelta(days=1)),
        ('hours_between(date("01.02.99", "DD.MM.YY"), day)', (DAY - pd.Timestamp("1999-02-01")) / pd.Timedelta("1h")),
        ("if(a > b, a, b)", A.where(A > B, B)),
        ("coalesce(a, b)", A.fillna(B)),
    ],
)  # fmt: skip
def test_numbers_come_out_as_pandas_gives_them(text: str, expected: pd.Series[Any]) -> None:
    """What is infinite or undefined is missing."""
    found = evaluated(parsed(text), FRAME)
    np.testing.assert_allclose(found.to_numpy(), expected.astype("float64").to_numpy(), rtol=1e-15)
    assert found.index.equals(FRAME.index)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > 1 and b > 0", ["yes", "no", "no", "no"]),
        ("a > 1 or b > 0", ["yes", None, "yes", "yes"]),
        ("not a > 1", ["no", None, "yes", "no"]),
        ("a = missing", [None, None, None, None]),
        ("is_missing(a)", ["no", "yes", "no", "no"]),
        ('t = "x"', ["yes", "no", None, "no"]),
        ("t > 3", [None, "yes", None, None]),
        ('day > "2020-01-01"', ["yes", None, "no", "yes"]),
        ('matches(t, "^[0-9]")', ["no", "yes", None, "no"]),
        ('contains(t, "e")', ["no", "no", None, "yes"]),
        ('extract(t, "([0-9])\\.")', [None, "3", None, None]),
        ('upper(t) & "-" & a', ["X-1.5", "3.5-", "--30", "YES-4"]),
        ("concat(t, b)", ["x2", "3.50", "7", "Yes-0.5"]),
        ('replace(t, "e", "ee")', ["x", "3.5", None, "Yees"]),
        ('if(a > 2, "old", "young")', ["young", "young", "young", "old"]),
        ('if(a > 2, "old")', [None, None, None, "old"]),
        ("coalesce(t, a)", ["x", "3.5", "-30", "Yes"]),
        ("text(day)", ["2020-01-31", None, "1999-12-31 06:00:00", "2024-02-29"]),
        ('"it""s"', ['it"s'] * 4),
    ],
)
def test_truth_and_text(text: str, expected: list[Any]) -> None:
    """A comparison with a missing cell is missing; `if` takes that for no."""
    assert given(text) == expected


def test_moments_can_be_shifted_and_chosen() -> None:
    assert given("day + 1.5")[0] == pd.Timestamp("2020-02-01 12:00")
    assert given("day + 1e300") == [None] * 4
    assert given('coalesce(day, date("2000-01-01"))')[1] == pd.Timestamp("2000-01-01")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1), ("a +", 4), ("1 2", 3), ("foo(1)", 1), ("[a", 1), ('"a', 1), ("((a)", 5), ("a < b < 1", 7),
        ("a.real", 2), ('__import__("os")', 1), ("lambda: a", 7), ("a if b else t", 3), ("a[0]", 2), ("{a}", 1),
        ("matches(t, t)", 12), ("round(a, b)", 10), ("round(a, 1, 2)", 1), ("if(a)", 1), ("and", 1), ("a and", 6),
        ("1e999", 1), ("a; b", 2), ("a := 1", 3), ("@a", 1), ("f'{a}'", 2), ("a\\b", 2), ("*a", 1), ("()", 2),
        ("(" * 200 + "a" + ")" * 200, 41), ("-" * 500 + "a", 41), ("a" + "+a" * 300, 400), ("not " * 300 + "a", 161),
        ("abs(" * 200 + "a" + ")" * 200, 161), ("2^" * 200 + "a", 81),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, place: int) -> None:
    with pytest.raises(SpecError) as raised:
        parsed(text)
    assert raised.value.where == f"expression, character {place}"


def test_a_long_expression_is_refused_before_it_is_read() -> None:
    with pytest.raises(SpecError, match="2000 characters"):
        parsed("a" * 5_000)


@pytest.mark.parametrize("text", ['matches(t, "(")', 'date(t, "%c")', 'extract(t, "(?<=a)b")'])
def test_what_only_data_show_to_be_wrong_is_told_too(text: str) -> None:
    with pytest.raises(SpecError, match="character 1"):
        evaluated(parsed(text), FRAME)


def test_text_cannot_grow_beyond_what_is_granted() -> None:
    """Forty doublings would fill any memory; the next one is refused before it is made."""
    text = "t"
    for _ in range(12):
        text = f'replace({text}, "x", "{"x" * 100}")'
    with pytest.raises(NnlabError, match="may take"):
        evaluated(parsed(text), FRAME)


@pytest.mark.parametrize("name", ["a", "odd name]", "ünïcode", "and", "missing", "2x", "", "a\nb", "if", "`]["])
def test_any_column_can_be_named(name: str) -> None:
    node = parsed(f"{quoted(name)} & {quoted(name)}")
    assert columns_of(node) == (name,)
    assert cells(evaluated(node, frame(**{name: ["x"]}))) == ["xx"]


def test_a_word_that_is_no_column_never_reaches_python() -> None:
    """Names are looked up among the columns of the frame alone."""
    for name in ("__class__", "evaluated", "print", "index", "columns", "self"):
        with pytest.raises(KeyError):  # the step asks for its columns before it comes to this
            evaluated(parsed(name), FRAME)


WORDS = [
    *SIGNS, *FUNCTIONS, *OPERATORS, "a", "b", "t", "day", "[odd name]]]", "1", "2.5", '"x"', '"2020-01-01"', "missing",
    "true", "__class__", "lambda", ".", "[", "]", '"', "'", "\\", "é", "\x00", "(", ")", ",", " ", "1e308", "0",
]  # fmt: skip


def test_no_text_does_anything_but_give_cells_or_an_error_of_ours() -> None:
    """Random words in random order; half of them balanced calls, so that many are understood."""
    draw = random.Random(0)
    n_understood = 0
    for _ in range(battery(400, 20_000)):
        text = "".join(draw.choice(WORDS) for _ in range(draw.randint(1, 12))) if draw.random() < 0.4 else call(draw, 3)
        try:
            node = parsed(text)
            if not set(columns_of(node)) <= set(FRAME.columns):
                continue
            found = evaluated(node, FRAME)
        except NnlabError:
            continue
        n_understood += 1
        assert len(found) == 4
        assert str(found.dtype) in ("float64", "str") or found.dtype.kind == "M"
        if found.dtype == "float64":
            assert not np.isinf(found).any()
    assert n_understood > battery(100, 5_000)


def call(draw: random.Random, depth: int) -> str:
    """A random expression whose brackets close."""
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(["a", "b", "t", "day", "1", "0", "2.5", '"x"', '"2020-01-01"', "missing", "true"])
    if draw.random() < 0.5:
        sign = draw.choice(["+", "-", "*", "/", "%", "^", "&", "=", "≠", "<", ">=", " and ", " or "])
        return f"({call(draw, depth - 1)}){sign}({call(draw, depth - 1)})"
    name = draw.choice(list(FUNCTIONS))
    function = FUNCTIONS[name]
    n_parts = draw.randint(function.least, min(function.most, 3))
    parts = ['"x"' if function.constants.get(n) is str else "2" if n in function.constants else call(draw, depth - 1)
             for n in range(n_parts)]  # fmt: skip
    return f"{name}({', '.join(parts)})"


@pytest.mark.parametrize(("text", "came"), [("a ? 1", '"?"'), ("a 1", '"1"'), ("(a", "the end"), ("a + )", '")"')])
def test_an_error_quotes_what_came(text: str, came: str) -> None:
    with pytest.raises(SpecError) as told_of:
        parsed(text)
    assert told_of.value.came == came
    assert str(told_of.value).endswith(f"What came: {came}.")
