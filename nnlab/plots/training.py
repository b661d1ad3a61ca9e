"""A run's curves: the loss, the metric and the learning rate, epoch by epoch, from the events of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nnlab.limits import limits
from nnlab.plots.canvas import apart, axis, canvas, label
from nnlab.plots.envelope import Floats, envelope
from nnlab.plots.palette import Meaning, Theme, palette, translucent
from nnlab.plots.wording import escaped, figure
from nnlab.score.metrics import metrics

HEIGHT = 440
BAND_OPACITY = 0.18
_FEW = 10  # epochs, each of which has a tick of its own
_MARGINS = 70  # pixels above and below the curves, in which the axis and its name stand
_LOSSES = {
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "huber": "Huber",
    "cross_entropy": "cross-entropy",
}

Event = Mapping[str, Any]


class Curve(NamedTuple):
    """One line: its name, what it means, its points thinned to what a screen can show, and how it ends."""

    name: str
    meaning: Meaning
    x: Floats
    y: Floats


class Band(NamedTuple):
    """Between which values the members of a run lie, each alone, around the curve of all together."""

    meaning: Meaning
    x: Floats
    low: Floats
    high: Floats


class CurvesNumbers(NamedTuple):
    """The curves of a run over its epochs (over its steps before the first epoch ends)."""

    what: str
    unit: str  # epoch, or step
    curves: tuple[Curve, ...]
    best: int | None  # the epoch whose weights are kept
    last: int  # the last epoch or step there is
    at_most: int | None  # epochs that were planned
    bands: tuple[Band, ...] = ()  # of several members

    def table(self) -> list[dict[str, Any]]:
        """A row for each point drawn, the newest first."""
        xs = sorted({float(x) for curve in self.curves for x in curve.x}, reverse=True)
        known = [(curve.name, dict(zip(curve.x.tolist(), curve.y.tolist(), strict=True))) for curve in self.curves]
        for band in self.bands:
            known += [
                (name, dict(zip(band.x.tolist(), values.tolist(), strict=True)))
                for name, values in (("lowest member's", band.low), ("highest member's", band.high))
            ]
        return [{self.unit: int(x), **{f"{name} {self.what}": values.get(x) for name, values in known}} for x in xs]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        drawn = [curve for curve in self.curves if len(curve.y)]
        if not drawn:
            return f"No {self.what} yet."
        ends = " and ".join(f"{curve.name} ends at {figure(float(curve.y[-1]))}" for curve in drawn)
        for band in self.bands:
            ends += f", and its members alone between {figure(float(band.low[-1]))} and {figure(float(band.high[-1]))}"
        best = f"; the best {self.unit} is {self.best}" if self.best is not None else ""
        return f"{self.what[:1].upper()}{self.what[1:]} up to {self.unit} {self.last}: {ends}{best}."


def loss_name(loss: object, task: str) -> str:
    """What the loss of a run's settings is called for its task, such as `loss (binary cross-entropy)`."""
    if loss == "auto":
        loss = "mse" if task == "regression" else "cross_entropy"
    if loss == "cross_entropy" and task in ("binary", "multilabel"):
        return "loss (binary cross-entropy)"
    return (
        f"loss ({_LOSSES[loss]})" if isinstance(loss, str) and loss in _LOSSES else "loss"
    )  # of a downloaded run it may be anything


def loss_numbers(events: Iterable[Event], *, what: str = "loss", at_most: int | None = None) -> CurvesNumbers:
    """The train and validation loss; step by step while fewer than two epochs are done.

    Args:
        events: of the run, in order; a later one of the same epoch or step supersedes an earlier one.
        what: the name of the loss, such as `loss (binary cross-entropy)`.
        at_most: the planned epochs, up to which the axis reaches while the run lives.
    """
    events = list(events)
    epochs = _latest(events, "epoch")
    if len(epochs) < 2:
        steps = _latest(events, "step")
        if len(steps) > len(epochs):
            return _numbers(what, "step", (("train", "train", "loss"),), steps, None)
    lines: tuple[tuple[str, Meaning, str], ...] = (
        ("train", "train", "train_loss"),
        ("validation", "validation", "validation_loss"),
    )
    numbers = _numbers(what, "epoch", lines, epochs, at_most)
    return numbers._replace(bands=_bands("validation", "loss", epochs))


def metric_numbers(events: Iterable[Event], *, at_most: int | None = None) -> CurvesNumbers:
    """The metric that the engine measures, on the validation rows or else on the training rows."""
    epochs = _latest(events, "epoch")
    newest = epochs[max(epochs)] if epochs else {}
    name = str(newest.get("metric", "metric"))
    on: Meaning = "train" if newest.get("measured_on") == "train" else "validation"
    title = metrics[name].title if name in metrics else name
    numbers = _numbers(title, "epoch", ((on, on, "metric_value"),), epochs, at_most)
    return numbers._replace(bands=_bands(on, "metric", epochs))


def rate_numbers(events: Iterable[Event], *, at_most: int | None = None) -> CurvesNumbers:
    """The learning rate at the end of each epoch."""
    lines: tuple[tuple[str, Meaning, str], ...] = (("learning rate", "data", "learning_rate"),)
    numbers = _numbers("learning rate", "epoch", lines, _latest(events, "epoch"), at_most)
    return numbers._replace(best=None)


