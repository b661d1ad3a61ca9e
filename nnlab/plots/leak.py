"""Two scores of the same rows, one above the other: a thing done wrongly, and rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Meaning, Theme, palette
from nnlab.plots.wording import count, escaped, figure, shown

if TYPE_CHECKING:
    from nnlab.audit.leak_meter import LeakReading

_ROW = 46  # pixels: what was done, and its dot below
LONGEST = 44  # letters of a line on a phone


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
    """A dot for each way on one axis, its words above it, a bar between the two where the wrong one looks better."""
    scores = [score for _, score in numbers.ways]
    low = min(numbers.chance, *scores) if min(scores) > -1 else -1.0
    high = max(1.0, *scores)
    span = high - low
    height, ends = _ROW * 2, [low - 0.04 * span, high + 0.12 * span]
    meanings: tuple[Meaning, Meaning] = ("wrong" if numbers.is_telling else "data", "best")
    traces, notes = [], []
    for place, ((way, score), meaning) in enumerate(zip(numbers.ways, meanings, strict=True)):
        y = _ROW * place + 32
        traces.append(_dot(way, score, max(score, low), y, meaning, theme))
        ground = palette(theme).background  # the rule of guessing does not cross the words
        here: dict[str, Any] = {"x": 0, "xref": "paper", "xanchor": "left", "y": y - 20, "bgcolor": ground}
        notes.append(label(theme, shown(way, LONGEST), **here))
        said = {"x": max(score, low), "xanchor": "left", "xshift": 10, "y": y}
        notes.append(label(theme, figure(score), palette(theme).said(meaning), **said))
    rule = {"color": palette(theme).muted, "width": 1, "dash": "dot"}
    guess: dict[str, Any] = {"type": "line", "x0": numbers.chance, "x1": numbers.chance, "line": rule}
    return canvas(
        theme,
        "leak",
        height + 56,
        traces,
        xaxis=axis(theme, f"{numbers.metric}, dotted: guessing", range=ends, nticks=6),
        yaxis=axis(theme, range=[height, 0], visible=False, fixedrange=True),
        shapes=[{**guess, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}],
        annotations=notes,
    )


def _dot(way: str, score: float, x: float, y: float, meaning: Meaning, theme: Theme) -> go.Scatter:
    marker = {"size": 13, "color": palette(theme).line(meaning), "symbol": "circle" if x == score else "triangle-left"}
    hover = f"{shown(way, 60)}: {escaped(figure(score))}<extra></extra>"
    return go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hovertemplate=hover)
