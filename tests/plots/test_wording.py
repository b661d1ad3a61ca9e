"""Texts inside pictures, and long curves with few points."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.plots.canvas import apart
from nnlab.plots.envelope import envelope
from nnlab.plots.wording import count, figure, one_line, percent, shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Fare", "Fare"),
        ("a < b & c", "a\u00a0&lt;\u00a0b\u00a0&amp;\u00a0c"),
        ("$x^2$", "&#36;x^2&#36;"),
        ("%{y}", "%&#123;y}"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("two\nlines\u202e", "two\u00a0lines"),
        ("", "(empty)"),
        ("x" * 30, "x" * 23 + "…"),
    ],
)
def test_a_strangers_name_is_shown_as_text(name: str, text: str) -> None:
    """No tag, formula, placeholder, line break or turned writing gets through, and no name breaks at a blank."""
    assert shown(name) == text


def test_a_name_in_words_is_left_unescaped() -> None:
    """Alternative texts are no HTML."""
    assert one_line("a <b>\n c", 40) == "a <b> c"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8404, "0.840"),
        (-0.0203, "\u22120.020"),
        (-1e-12, "\u22121.00e-12"),
        (0.0, "0.000"),
        (12.345, "12.35"),
        (123.45, "123.5"),
        (12345.6, "12\u202f346"),
        (1.5e9, "1.50e+09"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_a_figure_has_three_digits_that_matter(value: float | None, text: str) -> None:
    """A true minus, narrow spaces between thousands, a dash for what is not there."""
    assert figure(value) == text


def test_percents_are_never_none_or_all_by_rounding() -> None:
    """One row of a thousand is not 0 %."""
    assert [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == [
        "0\u202f%",
        "<\u202f1\u202f%",
        "50\u202f%",
        ">\u202f99\u202f%",
        "100\u202f%",
    ]
    assert count(1234567) == "1\u202f234\u202f567"


def test_an_envelope_keeps_peaks_ends_and_order() -> None:
    """Of a million points at most 500 are drawn, among them the spike."""
    y = np.sin(np.linspace(0, 50, 1_000_000))
    y[123_456] = 9
    x_kept, y_kept = envelope(np.arange(1_000_000), y)
    assert len(x_kept) <= 500
    assert (np.diff(x_kept) > 0).all()
    assert (x_kept[0], x_kept[-1], y_kept.max(), y_kept.min()) == (0, 999_999, 9, y.min())


@pytest.mark.parametrize("n_points", [0, 1, 2, 499, 500, 501, 502, 1003])
def test_an_envelope_is_never_longer_than_said_and_short_curves_stay(n_points: int) -> None:
    """Whatever the length."""
    x_kept, _ = envelope(np.arange(n_points), np.random.default_rng(0).normal(size=n_points))
    assert len(x_kept) == n_points if n_points <= 500 else len(x_kept) <= 500


def test_points_that_are_no_numbers_are_not_drawn() -> None:
    """A diverged loss ends its line."""
    x_kept, y_kept = envelope([1, 2, 3, 4], [0.5, np.nan, np.inf, 0.7])
    assert (x_kept.tolist(), y_kept.tolist()) == ([1, 4], [0.5, 0.7])


def test_labels_that_would_overlap_are_moved_apart_around_their_middle() -> None:
    """As little as needed, in their order."""
    assert apart([100.0, 104.0], 16) == pytest.approx([94, 110])
    assert apart([50.0, 10.0], 16) == [50.0, 10.0]
    three = apart([10.0, 11.0, 12.0], 16)
    assert np.diff(three) == pytest.approx([16, 16], abs=0.1)


def test_a_figure_without_a_unit_is_zero_below_its_digits() -> None:
    """An R² of -0.0004 is told as 0, an error in the target's unit by powers of ten."""
    assert figure(-0.000365, has_unit=False) == "0.000"
    assert figure(0.000365) == "3.65e-04"
