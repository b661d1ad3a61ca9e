"""Numbers and dates as people read them."""

from __future__ import annotations

import pytest

from nnlab.prep.wording import fitting, fixed, listed, moment, number, quoted, year


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (28.0, "28"),
        (29.104, "29.1"),
        (-0.0892, "−0.0892"),
        (1_234_567.0, "1\u202f234\u202f567"),
        (0.0, "0"),
        (1e20, "1e+20"),
        (-1.5e-9, "−1.5e−09"),
        (float("nan"), "missing"),
        (float("-inf"), "−∞"),
        (99.996, "100"),
    ],
)
def test_a_number_is_short_and_keeps_its_whole_digits(value: float, text: str) -> None:
    """Four significant digits, a real minus, thin spaces."""
    assert number(value) == text


def test_a_formula_has_fixed_places() -> None:
    """Two places at ordinary sizes, the short form else."""
    assert [fixed(v) for v in (29.1, -0.0892, 0.0, 0.00123, 1234.5)] == [
        "29.10",
        "−0.09",
        "0.00",
        "0.00123",
        "1\u202f234.50",
    ]


def test_a_moment_shows_its_time_only_where_it_has_one() -> None:
    """Seconds since 1970 in UTC."""
    assert moment(0) == "1970-01-01"
    assert moment(1_709_211_900) == "2024-02-29 13:05"
    assert "year" in moment(1e14)


def test_a_year_has_no_space_between_thousands() -> None:
    """Unlike a number."""
    assert year(1949.0) == year(1949.0, 3) == "1949"
    assert number(1949.0) == "1\u202f949"


def test_a_word_is_quoted_and_a_long_one_cut() -> None:
    """A comma is seen to be a word."""
    assert quoted(",") == "“,”"
    assert quoted("a" * 30) == f"“{'a' * 23}…”"


def test_parts_that_have_no_room_are_counted() -> None:
    """None is cut, the first is always there, and what fits is not counted."""
    assert fitting(["abc", "def", "ghi"], 15) == "abc · def · ghi"
    assert fitting(["abc", "def", "ghi", "jkl"], 18) == "abc · def · 2 more"
    assert fitting(["abc", "def", "ghi"], 2) == "abc · 2 more"
    assert fitting(["abc"], 2) == "abc"


def test_a_list_counts_what_it_does_not_name() -> None:
    """Up to five names."""
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(list("abcdefg")) == "a, b, c, d and 3 more"