def curves_figure(numbers: CurvesNumbers, theme: Theme, height: int = HEIGHT) -> go.Figure:
    """The curves, named at their ends, with the best epoch as a dotted line."""
    drawn = [curve for curve in numbers.curves if len(curve.y)]
    right = numbers.at_most if numbers.at_most and numbers.unit == "epoch" else None
    whole: dict[str, Any] = {"range": [0, max(right, numbers.last)]} if right else {"rangemode": "tozero"}
    whole["tickangle"] = 0  # on a phone plotly would rather turn the numbers than leave some out
    if max(right or 0, numbers.last) <= _FEW:
        whole["dtick"] = 1  # plotly would set ticks at halves too, and their labels would come twice
    has_room = right is not None and numbers.last < 0.85 * right  # the names stand inside the picture
    hover = {"text": f"{numbers.unit} %{{x}}"}
    line, name = _best(numbers.best, theme)
    return canvas(
        theme,
        numbers.what,
        height,
        [*(edge for band in numbers.bands for edge in _edges(band, theme)), *(_line(curve, theme) for curve in drawn)],
        hovermode="x unified",
        dragmode="zoom",
        xaxis=axis(theme, numbers.unit, tickformat=",d", unifiedhovertitle=hover, **whole),
        yaxis=axis(theme, escaped(numbers.what), grid=True, nticks=8),
        margin={"l": 8, "r": 16 if has_room else _space(drawn), "t": 28, "b": 8},
        annotations=_end_labels(drawn, theme, height) + name,
        shapes=line,
    )


def _line(curve: Curve, theme: Theme) -> go.Scatter:
    colour = palette(theme).line(curve.meaning)
    return go.Scatter(
        x=curve.x,
        y=curve.y,
        name=curve.name,
        mode="lines" if len(curve.x) > 1 else "markers",
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 7},
        hovertemplate="%{y:.4~g}",
    )


def _edges(band: Band, theme: Theme) -> list[go.Scatter]:
    """The lower edge, unseen, and the upper one, filled down to it."""
    style: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "showlegend": False}
    filled = {"fill": "tonexty", "fillcolor": translucent(palette(theme).line(band.meaning), BAND_OPACITY)}
    low = go.Scatter(x=band.x, y=band.low, name="lowest member", hovertemplate="%{y:.4~g}", **style)
    high = go.Scatter(x=band.x, y=band.high, name="highest member", hovertemplate="%{y:.4~g}", **style, **filled)
    return [low, high]


def _bands(meaning: Meaning, field: str, events: dict[int, Event]) -> tuple[Band, ...]:
    """The band of a curve whose epochs tell of several members; thinned, it reaches as far as the widest left out."""
    told = [(n, events[n].get(f"{field}_low"), events[n].get(f"{field}_high")) for n in sorted(events)]
    known = np.array([each for each in told if None not in each], dtype=np.float64).reshape(-1, 3)
    if not len(known) or (meaning == "train") != any(event.get("measured_on") == "train" for event in events.values()):
        return ()
    pieces = np.array_split(known, min(len(known), limits().points // 2))
    x = np.array([piece[-1, 0] for piece in pieces])
    low, high = np.array([piece[:, 1].min() for piece in pieces]), np.array([piece[:, 2].max() for piece in pieces])
    return (Band(meaning, x, low, high),)


def _numbers(
    what: str,
    unit: str,
    lines: tuple[tuple[str, Meaning, str], ...],
    events: dict[int, Event],
    at_most: int | None,
) -> CurvesNumbers:
    order = sorted(events)
    x = np.array(order, dtype=np.float64)
    curves = []
    for name, meaning, field in lines:
        y = np.array([_number(events[i].get(field)) for i in order], dtype=np.float64)
        curves.append(Curve(name, meaning, *envelope(x, y)))
    best = [i for i in order if events[i].get("is_best")]
    return CurvesNumbers(what, unit, tuple(curves), max(best, default=None), max(order, default=0), at_most)


def _latest(events: Iterable[Event], kind: str) -> dict[int, Event]:
    return {int(event[kind]): event for event in events if event.get("event") == kind}


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _space(curves: list[Curve]) -> int:
    """Pixels right of the curves that the longest name needs."""
    return 16 + max((7 * len(curve.name) for curve in curves), default=0)


def _end_labels(curves: list[Curve], theme: Theme, height: int) -> list[dict[str, Any]]:
    if not curves:
        return []
    low = min(float(curve.y.min()) for curve in curves)
    high = max(float(curve.y.max()) for curve in curves)
    pixels = (height - _MARGINS) / ((high - low) or 1.0)
    at = [(float(curve.y[-1]) - low) * pixels for curve in curves]
    return [
        label(
            theme,
            escaped(curve.name),
            palette(theme).said(curve.meaning),
            x=float(curve.x[-1]),
            y=float(curve.y[-1]),
            xanchor="left",
            xshift=6,
            yshift=moved - height_px,
        )
        for curve, height_px, moved in zip(curves, at, apart(at), strict=True)
    ]


def _best(best: int | None, theme: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The dotted line at the best epoch, and its name above."""
    if best is None:
        return [], []
    colours = palette(theme)
    style = {"color": colours.line("best"), "width": 1.5, "dash": "dot"}
    line = {"type": "line", "x0": best, "x1": best, "y0": 0, "y1": 1, "yref": "paper", "line": style}
    place = {"x": best, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "xshift": -4}
    return [line], [label(theme, f"best, epoch {best}", colours.said("best"), **place)]
