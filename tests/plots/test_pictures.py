"""What the pictures of a report, a column and a split show; every one drawn in both themes."""

from __future__ import annotations

import functools
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.data.columns import Column, Columns
from nnlab.data.profile import profile
from nnlab.errors import DataError
from nnlab.plots.confusion import ConfusionNumbers, cell_lines, confusion_figure, confusion_numbers
from nnlab.plots.distribution import (
    DistributionNumbers,
    distribution_figure,
    distribution_numbers,
    distribution_svg,
    examples_svg,
)
from nnlab.plots.headline import headline_figure, headline_numbers
from nnlab.plots.palette import Theme, shades
from nnlab.plots.regression import predicted_figure, predicted_numbers, residual_figure, residual_numbers
from nnlab.plots.roc import roc_classes, roc_figure, roc_numbers
from nnlab.plots.split import split_figure, split_numbers
from nnlab.score.outputs import Outputs
from tests.score.cases import prediction, report, truth
from tests.timed import Timed

THEMES: tuple[Theme, ...] = ("light", "dark")
COLUMN_KINDS = {"age": "numeric", "when": "datetime", "town": "categorical", "same": "constant", "y": "boolean"}
judged = functools.cache(report)  # one report of each kind serves every picture made of it


def columns(frame: pd.DataFrame, **kinds: Any) -> Columns:
    """Columns of these kinds; one named y is the target."""
    named = [Column(name=name, kind=kind, role="target" if name == "y" else "feature") for name, kind in kinds.items()]
    return Columns(columns=tuple(named))


