"""Network and baselines on one axis: a dot for the headline figure of each, and the line of its 95 % interval."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Theme, palette
from nnlab.plots.wording import count, escaped, figure
from nnlab.score.metrics import metrics
from nnlab.score.report import Report
from nnlab.score.verdict import title

ROW_HEIGHT = 44
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

    def table(self) -> list[dict[str, Any]]:
        """A row a model."""
        return [{"model": dot.name, self.metric: dot.value, "low": dot.low, "high": dot.high} for dot in self.dots]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.dots:
            return f"There is no {self.metric} to show."
        said = ", ".join(f"{dot.name} {figure(dot.value)}{_between(dot)}" for dot in self.dots)
        return f"{self.metric} on {count(self.n_rows)} test rows: {said}."


def headline_numbers(report: Report, metric: str | None = None) -> HeadlineNumbers:
    """The figures of a metric, by default the one that models are compared by: simplest baseline last."""
    name = metric or report.headline
    models = [("network", report.metrics.get("test", {}), report.intervals)]
    models += [(title(key), score.metrics, score.intervals) for key, score in reversed(report.baselines.items())]
    dots, missing = [], []
    for model, figures, intervals in models:
        value = figures.get(name)
        if value is None:
            missing.append(model)
            continue
        low, high = intervals.get(name) or (None, None)
        dots.append(Dot(model, value, low, high, model == "network"))
    return HeadlineNumbers(metrics[name].title, report.n_rows.get("test", 0), tuple(dots), tuple(missing))


def headline_figure(numbers: HeadlineNumbers, theme: Theme) -> go.Figure:
    """A row a model, the network on top in its own colour."""
    colours = palette(theme)
    picture = canvas(theme, numbers.metric, 64 + ROW_HEIGHT * max(len(numbers.dots), 1))
    floor = FLOOR if any(dot.value < FLOOR for dot in numbers.dots) else None
    for row, dot in enumerate(numbers.dots):
        tone = colours.tones["network" if dot.is_network else "data"]
        x = max(dot.value, floor) if floor is not None else dot.value
        if dot.low is not None and dot.high is not None and x == dot.value:
            ends = [dot.low if floor is None else max(dot.low, floor), dot.high]
            line = {"color": tone.line, "width": 2.5}
            picture.add_trace(go.Scatter(x=ends, y=[row, row], mode="lines", line=line, hoverinfo="skip"))
        picture.add_trace(_dot(dot, x, row, tone.line))
        place = {"x": max(x, dot.high or x), "y": row, "xanchor": "left", "xshift": 10}
        colour = tone.text if dot.is_network else colours.muted
        picture.add_annotation(label(theme, figure(dot.value), colour, **place))
    name = f"{escaped(numbers.metric)} on {count(numbers.n_rows)} test rows, 95\u202f% interval"
    picture.update_xaxes(axis(theme, name, nticks=7))
    names = [escaped(dot.name) for dot in numbers.dots]
    rows: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "fixedrange": True}
    picture.update_yaxes(axis(theme, **rows, range=[max(len(names), 1) - 0.4, -0.6]))
    picture.update_yaxes(tickfont={"size": 14, "color": colours.text}, ticklabelstandoff=12)
    picture.update_layout(margin={"l": 8, "r": 52, "t": 4, "b": 8})
    return picture


def _dot(dot: Dot, x: float, row: int, colour: str) -> go.Scatter:
    symbol = "circle" if x == dot.value else "triangle-left"  # the true place lies off the picture
    hover = f"{escaped(dot.name)} {figure(dot.value)}{_between(dot)}<extra></extra>"
    return go.Scatter(
        x=[x], y=[row], mode="markers", marker={"size": 12, "color": colour, "symbol": symbol}, hovertemplate=hover
    )


def _between(dot: Dot) -> str:
    return "" if dot.low is None or dot.low == dot.high else f" ({figure(dot.low)} to {figure(dot.high)})"
