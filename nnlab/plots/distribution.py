"""How the values of a column are spread: a histogram or its frequent levels, each bar shaded by the target.

Two pictures of the same numbers: a figure for one column, and a tiny SVG that a table can hold a thousand of.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas
from nnlab.plots.palette import Theme, palette, shades
from nnlab.plots.wording import count, figure, one_line, shown


class DistributionNumbers(NamedTuple):
    """Rows in each bin of numbers (`edges`, one more than bins) or at each level (`levels`), by class of the target.

    `counts` holds a row of bins for each class; a single row where no target is chosen.
    """

    column: str
    edges: tuple[float, ...]
    levels: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(map(sum, zip(*self.counts, strict=True)))

    @property
    def places(self) -> tuple[str, ...]:
        """What each bar stands for, in words."""
        if self.levels:
            return self.levels
        return tuple(f"{figure(a)} to {figure(b)}" for a, b in zip(self.edges, self.edges[1:], strict=False))

    def table(self) -> list[dict[str, Any]]:
        """A row a bar."""
        names = self.classes or ("rows",)
        return [
            {self.column: place, **dict(zip(names, rows, strict=True))}
            for place, rows in zip(self.places, zip(*self.counts, strict=True), strict=True)
        ]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        totals = self.totals
        name = one_line(self.column, 40)
        if not sum(totals):
            return f"{name} has no values to show."
        fullest = max(range(len(totals)), key=lambda i: totals[i])
        shaded = f", shaded by {len(self.classes)} classes of the target" if len(self.classes) > 1 else ""
        place = one_line(self.places[fullest], 40)
        return f"{name}: {count(totals[fullest])} of {count(sum(totals))} rows are {place}{shaded}."


def distribution_numbers(
    column: str,
    counts: Sequence[Sequence[int]],
    *,
    edges: Sequence[float] = (),
    levels: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> DistributionNumbers:
    """The numbers of one column, from counts that are (classes, bins), or (1, bins) without a target."""
    rows = tuple(tuple(int(value) for value in row) for row in counts)
    n_bins = len(levels) if levels else max(len(edges) - 1, 0)
    assert all(len(row) == n_bins for row in rows), "a count for each bin"
    assert len(rows) == max(len(classes), 1), "a row of counts for each class"
    return DistributionNumbers(column, tuple(map(float, edges)), tuple(levels), tuple(classes), rows)


def distribution_figure(numbers: DistributionNumbers, theme: Theme) -> go.Figure:
    """Bars that start at zero; levels lie on their side so that their names can be read."""
    picture = canvas(theme, f"distribution {numbers.column}", _height(numbers), barmode="stack", bargap=0.06)
    colours = shades(theme, max(len(numbers.classes), 1))
    is_level = bool(numbers.levels)
    for k, rows in enumerate(numbers.counts):
        name = shown(numbers.classes[k], 40) if numbers.classes else "rows"
        marker = {"color": colours[k], "line": {"width": 0}}
        hover = f"%{{customdata}}<br>{name}: %{{{'x' if is_level else 'y'}:,d}}<extra></extra>"
        common = {"name": name, "marker": marker, "hovertemplate": hover}
        common["customdata"] = [shown(place, 60) for place in numbers.places]
        picture.add_trace(_level_bars(rows, common) if is_level else _bin_bars(numbers.edges, rows, common))
    if is_level:
        at = list(range(len(numbers.levels)))
        names = [shown(level) for level in numbers.levels]
        picture.update_yaxes(axis(theme, tickvals=at, ticktext=names, range=[len(at) - 0.5, -0.5], fixedrange=True))
        picture.update_xaxes(axis(theme, "rows", grid=True, rangemode="tozero", nticks=5))
    else:
        picture.update_xaxes(axis(theme, shown(numbers.column, 40), nticks=7))
        picture.update_yaxes(axis(theme, "rows", grid=True, rangemode="tozero", nticks=5))
    if len(numbers.classes) > 1:
        legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"}
        legend["font"] = {"color": palette(theme).muted}
        picture.update_layout(showlegend=True, legend=legend)
    return picture


def distribution_svg(numbers: DistributionNumbers, theme: Theme, width: int = 138, height: int = 22) -> str:
    """The bars alone, a few hundred bytes: one path a class. No name in it acts as markup."""
    totals = numbers.totals
    n_bins, most = len(totals), max(totals, default=0)
    label = html.escape(numbers.alt(), quote=True)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="{width}" height="{height}"'
    if not most:
        return f'{head} viewBox="0 0 {width} {height}"></svg>'
    step = min(width / n_bins, 46)
    gap = 1 if step > 3 else 0
    below = np.zeros(n_bins)
    paths = []
    for rows, colour in zip(numbers.counts, shades(theme, len(numbers.counts)), strict=True):
        tall = np.array(rows) / most * (height - 1)
        tall = np.where((np.array(rows) > 0) & (np.array(totals) == rows), np.maximum(tall, 1), tall)
        bars = "".join(
            f"M{i * step:.4g} {height - below[i]:.4g}h{step - gap:.4g}v{-tall[i]:.4g}H{i * step:.4g}z"
            for i in range(n_bins)
            if tall[i] > 0
        )
        paths.append(f'<path fill="{colour}" d="{bars}"/>')
        below += tall
    return f'{head} viewBox="0 0 {width} {height}">{"".join(paths)}</svg>'


def _height(numbers: DistributionNumbers) -> int:
    return 90 + 26 * len(numbers.levels) if numbers.levels else 260


def _level_bars(rows: tuple[int, ...], common: dict[str, Any]) -> go.Bar:
    return go.Bar(y=np.arange(len(rows)), x=np.array(rows), orientation="h", **common)


def _bin_bars(edges: tuple[float, ...], rows: tuple[int, ...], common: dict[str, Any]) -> go.Bar:
    bounds = np.array(edges)
    width = np.diff(bounds)
    wide = width if len(width) > 1 and (width > 0).all() else None
    return go.Bar(x=bounds[:-1] / 2 + bounds[1:] / 2, y=np.array(rows), width=wide, **common)
