"""Network and baselines on one axis: a dot for the headline figure of each, and the line of its 95 % interval."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Theme, palette
from nnlab.plots.wording import count, escaped, figure
from nnlab.score.metrics import metrics
from nnlab.score.report import Report
from nnlab.score.verdict import title

ROW_HEIGHT = 44
DOT_SIZE = 8  # pixels: larger, it would cover the interval of a good model
STRONGEST = {"lightgbm": 0, "linear": 1}  # the others are the simplest, and come last
FLOOR = -1.0  # an R² far below 0 would press all others together
FAR = 1 / 3  # the weakest baselines lie off the picture where the axis of the others spans less than this part of all
_NOTHING = 1e-3  # a smaller part is no span to scale an axis to


class Dot(NamedTuple):
    """One model's figure; `low` and `high` are None where no interval can be made."""

    name: str
    value: float
    low: float | None
    high: float | None
    is_network: bool


class HeadlineNumbers(NamedTuple):
    """The models' figures of one metric on the test rows, the network first."""

    metric: str
    n_rows: int
    dots: tuple[Dot, ...]
    missing: tuple[str, ...]  # models that have no figure
    has_unit: bool = False
    is_higher_better: bool = True  # then no figure is higher than 1

    def table(self) -> list[dict[str, Any]]:
        """A row a model."""
        return [{"model": dot.name, self.metric: dot.value, "low": dot.low, "high": dot.high} for dot in self.dots]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.dots:
            return f"There is no {self.metric} to show."
        said = ", ".join(f"{dot.name} {_figure(dot.value, self)}{_between(dot, self)}" for dot in self.dots)
        return f"{self.metric} on {count(self.n_rows)} test rows: {said}."


def headline_numbers(report: Report, metric: str | None = None) -> HeadlineNumbers:
    """The figures of a metric, by default the one that models are compared by: simplest baseline last."""
    name = metric or report.headline
    models = [("network", report.metrics.get("test", {}), report.intervals)]
    # A report that comes from a file has its baselines in the order of their names.
    ranked = sorted(report.baselines.items(), key=lambda item: STRONGEST.get(item[0], len(STRONGEST)))
    models += [(title(key), score.metrics, score.intervals) for key, score in ranked]
    dots, missing = [], []
    for model, figures, intervals in models:
        value = figures.get(name)
        if value is None:
            missing.append(model)
            continue
        low, high = intervals.get(name) or (None, None)
        dots.append(Dot(model, value, low, high, model == "network"))
    n_rows, known = report.n_rows.get("test", 0), metrics[name]
    return HeadlineNumbers(known.title, n_rows, tuple(dots), tuple(missing), known.has_unit, known.is_higher_better)


def headline_figure(numbers: HeadlineNumbers, theme: Theme) -> go.Figure:
    """A row a model, the network on top in its own colour; what lies off the picture has a triangle at its edge."""
    edges = _edges(numbers)
    names = [escaped(dot.name) for dot in numbers.dots]
    rows: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "fixedrange": True}
    rows |= {"range": [max(len(names), 1) - 0.4, -0.6], "ticklabelstandoff": 12}
    rows["tickfont"] = {"size": 14, "color": palette(theme).text}
    return canvas(
        theme,
        numbers.metric,
        64 + ROW_HEIGHT * max(len(numbers.dots), 1),
        [trace for row, dot in enumerate(numbers.dots) for trace in _traces(dot, row, edges, theme, numbers)],
        xaxis=axis(
            theme,
            f"{escaped(numbers.metric)} on {count(numbers.n_rows)} test rows, 95\u202f% interval",
            nticks=6,
            maxallowed=1.0 if numbers.is_higher_better else None,
        ),
        yaxis=axis(theme, **rows),
        margin={"l": 8, "r": 52, "t": 4, "b": 8},
        annotations=[_value(dot, row, edges, theme, numbers) for row, dot in enumerate(numbers.dots)],
    )


