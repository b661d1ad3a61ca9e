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
STRONGEST = {"lightgbm": 0, "linear": 1}  # the others are the simplest, and come last
FLOOR = -1.0  # an R² far below 0 would press all others together


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
    at_most: float | None = None  # no figure of the metric is higher

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
    at_most = 1.0 if known.is_higher_better else None
    return HeadlineNumbers(known.title, n_rows, tuple(dots), tuple(missing), known.has_unit, at_most)


def headline_figure(numbers: HeadlineNumbers, theme: Theme) -> go.Figure:
    """A row a model, the network on top in its own colour."""
    floor = FLOOR if any(dot.value < FLOOR for dot in numbers.dots) else -math.inf
    names = [escaped(dot.name) for dot in numbers.dots]
    rows: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "fixedrange": True}
    rows |= {"range": [max(len(names), 1) - 0.4, -0.6], "ticklabelstandoff": 12}
    rows["tickfont"] = {"size": 14, "color": palette(theme).text}
    return canvas(
        theme,
        numbers.metric,
        64 + ROW_HEIGHT * max(len(numbers.dots), 1),
        [trace for row, dot in enumerate(numbers.dots) for trace in _traces(dot, row, floor, theme, numbers)],
        xaxis=axis(
            theme,
            f"{escaped(numbers.metric)} on {count(numbers.n_rows)} test rows, 95\u202f% interval",
            nticks=7,
            maxallowed=numbers.at_most,
        ),
        yaxis=axis(theme, **rows),
        margin={"l": 8, "r": 52, "t": 4, "b": 8},
        annotations=[_value(dot, row, floor, theme, numbers) for row, dot in enumerate(numbers.dots)],
    )


def _traces(dot: Dot, row: int, floor: float, theme: Theme, numbers: HeadlineNumbers) -> list[go.Scatter]:
    colour = palette(theme).line("network" if dot.is_network else "data")
    traces = [_dot(dot, max(dot.value, floor), row, colour, numbers)]
    if dot.low is not None and dot.value >= floor:
        line = {"color": colour, "width": 2.5}
        ends = [max(dot.low, floor), dot.high]
        traces.insert(0, go.Scatter(x=ends, y=[row, row], mode="lines", line=line, hoverinfo="skip", cliponaxis=False))
    return traces


def _value(dot: Dot, row: int, floor: float, theme: Theme, numbers: HeadlineNumbers) -> dict[str, Any]:
    """The figure, right of the dot and its interval."""
    x = max(dot.value if dot.high is None else dot.high, floor)
    colour = palette(theme).said("network" if dot.is_network else "data")
    return label(theme, _figure(dot.value, numbers), colour, x=x, y=row, xanchor="left", xshift=10)


def _dot(dot: Dot, x: float, row: int, colour: str, numbers: HeadlineNumbers) -> go.Scatter:
    symbol = "circle" if x == dot.value else "triangle-left"  # the true place lies off the picture
    hover = f"{escaped(dot.name)} {_figure(dot.value, numbers)}{_between(dot, numbers)}<extra></extra>"
    marker = {"size": 12, "color": colour, "symbol": symbol}
    return go.Scatter(x=[x], y=[row], mode="markers", marker=marker, hovertemplate=hover, cliponaxis=False)


def _between(dot: Dot, numbers: HeadlineNumbers) -> str:
    if dot.low is None or dot.low == dot.high:
        return ""
    return f" ({_figure(dot.low, numbers)} to {_figure(dot.high, numbers)})"


def _figure(value: float | None, numbers: HeadlineNumbers) -> str:
    return figure(value, has_unit=numbers.has_unit)
