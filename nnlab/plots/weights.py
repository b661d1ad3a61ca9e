"""How the first weights of a layer are spread: a histogram, and a line for each of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas
from nnlab.plots.palette import Theme, palette
from nnlab.plots.wording import count

N_BINS = 40
HEIGHT = 190


class WeightsNumbers(NamedTuple):
    """How many weights lie in each bin, and of each parameter its shape and spread.

    `edges` are the bounds of the bins, one more than counts; weights that are all equal have one bin around them.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    parameters: tuple[dict[str, Any], ...]
    mean: float
    deviation: float

    def table(self) -> list[dict[str, Any]]:
        """A row a parameter: its name and shape, then mean, standard deviation, least and greatest."""
        return list(self.parameters)

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        n_weights = sum(self.counts)
        if len(self.counts) == 1:
            return f"{count(n_weights)} first weights, all {_said(self.mean)}."
        spread = f"mean {_said(self.mean)}, standard deviation {_said(self.deviation)}"
        return f"{count(n_weights)} first weights from {_said(self.edges[0])} to {_said(self.edges[-1])}: {spread}."


def weights_numbers(parameters: Mapping[str, np.ndarray[Any, Any]]) -> WeightsNumbers:
    """The numbers of a layer's parameters by name, at least one; those of two axes and more are in the histogram.

    A layer that has none of these, such as a normalisation, shows all of its numbers.
    """
    weights = [values for values in parameters.values() if values.ndim > 1] or list(parameters.values())
    shown = np.concatenate([values.ravel() for values in weights]).astype(np.float64)
    low, high = float(shown.min()), float(shown.max())
    if low == high:
        counts, edges = np.array([shown.size]), np.array([low - 0.5, low + 0.5])
    else:
        counts, edges = np.histogram(shown, bins=N_BINS, range=(low, high))
    return WeightsNumbers(
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        tuple(_line(name, values) for name, values in parameters.items()),
        float(shown.mean()),
        float(shown.std()),
    )


def weights_figure(numbers: WeightsNumbers, theme: Theme) -> go.Figure:
    """Bars that start at zero, a bin wide."""
    edges = np.array(numbers.edges)
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=np.array(numbers.counts),
        width=np.diff(edges),
        marker={"color": palette(theme).line("data"), "line": {"width": 0}},
        hovertemplate="%{y} weights around %{x:.3g}<extra></extra>",
    )
    x = axis(theme, "value", nticks=5)
    return canvas(
        theme, "weights", HEIGHT, [bars], xaxis=x, yaxis=axis(theme, "weights", grid=True, nticks=4), bargap=0.06
    )


def _line(name: str, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    wide = values.astype(np.float64)
    return {
        "parameter": name,
        "shape": " × ".join(str(size) for size in values.shape) or "1",
        "mean": float(wide.mean()),
        "deviation": float(wide.std()),
        "least": float(wide.min()),
        "greatest": float(wide.max()),
    }


def _said(value: float) -> str:
    return f"{value:.3g}".replace("-", "\u2212")