def _edges(numbers: HeadlineNumbers) -> tuple[float, float]:
    """Between which figures the picture lies; infinite where it is as wide as its dots and their intervals."""
    floor = FLOOR if any(dot.value < FLOOR for dot in numbers.dots) else -math.inf
    near = _near(numbers, floor)
    if len(near) == len(numbers.dots):
        return floor, math.inf
    low, high = _ends(near, floor)
    room = (high - low) / 20
    return (max(low - room, floor), math.inf) if numbers.is_higher_better else (-math.inf, high + room)


def _near(numbers: HeadlineNumbers, floor: float) -> list[Dot]:
    """The models that the axis is scaled to: all but the weakest baselines where these press the others together.

    The network and the best baseline are always among them.
    """
    sign = 1 if numbers.is_higher_better else -1
    weakest = sorted((dot for dot in numbers.dots if not dot.is_network), key=lambda dot: sign * dot.value)
    near = list(numbers.dots)
    for n_left_out in range(1, len(weakest)):
        rest = [dot for dot in numbers.dots if dot not in weakest[:n_left_out]]
        (low, high), (lowest, highest) = _ends(rest, floor), _ends(near, floor)
        if _NOTHING * (highest - lowest) < high - low < FAR * (highest - lowest):
            near = rest
    return near


def _ends(dots: list[Dot], floor: float) -> tuple[float, float]:
    """The lowest and the highest figure that dots and intervals reach, none below the floor."""
    known = [max(end, floor) for dot in dots for end in (dot.value, dot.low, dot.high) if end is not None]
    return min(known), max(known)


def _traces(dot: Dot, row: int, edges: tuple[float, float], theme: Theme, numbers: HeadlineNumbers) -> list[go.Scatter]:
    colour = palette(theme).line("network" if dot.is_network else "data")
    traces = [_dot(dot, _within(dot.value, edges), row, colour, numbers)]
    if dot.low is not None and dot.high is not None and _within(dot.value, edges) == dot.value:
        line = {"color": colour, "width": 2.5}
        ends = [_within(dot.low, edges), _within(dot.high, edges)]
        traces.insert(0, go.Scatter(x=ends, y=[row, row], mode="lines", line=line, hoverinfo="skip", cliponaxis=False))
    return traces


def _within(x: float, edges: tuple[float, float]) -> float:
    return min(max(x, edges[0]), edges[1])


def _value(dot: Dot, row: int, edges: tuple[float, float], theme: Theme, numbers: HeadlineNumbers) -> dict[str, Any]:
    """The figure, right of the dot and its interval; left of a triangle at the right edge."""
    colour = palette(theme).said("network" if dot.is_network else "data")
    place: dict[str, Any] = {"x": _within(dot.value if dot.high is None else dot.high, edges), "xanchor": "left"}
    if dot.value < edges[0]:
        place["x"] = edges[0]
    elif dot.value > edges[1]:
        place = {"x": edges[1], "xanchor": "right"}
    return label(
        theme, _figure(dot.value, numbers), colour, y=row, xshift=10 if place["xanchor"] == "left" else -10, **place
    )


def _dot(dot: Dot, x: float, row: int, colour: str, numbers: HeadlineNumbers) -> go.Scatter:
    # a triangle says that the true place lies off the picture
    symbol = "circle" if x == dot.value else "triangle-left" if x > dot.value else "triangle-right"
    hover = f"{escaped(dot.name)} {_figure(dot.value, numbers)}{_between(dot, numbers)}<extra></extra>"
    marker = {"size": DOT_SIZE if symbol == "circle" else DOT_SIZE + 2, "color": colour, "symbol": symbol}
    return go.Scatter(x=[x], y=[row], mode="markers", marker=marker, hovertemplate=hover, cliponaxis=False)


def _between(dot: Dot, numbers: HeadlineNumbers) -> str:
    if dot.low is None or dot.low == dot.high:
        return ""
    return f" ({_figure(dot.low, numbers)} to {_figure(dot.high, numbers)})"


def _figure(value: float | None, numbers: HeadlineNumbers) -> str:
    return figure(value, has_unit=numbers.has_unit)
