"""Two scores of the same rows, one above the other: a thing done wrongly, and rightly."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import LABEL_SIZE, axis, canvas, label
from nnlab.plots.palette import Meaning, Theme, palette
from nnlab.plots.wording import count, escaped, figure, one_line, shown

if TYPE_CHECKING:
    from nnlab.audit.leak_meter import LeakReading

_ROW = 52  # pixels: three lines of words
LONGEST = 44  # letters of what was done
_LINE = 18  # of them in a line: more would leave no room for the dots on a phone


class LeakNumbers(NamedTuple):
    """What was done and its score, the wrong way first; `chance` is what guessing scores."""

    metric: str
    n_rows: int
    ways: tuple[tuple[str, float], tuple[str, float]]
    chance: float
    is_telling: bool

    def table(self) -> list[dict[str, Any]]:
        """A row a way."""
        return [{"way": way, self.metric: score} for way, score in self.ways]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        (wrong, high), (right, low) = self.ways
        return f"{self.metric} on {count(self.n_rows)} rows: {figure(high)} {wrong}, {figure(low)} {right}."


def leak_numbers(reading: LeakReading) -> LeakNumbers:
    """The two scores of a reading."""
    ways = ((reading.done_wrong, reading.wrong), (reading.done_right, reading.right))
    chance = 0.0 if reading.metric == "R²" else 0.5
    return LeakNumbers(reading.metric, reading.n_rows, ways, chance, reading.is_telling)


def leak_figure(numbers: LeakNumbers, theme: Theme) -> go.Figure:
    """A dot for each way on one axis, its words left of it; red and green where the difference is telling."""
    scores = [score for _, score in numbers.ways]
    low = min(numbers.chance, *scores) if min(scores) > -1 else -1.0
    high = max(1.0, *scores)
    span = high - low
    meanings: tuple[Meaning, Meaning] = ("wrong", "best") if numbers.is_telling else ("data", "data")
    traces, notes = [], []
    for place, ((way, score), meaning) in enumerate(zip(numbers.ways, meanings, strict=True)):
        traces.append(_dot(way, score, max(score, low), place, meaning, theme))
        said = {"x": max(score, low), "xanchor": "left", "xshift": 10, "y": place}
        notes.append(label(theme, figure(score), palette(theme).said(meaning), **said))
    names: dict[str, Any] = {"tickvals": [0, 1], "ticktext": [_in_lines(way) for way, _ in numbers.ways]}
    names["tickfont"] = {"size": LABEL_SIZE, "color": palette(theme).text}
    rule = {"color": palette(theme).muted, "width": 1, "dash": "dot"}
    guess: dict[str, Any] = {"type": "line", "x0": numbers.chance, "x1": numbers.chance, "line": rule}
    return canvas(
        theme,
        "leak",
        _ROW * 2 + 56,
        traces,
        xaxis=axis(theme, f"{numbers.metric}, dotted: guessing", range=[low - 0.04 * span, high], nticks=5),
        yaxis=axis(theme, range=[1.5, -0.5], fixedrange=True, **{**names, "ticklabelstandoff": 12}),
        margin={"l": 8, "r": 44, "t": 4, "b": 8},
        shapes=[{**guess, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}],
        annotations=notes,
    )


def _in_lines(way: str) -> str:
    """The words in as many lines as they need to leave the dots room on a phone."""
    lines = textwrap.wrap(one_line(way, LONGEST), _LINE)
    return "<br>".join(shown(line, _LINE) for line in lines)


def _dot(way: str, score: float, x: float, y: float, meaning: Meaning, theme: Theme) -> go.Scatter:
    marker = {"size": 10, "color": palette(theme).line(meaning), "symbol": "circle" if x == score else "triangle-left"}
    hover = f"{shown(way, 60)}: {escaped(figure(score))}<extra></extra>"
    return go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hovertemplate=hover, cliponaxis=False)
