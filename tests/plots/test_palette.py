"""Colours: far enough from their backgrounds, in both themes, and the same ones that the pages use."""

from __future__ import annotations

import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest

from nnlab.data.profile import MOST_SHADES
from nnlab.plots.confusion import ConfusionNumbers, cell_colour
from nnlab.plots.palette import PALETTES, Meaning, Theme, contrast, mixed, palette, shades
from nnlab.plots.regression import DOT_OPACITY

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
THEMES: tuple[Theme, ...] = ("light", "dark")
MEANINGS: tuple[Meaning, ...] = ("train", "validation", "network", "best", "wrong", "data")
# Well-known ratios: the darkest grey that just fails and the lightest that just passes as text, and two pure colours.
KNOWN = [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)]
KNOWN += [("#ff0000", "#ffffff", 4.0), ("#0000ff", "#ffffff", 8.59)]


@pytest.mark.parametrize(("one", "other", "ratio"), KNOWN)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """Against published values, in either order."""
    assert contrast(one, other) == pytest.approx(contrast(other, one)) == pytest.approx(ratio, abs=0.03)


@pytest.mark.parametrize(("theme", "meaning"), list(product(THEMES, MEANINGS)))
def test_lines_and_texts_stand_out_from_both_backgrounds(theme: Theme, meaning: Meaning) -> None:
    """3 : 1 for lines and marks, 4.5 : 1 for text, on the page and on raised surfaces."""
    colours = palette(theme)
    for background in (colours.background, colours.second_background):
        assert contrast(colours.line(meaning), background) >= 3
        assert contrast(colours.said(meaning), background) >= 4.5
        assert contrast(colours.text, background) >= 4.5
        assert contrast(colours.muted, background) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_a_count_in_a_confusion_cell_is_legible_on_every_tint(theme: Theme) -> None:
    """From no row to all rows of the class, rightly and wrongly."""
    colours = palette(theme)
    for full in (colours.right_cell, colours.wrong_cell):
        for share in range(0, 101, 5):
            assert contrast(colours.text, mixed(colours.empty_cell, full, share / 100)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_a_translucent_dot_still_stands_out(theme: Theme) -> None:
    """A row alone on the picture is seen as well as many that overlap."""
    colours = palette(theme)
    assert contrast(mixed(colours.background, colours.line("network"), DOT_OPACITY), colours.background) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_an_error_is_tinted_and_an_empty_cell_is_not(theme: Theme) -> None:
    """Right and wrong differ in colour, more of a row is stronger."""
    numbers = ConfusionNumbers(("a", "b"), ((9, 1), (5, 5)), ((0,), (1,)))
    tints = [cell_colour(numbers, theme, i, j) for i, j in product(range(2), range(2))]
    assert len(set(tints)) == 4
    empty = ConfusionNumbers(("a", "b"), ((9, 0), (0, 9)), ((0,), (1,)))
    assert cell_colour(empty, theme, 0, 1) == palette(theme).empty_cell


@pytest.mark.parametrize(("theme", "n_classes"), list(product(THEMES, (1, 2, 3))))
def test_the_shades_of_classes_stand_out_and_differ(theme: Theme, n_classes: int) -> None:
    """Slate alone without a target; each 3 : 1 from both grounds, any two of them 1.5 : 1 from each other."""
    made, colours = shades(theme, n_classes), palette(theme)
    assert len(made) == n_classes
    assert made[0] == colours.line("data")
    assert all(contrast(shade, colours.background) >= 3 for shade in made)
    assert all(contrast(shade, colours.second_background) >= 3 for shade in made)
    assert all(contrast(one, other) >= 1.5 for one, other in combinations(made, 2))


@pytest.mark.parametrize("theme", THEMES)
def test_what_joins_all_other_classes_is_slate(theme: Theme) -> None:
    """The two classes that are named stand out from it."""
    slate, *named = shades(theme, 3)
    assert shades(theme, 3, has_other=True) == (*named, slate)
    assert len(palette(theme).shades) == MOST_SHADES


@pytest.mark.parametrize("theme", THEMES)
def test_the_pages_use_the_same_colours(theme: Theme) -> None:
    """One meaning, one colour: what the theme of the pages says is what the pictures draw."""
    said = tomllib.loads(CONFIG.read_text("utf-8"))["theme"][theme]
    colours = PALETTES[theme]
    pairs = {
        "backgroundColor": colours.background,
        "secondaryBackgroundColor": colours.second_background,
        "textColor": colours.text,
        "borderColor": colours.grid,
        "blueColor": colours.line("train"),
        "orangeColor": colours.line("validation"),
        "violetColor": colours.line("network"),
        "greenColor": colours.line("best"),
        "redColor": colours.line("wrong"),
        "grayColor": colours.line("data"),
        "blueTextColor": colours.said("train"),
        "orangeTextColor": colours.said("validation"),
        "violetTextColor": colours.said("network"),
        "grayTextColor": colours.muted,
    }
    assert {name: said[name] for name in pairs} == pairs


def test_a_minus_in_code_is_that_of_the_text() -> None:
    """The last face of the family has it alone, with the weights of the others: else a browser drops them."""
    faces = [
        face for face in tomllib.loads(CONFIG.read_text("utf-8"))["theme"]["fontFaces"] if face["family"] != "Inter"
    ]
    *letters, minus = faces
    assert minus["unicodeRange"] == "U+2212"
    assert "inter" in minus["url"]
    assert {face["weight"] for face in letters} == {minus["weight"]}
    assert not any("U+2212" in face["unicodeRange"] for face in letters)
