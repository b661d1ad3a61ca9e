"""The two scores of the leak meter on one axis."""

from __future__ import annotations

import json

import pytest

from nnlab.plots.leak import LeakNumbers, leak_figure
from nnlab.plots.palette import Theme, palette

THEMES: tuple[Theme, ...] = ("light", "dark")
WAYS = (("scaling and filling learnt from all rows", 0.95), ("<b>rightly</b>", 0.9))


@pytest.mark.parametrize("theme", THEMES)
def test_dots_are_red_and_green_only_where_the_difference_is_telling(theme: Theme) -> None:
    """Green means best: of two scores that cannot be told apart neither is."""
    colours = palette(theme)
    for is_telling, meanings in ((True, ("wrong", "best")), (False, ("data", "data"))):
        figure = leak_figure(LeakNumbers("AUC", 700, WAYS, 0.5, is_telling), theme)
        assert [dot.marker.color for dot in figure.data] == [colours.tones[meaning].line for meaning in meanings]
        said = [(note.text, note.font.color) for note in figure.layout.annotations]
        texts = [colours.tones[meaning].text for meaning in meanings]
        assert said == list(zip(("0.950", "0.900"), texts, strict=True))
        assert json.loads(figure.to_json())["layout"]["uirevision"]


def test_the_words_stand_left_of_the_axis_in_short_lines() -> None:
    """So the rule of guessing crosses none of them; nothing in them acts as markup."""
    figure = leak_figure(LeakNumbers("AUC", 700, WAYS, 0.5, True), "light")
    first, second = figure.layout.yaxis.ticktext
    assert first.replace("\u00a0", " ") == "scaling and<br>filling learnt<br>from all rows"
    assert second == "&lt;b&gt;rightly&lt;/b&gt;"
    assert [dot.y[0] for dot in figure.data] == list(figure.layout.yaxis.tickvals)
    assert figure.layout.shapes[0].x0 == 0.5


def test_a_score_far_below_guessing_is_a_triangle_at_the_edge() -> None:
    """Its figure stands beside it."""
    numbers = LeakNumbers("R²", 70, (("wrongly", 0.9), ("rightly", -30.0)), 0.0, True)
    dot = leak_figure(numbers, "dark").data[1]
    assert (dot.x[0], dot.marker.symbol) == (-1, "triangle-left")
    assert numbers.alt() == "R² on 70 rows: 0.900 wrongly, \u221230.00 rightly."
