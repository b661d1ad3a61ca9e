"""The ROC curves of the network and the baselines, in a square."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Theme, palette
from nnlab.plots.wording import escaped, figure, one_line, shown
from nnlab.score.curves import MEAN_OF_CLASSES
from nnlab.score.report import Report
from nnlab.score.verdict import title

SIDE = 350
_DASHES = {"lightgbm": "solid", "linear": "dot", "majority": "dash"}
_FIRST_LABEL = 0.42  # height of the topmost name: under the diagonal, where no curve worth drawing comes
_LABEL_STEP = 0.085


class RocLine(NamedTuple):
    """One model's curve: of the rows without the class the share taken for it (x), beside that of those with it (y)."""

    model: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    auc: float


class RocNumbers(NamedTuple):
    """The curves of all models for one class against the rest, or for the mean of all classes."""

    positive: str
    lines: tuple[RocLine, ...]

    def table(self) -> list[dict[str, Any]]:
        """A row for each point of each curve."""
        return [
            {"model": line.name, "false positive rate": x, "true positive rate": y}
            for line in self.lines
            for x, y in zip(line.x, line.y, strict=True)
        ]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.lines:
            return "There is no ROC curve to show."
        said = ", ".join(f"{line.name} {figure(line.auc)}" for line in self.lines)
        return f"ROC curves for {self.positive}; area under each: {said}."


def roc_classes(report: Report) -> tuple[int, ...]:
    """What there are curves for: indices of classes, and -1 for the mean of all, which comes first."""
    return tuple(sorted({curve.positive for curve in report.curves}))


def roc_numbers(report: Report, positive: int | None = None) -> RocNumbers:
    """The curves for one class against the rest; nothing said: of two classes the second, of more their mean."""
    known = roc_classes(report)
    if positive is None and known:
        positive = known[0]
    chosen = [curve for curve in report.curves if curve.positive == positive]
    chosen.sort(key=lambda curve: (curve.model != "network", -curve.auc))
    lines = tuple(RocLine(curve.model, title(curve.model), curve.x, curve.y, curve.auc) for curve in chosen)
    if positive is None or not lines:
        return RocNumbers("", ())
    name = "the mean of all classes" if positive == MEAN_OF_CLASSES else f"“{one_line(report.classes[positive], 40)}”"
    return RocNumbers(name, lines)


def roc_figure(numbers: RocNumbers, theme: Theme) -> go.Figure:
    """The curves in a square, each named near its end, the network's on top."""
    about = f" ({shown(numbers.positive.strip('“”'), 18)})" if numbers.positive.startswith("“") else ""
    ticks: dict[str, Any] = {"range": [-0.01, 1.01], "tickvals": [0, 0.25, 0.5, 0.75, 1], "fixedrange": True}
    ticks |= {"constrain": "domain", "showline": True, "linecolor": palette(theme).grid, "mirror": True}
    square: dict[str, Any] = {**ticks, "scaleanchor": "x", "scaleratio": 1}
    heights = [_FIRST_LABEL - _LABEL_STEP * place for place in range(len(numbers.lines))]
    return canvas(
        theme,
        "roc",
        SIDE,
        [_curve(line, theme) for line in reversed(numbers.lines)],
        xaxis=axis(theme, "false positive rate", **ticks),
        yaxis=axis(theme, f"true positive rate{about}", **square),
        annotations=[_name(line, height, theme) for line, height in zip(numbers.lines, heights, strict=True)],
        shapes=[
            {"type": "line", "x0": 0.46, "x1": 0.55, "y0": height, "y1": height, "line": _style(line, theme)}
            for line, height in zip(numbers.lines, heights, strict=True)
        ],
    )


def _style(line: RocLine, theme: Theme) -> dict[str, Any]:
    if line.model == "network":
        return {"color": palette(theme).line("network"), "width": 2.5, "dash": "solid"}
    return {"color": palette(theme).line("data"), "width": 1.5, "dash": _DASHES.get(line.model, "solid")}


def _curve(line: RocLine, theme: Theme) -> go.Scatter:
    hover = f"{escaped(line.name)}: %{{y:.2f}} of them found at %{{x:.2f}} false alarms<extra></extra>"
    return go.Scatter(x=line.x, y=line.y, mode="lines", line=_style(line, theme), hovertemplate=hover)


def _name(line: RocLine, height: float, theme: Theme) -> dict[str, Any]:
    """A model's name with its area at the lower right, beside a piece of its line."""
    text = f"{escaped(line.name)} {figure(line.auc)}"
    place: dict[str, Any] = {"x": 0.99, "y": height, "xanchor": "right", "yanchor": "middle"}
    if line.model == "network":
        return label(theme, f"<b>{text}</b>", palette(theme).said("network"), **place)
    return label(theme, text, palette(theme).said("data"), **place)
