"""The canvas of every figure: thin lines, no junk, the theme's colours, zoom kept over updates.

A figure is made of all its parts at once: each later update of one costs plotly more than the whole, *measured* 12 ms
against 2 ms, and a living run is drawn every second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from nnlab.plots.palette import Theme, palette
from nnlab.plots.wording import NARROW

TEXT_SIZE = 13
LABEL_SIZE = 12
LINE_HEIGHT = 16  # pixels that a label beside a line needs


def canvas(theme: Theme, name: str, height: int, traces: Sequence[Any] = (), **layout: Any) -> go.Figure:
    """A figure of these traces; `name` keeps a person's zoom while the numbers change."""
    colours = palette(theme)
    return go.Figure(
        data=list(traces),
        layout={
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": TEXT_SIZE, "color": colours.text},
            "showlegend": False,
            "separators": f".{NARROW}",  # thousands as everywhere else
            "uirevision": name,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": colours.second_background,
                "bordercolor": colours.grid,
                "font": {"color": colours.text, "size": LABEL_SIZE},
            },
            "dragmode": False,
            **layout,
        },
    )


def axis(theme: Theme, title: str = "", *, grid: bool = False, **more: Any) -> dict[str, Any]:
    """An axis with its name and unit; grid lines only where a value is read off across the picture."""
    colours = palette(theme)
    return {
        "title": {"text": title, "font": {"size": TEXT_SIZE, "color": colours.muted}, "standoff": 10},
        "tickfont": {"size": LABEL_SIZE, "color": colours.muted},
        "showgrid": grid,
        "gridcolor": colours.grid,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "automargin": True,
        "ticklabelstandoff": 4,
        "separatethousands": True,
        **more,
    }


def label(theme: Theme, text: str, colour: str | None = None, **place: Any) -> dict[str, Any]:
    """A text inside the picture, without an arrow."""
    return {
        "text": text,
        "showarrow": False,
        "font": {"size": LABEL_SIZE, "color": colour or palette(theme).text},
        **place,
    }


def apart(heights: Sequence[float], least: float = LINE_HEIGHT) -> list[float]:
    """The heights in pixels moved as little as needed so that no two labels are nearer than `least`."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [heights[i] for i in order]
    for _ in range(20):
        is_moved = False
        for i in range(1, len(placed)):
            overlap = least - (placed[i] - placed[i - 1])
            if overlap > 0.01:
                placed[i - 1] -= overlap / 2
                placed[i] += overlap / 2
                is_moved = True
        if not is_moved:
            break
    moved = [0.0] * len(heights)
    for place, i in zip(placed, order, strict=True):
        moved[i] = place
    return moved
