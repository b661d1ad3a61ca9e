"""Network and baselines on one axis: to which of them it is scaled."""

from __future__ import annotations

from typing import Any

import pytest

from nnlab.plots.headline import DOT_SIZE, Dot, HeadlineNumbers, headline_figure

Interval = tuple[float, float, float]
LINEAR, LIGHTGBM = (0.929, 0.885, 0.96), (0.953, 0.9, 0.98)


def numbers(*, is_higher_better: bool = True, **models: Interval) -> HeadlineNumbers:
    """The figures, each with the ends of its interval."""
    dots = tuple(Dot(name, *figures, name == "network") for name, figures in models.items())
    return HeadlineNumbers("R²", 29, dots, (), False, is_higher_better)


def drawn(made: HeadlineNumbers) -> dict[str, Any]:
    """Of each model by its name: where its mark stands, the mark, the ends of its line and its label."""
    figure = headline_figure(made, "light")
    marks = {trace.y[0]: trace for trace in figure.data if trace.mode == "markers"}
    lines = {trace.y[0]: tuple(trace.x) for trace in figure.data if trace.mode == "lines"}
    notes = {note.y: note.text for note in figure.layout.annotations}
    return {
        dot.name: (marks[row].x[0], marks[row].marker.symbol, lines.get(row), notes[row])
        for row, dot in enumerate(made.dots)
    }


def test_a_far_baseline_does_not_set_the_axis() -> None:
    """It is a triangle near the others' lowest end, with its true figure; their intervals are wider than a dot."""
    made = numbers(network=(0.973, 0.952, 0.984), LightGBM=LIGHTGBM, linear=LINEAR, mean=(-0.065, -0.43, 0.0))
    x, symbol, line, text = drawn(made)["mean"]
    assert (symbol, line, text) == ("triangle-left", None, "\u22120.065")
    assert 0.87 < x < 0.885
    assert drawn(made)["network"] == (0.973, "circle", (0.952, 0.984), "0.973")
    assert (0.984 - 0.952) / (0.984 - x) * 300 > 4 * DOT_SIZE
    assert "mean \u22120.065 (\u22120.430 to 0.000)" in made.alt()
    assert made.table()[-1] == {"model": "mean", "R²": -0.065, "low": -0.43, "high": 0.0}


def test_it_stands_at_the_right_edge_where_lower_is_better() -> None:
    """Its figure is left of it, inside the picture."""
    models = {"network": (20.0, 15.0, 25.0), "linear": (33.0, 25.0, 40.0), "mean": (127.0, 100.0, 150.0)}
    made = numbers(is_higher_better=False, **models)
    x, symbol, line, _ = drawn(made)["mean"]
    assert (symbol, line) == ("triangle-right", None)
    assert 40 < x < 45
    note = headline_figure(made, "light").layout.annotations[-1]
    assert (note.x, note.xanchor, note.xshift) == (x, "right", -10)


@pytest.mark.parametrize(
    "models",
    [
        {"network": (0.2, 0.15, 0.25), "LightGBM": (0.95, 0.93, 0.97), "mean": (0.94, 0.93, 0.95)},
        {"network": (0.95, 0.93, 0.97), "mean": (0.5, 0.5, 0.5)},
        {"network": (0.87, 0.8, 0.93), "linear": (0.85, 0.78, 0.92), "mean": (0.6, 0.5, 0.7)},
        {"network": (1.0, 1.0, 1.0), "linear": (1.0, 1.0, 1.0), "majority": (0.5, 0.5, 0.5)},
        {"network": (0.5, 0.4, 0.6)},
    ],
    ids=["network far", "best baseline", "not so far", "no span", "alone"],
)
def test_otherwise_every_model_is_on_the_axis(models: dict[str, Interval]) -> None:
    """The network and the best baseline always are, and nothing is left out for a span that is none."""
    for name, (x, symbol, line, _) in drawn(numbers(**models)).items():
        assert (x, symbol, line) == (models[name][0], "circle", models[name][1:])


def test_two_baselines_that_are_equally_far_are_both_left_out() -> None:
    """Neither alone would shorten the axis."""
    far = (0.5, 0.49, 0.51)
    seen = drawn(numbers(network=(0.973, 0.952, 0.984), LightGBM=LIGHTGBM, linear=far, majority=far))
    assert [symbol for _, symbol, _, _ in seen.values()] == ["circle", "circle", "triangle-left", "triangle-left"]


def test_an_interval_that_leaves_the_picture_ends_at_its_edge() -> None:
    """The dot itself lies on the axis."""
    wide = (0.94, -3.0, 0.96)
    seen = drawn(numbers(network=(0.973, 0.952, 0.984), LightGBM=LIGHTGBM, linear=wide))
    x, symbol, line, _ = seen["linear"]
    assert (x, symbol) == (0.94, "circle")
    assert 0.89 < line[0] < 0.9