@functools.cache
def table() -> dict[str, DistributionNumbers]:
    """A number, a date, levels and a constant, shaded by a target of two classes."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 12, 200),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 200), unit="D"),
            "town": pd.Series(rng.choice(["<b>Ulm</b>", "$Bonn$", "Kiel & Co"], 200), dtype="str"),
            "same": 7.0,
            "y": pd.Series(rng.choice(["no", "yes"], 200), dtype="str"),
        }
    )
    return {one.name: distribution_numbers(one) for one in profile(frame, columns(frame, **COLUMN_KINDS))}


# Every kind of picture: the numbers are made when its test runs, not when tests are collected.
PICTURES: dict[str, tuple[Callable[[], Any], Any]] = {
    "headline": (lambda: headline_numbers(judged("binary")), headline_figure),
    "headline of numbers": (lambda: headline_numbers(judged("regression")), headline_figure),
    "no headline": (lambda: headline_numbers(judged("binary", 0)), headline_figure),
    "confusion": (lambda: confusion_numbers(judged("binary")), confusion_figure),
    "confusion of four": (lambda: confusion_numbers(judged("multiclass")), confusion_figure),
    "no confusion": (lambda: confusion_numbers(judged("binary", 0)), confusion_figure),
    "roc": (lambda: roc_numbers(judged("binary")), roc_figure),
    "mean roc": (lambda: roc_numbers(judged("multiclass")), roc_figure),
    "roc of a class": (lambda: roc_numbers(judged("multiclass"), 2), roc_figure),
    "no roc": (lambda: roc_numbers(judged("binary", 0)), roc_figure),
    "predicted": (lambda: predicted_numbers(judged("regression")), predicted_figure),
    "nothing predicted": (lambda: predicted_numbers(judged("regression", 0)), predicted_figure),
    "residuals": (lambda: residual_numbers(judged("regression")), residual_figure),
    "no residuals": (lambda: residual_numbers(judged("regression", 0)), residual_figure),
    "split by time": (
        lambda: split_numbers(
            {"train": 6, "validation": 1, "test": 3},
            class_shares={"train": {"<b>a</b>": 0.5, "$b$": 0.5}, "test": {"$b$": 1.0}},
            spans={"train": ("1", "6"), "test": ("8", "10")},
        ),
        split_figure,
    ),
    "split of numbers": (lambda: split_numbers({"train": 6, "test": 3}, means={"train": 2.5}), split_figure),
    "split": (lambda: split_numbers({"train": 569, "validation": 143, "test": 179}, 12), split_figure),
    "no split": (lambda: split_numbers({}), split_figure),
    **{f"column {name}": (lambda name=name: table()[name], distribution_figure) for name in COLUMN_KINDS},
}


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_has_two_themes_a_table_and_a_sentence(picture: str) -> None:
    """Valid JSON for plotly, at most 500 points a trace, rows for the table, one sentence for who cannot see it."""
    made_of, draw = PICTURES[picture]
    numbers = made_of()
    for theme in THEMES:
        made = draw(numbers, theme)
        json.loads(made.to_json(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert all(trace.x is None or len(trace.x) <= 500 for trace in made.data)
        assert made.layout.uirevision
    assert made.layout.template.to_plotly_json() == {} or made.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert all(isinstance(row, dict) for row in numbers.table())
    assert numbers.alt().endswith(".")
    assert "\n" not in numbers.alt()


def test_the_headline_has_a_dot_a_model_and_the_line_of_its_interval() -> None:
    """The network first and in its own colour; a model without a figure is left out and named."""
    made = report(baselines={"majority": Outputs(np.tile([0.5, 0.5], (179, 1))), "linear": Outputs(None, "why")})
    numbers = headline_numbers(made)
    assert [dot.name for dot in numbers.dots] == ["network", "majority"]
    assert numbers.missing == ("linear",)
    network = numbers.dots[0]
    assert (network.value, (network.low, network.high)) == (made.metrics["test"]["roc_auc"], made.intervals["roc_auc"])
    figure = headline_figure(numbers, "light")
    line, dot = figure.data[0], figure.data[1]
    assert tuple(line.x) == (network.low, network.high)
    assert (dot.x[0], dot.marker.color) == (network.value, "#7c4ddb")
    assert "179 test rows" in figure.layout.xaxis.title.text
    assert headline_numbers(made, "log_loss").metric == "Log loss"
    assert figure.layout.xaxis.maxallowed == 1, "no area is larger"
    assert headline_figure(headline_numbers(made, "log_loss"), "light").layout.xaxis.maxallowed is None


def test_a_model_far_worse_than_the_mean_does_not_press_the_others_together() -> None:
    """It is drawn at the edge with its true figure beside it."""
    y = truth("regression", 50)
    made = report("regression", 50, baselines={"linear": Outputs(-1000 * prediction("regression", y, 1, 1))})
    figure = headline_figure(headline_numbers(made), "light")
    assert min(min(trace.x) for trace in figure.data) == -1
    assert any(note.text.startswith("\u2212") and len(note.text) > 5 for note in figure.layout.annotations)


def test_a_confusion_cell_carries_count_share_and_its_place() -> None:
    """A click gives row and column, which lead to the lines."""
    made = judged("multiclass")
    numbers = confusion_numbers(made)
    assert numbers.counts == made.confusion
    (trace,) = confusion_figure(numbers, "dark").data
    assert [tuple(place) for place in trace.customdata][:5] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    share = round(100 * numbers.counts[1][0] / sum(numbers.counts[1]))
    assert trace.text[4].startswith(f"<b>{numbers.counts[1][0]}</b>")
    assert f"{share}\u202f%" in trace.text[4]
    assert len(cell_lines(made, numbers, 1, 0)) == numbers.counts[1][0]
    assert confusion_figure(numbers, "dark").layout.xaxis.showgrid is False


@pytest.mark.parametrize(("name", "angle"), [("{}", 0), ("class {}", -45)])
def test_names_of_many_classes_are_tilted_only_where_they_are_wider_than_a_cell(name: str, angle: int) -> None:
    """A digit stands upright; the last of the tilted names has room at the right."""
    names = tuple(name.format(k) for k in range(7))
    made = ConfusionNumbers(names, ((1,) * 7,) * 7, tuple((k,) for k in range(7)))
    layout = confusion_figure(made, "light").layout
    assert layout.xaxis.tickangle == angle
    assert (layout.margin.r > 8) == (angle != 0)


def test_many_classes_are_joined_and_their_rows_still_found(timed: Timed) -> None:
    """Of forty classes eleven are drawn and the rest is one row and column; no test row is lost."""
    rng = np.random.default_rng(0)
    names = tuple(f"class {k}" for k in range(40))
    y = rng.integers(0, 40, 800)
    made = report(
        "multiclass", 800, classes=names, truth=y, network=Outputs(rng.dirichlet(np.ones(40), 800)), baselines={}
    )
    numbers = confusion_numbers(made)
    assert (len(numbers.names), numbers.names[-1], numbers.n_rows) == (12, "29 others", 800)
    assert sum(len(cell_lines(made, numbers, i, j)) for i in range(12) for j in range(12)) == 800
    with timed("confusion of 40 classes"):  # 0.06 s; shapes added one by one would take 13 s, measured
        confusion_figure(numbers, "light")


def test_the_roc_is_square_and_names_its_curves() -> None:
    """Network violet and first, each baseline with its area; more classes begin with their mean."""
    figure = roc_figure(roc_numbers(judged("binary")), "light")
    assert (figure.layout.yaxis.scaleanchor, figure.layout.yaxis.scaleratio) == ("x", 1)
    names = [note.text for note in figure.layout.annotations]
    assert names[0].startswith("<b>network")
    assert {name.split()[0] for name in names[1:]} == {"LightGBM", "linear", "majority"}
    four = judged("multiclass")
    assert roc_classes(four) == (-1, 0, 1, 2, 3)
    assert roc_numbers(four).positive == "the mean of all classes"
    assert roc_numbers(four, 1).positive == "“birch”"


def test_an_unknown_output_is_an_error_with_a_suggestion() -> None:
    """An unknown name is never an empty picture."""
    with pytest.raises(DataError, match="Did you mean height"):
        predicted_numbers(judged("regression"), "heigt")


def test_a_dot_leads_to_its_line() -> None:
    """Predicted beside true, each dot with the line of its row."""
    made = judged("regression")
    dots = predicted_figure(predicted_numbers(made), "light").data[1]
    assert list(dots.customdata) == list(made.scatters[0].lines)


def test_a_column_is_counted_as_pandas_counts_it() -> None:
    """Rows of each level by class; bars begin at zero; markup in levels is text."""
    numbers = table()["town"]
    assert sum(numbers.totals) == 200
    assert set(numbers.labels) == {"<b>Ulm</b>", "$Bonn$", "Kiel & Co"}
    assert len(numbers.counts) == 2
    figure = distribution_figure(numbers, "light")
    assert figure.layout.xaxis.rangemode == "tozero"
    assert not any("<b>" in text or "$" in text for text in figure.layout.yaxis.ticktext)
    assert table()["age"].table()[0].keys() == {"age", "no", "yes"}


@pytest.mark.parametrize("name", ["age", "when", "town", "same", "y"])
def test_the_tiny_picture_is_small_well_formed_and_has_bars_to_the_floor(name: str) -> None:
    """A table may hold a thousand of them."""
    numbers = table()[name]
    text = distribution_svg(numbers, "dark")
    assert len(text) < 2_500
    drawing = ET.fromstring(text)
    assert drawing.attrib["aria-label"] == numbers.alt()
    assert len(drawing) == len(numbers.counts)


def test_classes_are_shaded_in_their_own_order() -> None:
    """The two commonest by their value, not by their rows or letters, then all others, in slate."""
    rows = {"9": 40, "10": 60, "8": 20, "11": 10}
    frame = pd.DataFrame({"x": "a", "y": pd.Series([name for name, n in rows.items() for _ in range(n)], dtype="str")})
    numbers = distribution_numbers(profile(frame, columns(frame, x="categorical", y="categorical"))[0])
    assert (numbers.classes, numbers.counts) == (("9", "10", "other"), ((40,), (60,), (30,)))
    assert numbers.alt().endswith("shaded by 2 classes of the target and the others.")
    traces = distribution_figure(numbers, "dark").data
    assert [trace.marker.color for trace in traces] == list(shades("dark", 3, has_other=True))
    assert [path.attrib["fill"] for path in ET.fromstring(distribution_svg(numbers, "dark"))] == list(
        shades("dark", 3, has_other=True)
    )


def test_the_target_itself_has_one_colour_and_no_legend() -> None:
    """Its axis names the classes already."""
    figure = distribution_figure(table()["y"], "light")
    assert [trace.marker.color for trace in figure.data] == ["#7f889d"]
    assert figure.layout.showlegend is False


def test_examples_end_with_an_ellipsis_inside_their_picture() -> None:
    """Fourteen letters of 11 pixels' height fill 94 pixels."""
    (text,) = ET.fromstring(examples_svg(("Braund, Mr. Owen Harris", "x"), "light", 94))
    assert text.text == "Braund, Mr. O…"
    (text,) = ET.fromstring(examples_svg(("1", "2", "<b>"), "light", 94))
    assert text.text == "1, 2, <b>"


