"""How the rows are divided: one bar in three colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Meaning, Theme, palette
from nnlab.plots.wording import count, escaped, percent

_MEANINGS: dict[str, Meaning] = {"train": "train", "validation": "validation", "test": "network", "left out": "data"}
_SMALLEST = 0.12  # of the bar: a part below has its name in the hover text alone


class SplitNumbers(NamedTuple):
    """Rows in each part, in order; parts without rows are left away."""

    parts: tuple[tuple[str, int], ...]

    @property
    def n_rows(self) -> int:
        return sum(rows for _, rows in self.parts)

    def table(self) -> list[dict[str, Any]]:
        """A row a part."""
        return [{"part": name, "rows": rows, "share": rows / max(self.n_rows, 1)} for name, rows in self.parts]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        said = ", ".join(f"{name} {count(rows)}" for name, rows in self.parts)
        return f"{count(self.n_rows)} rows: {said}." if self.parts else "There are no rows to divide."


def split_numbers(n_rows: Mapping[str, int], n_left_out: int = 0) -> SplitNumbers:
    """The parts from rows in `train`, `validation` and `test`, and rows in none."""
    parts = [(name, int(n_rows.get(name, 0))) for name in ("train", "validation", "test")]
    return SplitNumbers(tuple((name, rows) for name, rows in [*parts, ("left out", n_left_out)] if rows > 0))


def split_figure(numbers: SplitNumbers, theme: Theme) -> go.Figure:
    """The bar, each part's name and rows below it."""
    starts = [sum(rows for _, rows in numbers.parts[:i]) for i in range(len(numbers.parts))]
    placed = [(name, rows, start) for (name, rows), start in zip(numbers.parts, starts, strict=True)]
    still: dict[str, Any] = {"visible": False, "fixedrange": True}
    return canvas(
        theme,
        "split",
        64,
        [_part(name, rows, numbers.n_rows, theme) for name, rows in numbers.parts],
        barmode="stack",
        bargap=0,
        xaxis=axis(theme, range=[0, max(numbers.n_rows, 1)], **still),
        yaxis=axis(theme, range=[-0.5, 0.5], **still),
        margin={"l": 0, "r": 0, "t": 4, "b": 36},
        annotations=[
            _name(name, rows, start, numbers.n_rows, theme)
            for name, rows, start in placed
            if rows >= _SMALLEST * numbers.n_rows
        ],
    )


def _part(name: str, rows: int, n_rows: int, theme: Theme) -> go.Bar:
    colours = palette(theme)
    marker = {"color": colours.line(_MEANINGS[name]), "line": {"width": 2, "color": colours.background}}
    hover = f"{name} {count(rows)} rows, {escaped(percent(rows / n_rows))}<extra></extra>"
    return go.Bar(x=[rows], y=[0], orientation="h", marker=marker, name=name, hovertemplate=hover)


def _name(name: str, rows: int, start: int, n_rows: int, theme: Theme) -> dict[str, Any]:
    side, x = _side(start, rows, n_rows)
    place: dict[str, Any] = {"x": x, "y": 0, "yref": "paper", "xanchor": side, "yanchor": "top", "yshift": -4}
    return label(theme, f"{name} {count(rows)}", **place)


def _side(start: int, rows: int, n_rows: int) -> tuple[str, float]:
    """Where a part's name stands: at the bar's ends for the first and the last, else in the middle of its part."""
    if start == 0:
        return "left", 0
    is_last_named = n_rows - start - rows < _SMALLEST * n_rows
    return ("right", n_rows) if is_last_named else ("center", start + rows / 2)
