"""Predicted beside true values of an output, and how the residuals are spread."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nnlab.errors import DataError
from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Theme, palette, translucent
from nnlab.plots.wording import count, figure, one_line, shown
from nnlab.score.curves import Scatter
from nnlab.score.report import Report
from nnlab.spec import did_you_mean

SIDE = 400
DOT_OPACITY = 0.75  # dots that overlap are told apart, and each still stands out
_HOVER = "line %{customdata:d}<br>true %{x:.5~g}<br>predicted %{y:.5~g}<extra></extra>"


class PredictedNumbers(NamedTuple):
    """True and predicted values of some test rows of one output."""

    output: str
    lines: tuple[int, ...]
    truth: tuple[float, ...]
    predicted: tuple[float, ...]
    n_rows: int  # test rows in all

    def table(self) -> list[dict[str, Any]]:
        """A row for each test row drawn."""
        rows = zip(self.lines, self.truth, self.predicted, strict=True)
        return [{"line": line, "true": truth, "predicted": predicted} for line, truth, predicted in rows]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.lines:
            return "There are no test rows to show."
        drawn = f"{count(len(self.lines))} of {count(self.n_rows)} test rows"
        off = float(np.median(np.abs(np.subtract(self.predicted, self.truth))))
        return f"Predicted beside true {one_line(self.output, 40)} for {drawn}; half are off by {figure(off)} or less."


class ResidualNumbers(NamedTuple):
    """How many test rows lie in each stretch of prediction minus truth."""

    output: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]

    def table(self) -> list[dict[str, Any]]:
        """A row a bin."""
        bins = zip(self.edges, self.edges[1:], self.counts, strict=False)
        return [{"from": low, "to": high, "rows": rows} for low, high, rows in bins]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.counts:
            return "There are no residuals to show."
        fullest = max(range(len(self.counts)), key=lambda i: self.counts[i])
        low, high = figure(self.edges[fullest]), figure(self.edges[fullest + 1])
        name = one_line(self.output, 40)
        return f"Residuals of {name}, predicted minus true; the fullest bar reaches from {low} to {high}."


def predicted_numbers(report: Report, output: str | None = None) -> PredictedNumbers:
    """The rows that the report holds of an output, by default the first."""
    found = _scatter(report, output)
    if found is None:
        return PredictedNumbers(output or "", (), (), (), 0)
    return PredictedNumbers(found.output, found.lines, found.truth, found.predicted, report.n_rows.get("test", 0))


def residual_numbers(report: Report, output: str | None = None) -> ResidualNumbers:
    """The residuals of an output, by default the first."""
    found = _scatter(report, output)
    if found is None:
        return ResidualNumbers(output or "", (), ())
    return ResidualNumbers(found.output, found.edges, found.counts)


def predicted_figure(numbers: PredictedNumbers, theme: Theme) -> go.Figure:
    """A dot a row; on the thin line a prediction is right. A click on a dot gives its line as customdata."""
    colours = palette(theme)
    ends = _ends(numbers.truth + numbers.predicted)
    dots = go.Scatter(
        x=np.array(numbers.truth),
        y=np.array(numbers.predicted),
        customdata=list(numbers.lines),
        mode="markers",
        marker={"size": 6, "color": translucent(colours.line("network"), DOT_OPACITY)},
        hovertemplate=_HOVER,
    )
    line = {"color": colours.line("data"), "width": 1.5}
    name = shown(numbers.output)
    corner: dict[str, Any] = {"x": ends[1], "y": ends[0], "xanchor": "right", "yanchor": "bottom"}
    square: dict[str, Any] = {"range": ends, "nticks": 6, "scaleanchor": "x", "scaleratio": 1}
    return canvas(
        theme,
        f"predicted {numbers.output}",
        SIDE,
        [go.Scatter(x=ends, y=ends, mode="lines", line=line, hoverinfo="skip"), dots],
        clickmode="event+select",
        xaxis=axis(theme, f"true {name}", range=ends, constrain="domain", nticks=6),
        yaxis=axis(theme, f"predicted {name}", grid=True, **square),
        annotations=[label(theme, "on the line: right", colours.muted, **corner)],
    )


def residual_figure(numbers: ResidualNumbers, theme: Theme) -> go.Figure:
    """A bar a bin, from zero up; the dotted line marks a prediction that is right."""
    dotted = {"color": palette(theme).text, "width": 1.5, "dash": "dot"}
    return canvas(
        theme,
        f"residuals {numbers.output}",
        260,
        [_bars(numbers, palette(theme).line("network"))] if numbers.counts else [],
        bargap=0.04,
        shapes=[{"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": dotted}],
        xaxis=axis(theme, f"predicted minus true {shown(numbers.output)}", nticks=7),
        yaxis=axis(theme, "rows", grid=True, rangemode="tozero", nticks=5),
    )


def _bars(numbers: ResidualNumbers, colour: str) -> go.Bar:
    edges = np.array(numbers.edges)
    width = np.diff(edges)
    return go.Bar(
        x=edges[:-1] / 2 + edges[1:] / 2,
        y=np.array(numbers.counts),
        width=width if (width > 0).all() else None,  # a single value has no width of its own
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate="%{customdata[0]:.4~g} to %{customdata[1]:.4~g}<br>%{y:,d} rows<extra></extra>",
    )


def _scatter(report: Report, output: str | None) -> Scatter | None:
    if output is None:
        return report.scatters[0] if report.scatters else None
    for scatter in report.scatters:
        if scatter.output == output:
            return scatter
    known = [scatter.output for scatter in report.scatters]
    raise DataError("there is no such output", where="output", came=output[:200], do=did_you_mean(output, known))


def _ends(values: tuple[float, ...]) -> list[float]:
    """The range that holds all values and a little room."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high / 2 - low / 2) * 0.08 or abs(high) * 0.08 or 0.5
    return [low - room, high + room]
