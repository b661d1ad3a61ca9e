"""How the values of a column are spread: a histogram or its frequent levels, each bar shaded by the target.

Two pictures of the same numbers: a figure for one column, and a tiny SVG that a table can hold a thousand of.
"""

from __future__ import annotations

import html
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nnlab.data.profile import MOST_SHADES, OTHER, Bar, ColumnProfile
from nnlab.plots.canvas import axis, canvas
from nnlab.plots.palette import Theme, palette, shades
from nnlab.plots.wording import count, one_line, shown
from nnlab.prep.level_names import natural_order

FEW_ROWS = 4  # in the longest bar
_LETTER = 6.7  # pixels of a letter in a cell's examples, which are in a font of equal widths


class DistributionNumbers(NamedTuple):
    """Rows in each bar, by class of the target.

    `counts` holds a row of bars for each class, a single one where no class shades them; with `has_other` the last one
    joins all classes but the commonest. `edges` are the bounds of the bins, one more than bars, dates in seconds since
    1970; empty where the bars are levels.
    """

    column: str
    labels: tuple[str, ...]
    edges: tuple[float, ...]
    is_date: bool
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    n_other: int  # rows at levels without a bar
    has_other: bool = False

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(map(sum, zip(*self.counts, strict=True)))

    def table(self) -> list[dict[str, Any]]:
        """A row a bar."""
        names = self.classes or ("rows",)
        rows = [dict(zip(names, row, strict=True)) for row in zip(*self.counts, strict=True)]
        return [{self.column: label, **row} for label, row in zip(self.labels, rows, strict=True)]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        totals = self.totals
        name = one_line(self.column, 40)
        if not sum(totals):
            return f"{name} has no values to show."
        fullest = max(range(len(totals)), key=lambda i: totals[i])
        shaded = ""
        if len(self.classes) > 1:
            shaded = f", shaded by {len(self.classes) - self.has_other} classes of the target"
            shaded += " and the others" if self.has_other else ""
        rows = f"{count(totals[fullest])} of {count(sum(totals) + self.n_other)} rows"
        return f"{name}: {rows} are {one_line(self.labels[fullest], 40)}{shaded}."


def distribution_numbers(profile: ColumnProfile) -> DistributionNumbers:
    """The bars of a column's profile; its shares by class become rows again, to the nearest."""
    bars = profile.bars
    is_binned = bool(bars) and all(bar.low is not None and bar.high is not None for bar in bars)
    edges = (*(bar.low or 0.0 for bar in bars), bars[-1].high or 0.0) if is_binned else ()
    is_shaded = len(profile.shades) > 1 and all(bar.shares for bar in bars)
    by_bar = [_by_class(bar) if is_shaded else [bar.count] for bar in bars]
    names = profile.shades if is_shaded else ()
    has_other = len(names) == MOST_SHADES and names[-1] == OTHER
    order = sorted(range(len(names)), key=lambda k: (has_other and k == len(names) - 1, natural_order(names[k])))
    return DistributionNumbers(
        profile.name,
        tuple(bar.label for bar in bars),
        edges,
        profile.kind == "datetime",
        tuple(names[k] for k in order),
        tuple(tuple(rows[k] for rows in by_bar) for k in order or (0,)),
        profile.n_other,
        has_other,
    )


def distribution_figure(numbers: DistributionNumbers, theme: Theme) -> go.Figure:
    """Bars that start at zero; levels lie on their side so that their names can be read."""
    is_level = not numbers.edges
    how_many = axis(theme, "rows", grid=True, rangemode="tozero", nticks=5)
    if max(numbers.totals, default=0) <= FEW_ROWS:
        how_many["dtick"] = 1  # plotly would set ticks at halves of a row too
    if is_level:
        at = list(range(len(numbers.labels)))
        names: dict[str, Any] = {"tickvals": at, "ticktext": [shown(label) for label in numbers.labels]}
        x, y = how_many, axis(theme, **names, range=[len(at) - 0.5, -0.5], fixedrange=True)
    else:
        x, y = axis(theme, shown(numbers.column, 40), type="date" if numbers.is_date else "linear"), how_many
    legend: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"}
    return canvas(
        theme,
        f"distribution {numbers.column}",
        _height(numbers),
        _traces(numbers, theme),
        barmode="stack",
        bargap=0.06,
        xaxis=x,
        yaxis=y,
        showlegend=len(numbers.classes) > 1,
        legend={**legend, "font": {"color": palette(theme).muted}},
    )