def test_a_name_cannot_leave_the_tiny_picture() -> None:
    """Quotes and tags in a column's name stay inside the attribute."""
    numbers = table()["town"]._replace(column='"><script>alert(1)</script>')
    assert "<script" not in distribution_svg(numbers, "light")
    assert distribution_svg(numbers._replace(counts=((0, 0, 0),)), "light").endswith("></svg>")


def test_the_split_is_one_bar_of_all_rows() -> None:
    """Parts in order, rows in none at the end; the labels of small parts do not run into each other."""
    numbers = split_numbers({"train": 569, "validation": 143, "test": 179}, 9)
    assert [part for part, _ in numbers.parts] == ["train", "validation", "test", "left out"]
    figure = split_figure(numbers, "light")
    assert [trace.base[0] * 900 for trace in figure.data] == pytest.approx([0, 569, 712, 891])
    assert sum(trace.x[0] for trace in figure.data) == pytest.approx(1)


def test_a_split_shades_the_two_commonest_classes_in_their_order() -> None:
    """All others are one, in slate; names that are too long for a line are shortened, and none is left out."""
    shares = {"10": 0.4, "9": 0.3, "8": 0.2, "11": 0.1}
    numbers = split_numbers({"train": 10}, class_shares={"train": shares})
    assert numbers.classes == ("9", "10", "2 others")
    colours = [trace.marker.color for trace in split_figure(numbers, "light").data[1:]]
    assert colours == list(shades("light", 3, has_other=True))
    long = split_numbers({"train": 3}, class_shares={"train": {f"{k} is a very long name": 1 / 3 for k in range(3)}})
    legend = split_figure(long, "light").layout.annotations[-1].text
    assert [f"{k}\u00a0is\u00a0a\u00a0ver…" in legend for k in range(3)] == [True] * 3


@pytest.mark.parametrize("n_test", [1, 40])
def test_what_is_said_of_a_part_has_a_line_of_its_own(n_test: int) -> None:
    """Rows, classes and times of a part stand below the bar, apart by more than a letter's height even for one row."""
    numbers = split_numbers(
        {"train": 900, "validation": 2, "test": n_test},
        class_shares={name: {f"class {k}": (k + 1) / 36 for k in range(8)} for name in ("train", "validation", "test")},
        spans=dict.fromkeys(("train", "validation", "test"), ("2024-01-01", "2024-02-01")),
    )
    assert numbers.classes[-1] == "6 others"
    assert [sum(shares) for shares in numbers.shares] == pytest.approx([1, 1, 1])
    notes = [note for note in split_figure(numbers, "dark").layout.annotations if note.xanchor == "left"]
    heights = [note.y for note in notes]
    assert len(heights) == 4
    assert min(np.diff(heights)) >= 16
    assert all(name in note.text for name, note in zip(("train", "validation", "test"), notes, strict=False))
    assert numbers.table()[1]["told"] == "2024-01-01 to 2024-02-01"