def distribution_svg(numbers: DistributionNumbers, theme: Theme, width: int = 138, height: int = 22) -> str:
    """The bars alone, a few hundred bytes: one path a class. No name in it acts as markup."""
    totals = numbers.totals
    n_bins, most = len(totals), max(totals, default=0)
    label = html.escape(numbers.alt(), quote=True)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="{width}" height="{height}"'
    if not most:
        return f'{head} viewBox="0 0 {width} {height}"></svg>'
    step = width / max(n_bins, 2)
    gap = 1 if step > 3 else 0
    below = np.zeros(n_bins)
    stretch = np.maximum((height - 1) / most, 1 / np.maximum(totals, 1))  # a bar of few rows is still seen
    paths = []
    for rows, colour in zip(numbers.counts, _shades(numbers, theme), strict=True):
        tall = np.array(rows) * stretch
        bars = "".join(
            f"M{i * step:.4g} {height - below[i]:.4g}h{step - gap:.4g}v{-tall[i]:.4g}H{i * step:.4g}z"
            for i in range(n_bins)
            if tall[i] > 0
        )
        paths.append(f'<path fill="{colour}" d="{bars}"/>')
        below += tall
    return f'{head} viewBox="0 0 {width} {height}">{"".join(paths)}</svg>'


def examples_svg(examples: tuple[str, ...], theme: Theme, width: int = 138, height: int = 22) -> str:
    """A few cells as they are, where bars would say nothing, shortened to what the picture's width holds.

    The text in it is text and cannot act as markup.
    """
    cells = one_line(", ".join(examples), int(width / _LETTER))
    drawable = "".join(letter if letter.isprintable() else " " for letter in cells)
    colour = palette(theme).muted
    place = f'x="0" y="{height * 0.68:.3g}" font-family="monospace" font-size="11" fill="{colour}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return f"{head}<text {place}>{html.escape(drawable)}</text></svg>"


def pictures_svg(pictures: tuple[str, ...], width: int = 138, height: int = 22, n_across: int = 0) -> str:
    """The first pictures side by side, as many as fit, their pixels kept square; each is a data URI of a PNG.

    With `n_across` they stand in rows of so many, each picture as wide as it then can be.
    """
    across = n_across or max(1, width // height)
    side = width / across if n_across else height
    shown = pictures if n_across else pictures[:across]
    n_rows = max(1, -(-len(shown) // across))
    gap = max(1.0, side / 24)
    tall = round(n_rows * side) if n_across else height
    images = "".join(
        f'<image x="{place % across * side:.4g}" y="{place // across * side:.4g}" width="{side - gap:.4g}" '
        f'height="{side - gap:.4g}" style="image-rendering:pixelated" href="{html.escape(uri, quote=True)}"/>'
        for place, uri in enumerate(shown)
    )
    said = f"{len(shown)} pictures"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{said}" width="{width}" height="{tall}"'
    return f'{head} viewBox="0 0 {width} {tall}">{images}</svg>'


def _by_class(bar: Bar) -> list[int]:
    """The bar's rows of each class; what rounding leaves goes to the most frequent."""
    rows = [round(bar.count * share) for share in bar.shares]
    if any(rows):  # none of a bar whose rows have no target
        rows[rows.index(max(rows))] += bar.count - sum(rows)
    return rows


def _height(numbers: DistributionNumbers) -> int:
    return 260 if numbers.edges else 90 + 26 * len(numbers.labels)


def _shades(numbers: DistributionNumbers, theme: Theme) -> tuple[str, ...]:
    return shades(theme, len(numbers.counts), has_other=numbers.has_other)


def _traces(numbers: DistributionNumbers, theme: Theme) -> list[go.Bar]:
    """The bars of each class, stacked by plotly."""
    is_level = not numbers.edges
    traces = []
    for k, (rows, colour) in enumerate(zip(numbers.counts, _shades(numbers, theme), strict=True)):
        name = shown(numbers.classes[k], 40) if numbers.classes else "rows"
        common: dict[str, Any] = {"name": name, "marker": {"color": colour, "line": {"width": 0}}}
        common["hovertemplate"] = f"%{{customdata}}<br>{name}: %{{{'x' if is_level else 'y'}:,d}}<extra></extra>"
        common["customdata"] = [shown(label, 60) for label in numbers.labels]
        traces.append(_level_bars(rows, common) if is_level else _bin_bars(numbers, rows, common))
    return traces


def _level_bars(rows: tuple[int, ...], common: dict[str, Any]) -> go.Bar:
    return go.Bar(y=np.arange(len(rows)), x=np.array(rows), orientation="h", **common)


def _bin_bars(numbers: DistributionNumbers, rows: tuple[int, ...], common: dict[str, Any]) -> go.Bar:
    bounds = np.array(numbers.edges) * (1000 if numbers.is_date else 1)  # plotly counts dates in milliseconds
    width = np.diff(bounds)
    wide = width if (width > 0).all() else None  # a single value has no width of its own
    return go.Bar(x=bounds[:-1] / 2 + bounds[1:] / 2, y=np.array(rows), width=wide, **common)
