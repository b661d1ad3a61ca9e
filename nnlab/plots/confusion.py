"""Which class was taken for which: a cell for each pair, with its count and its share of the row."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.plots.canvas import LABEL_SIZE, axis, canvas
from nnlab.plots.palette import Theme, mixed, palette
from nnlab.plots.wording import count, escaped, one_line, percent, shown
from nnlab.score.report import Report

MOST_CLASSES = 12  # of more, the frequent ones are drawn and the others joined
LONGEST_NAME = 14
_LARGEST_WITH_SHARES = 5  # classes for which a cell has room for count and share
_NARROWEST, _LETTER = 300, 7  # pixels of the whole picture on a phone, and of a letter
_GAP = 0.025  # between cells, in units of a cell


class ConfusionNumbers(NamedTuple):
    """Counts by true class (rows) and predicted class (columns).

    `members[i]` are the indices in the report of the classes that row and column i stand for: one, or all others.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    members: tuple[tuple[int, ...], ...]

    @property
    def n_rows(self) -> int:
        return sum(map(sum, self.counts))

    def share(self, truth: int, predicted: int) -> float:
        """Of the rows of a class, the share that was given the other; 0 for a class without rows."""
        return self.counts[truth][predicted] / max(sum(self.counts[truth]), 1)

    def table(self) -> list[dict[str, Any]]:
        """A row for each cell that holds rows."""
        return [
            {"was": was, "says": says, "rows": self.counts[i][j], "share of the row": self.share(i, j)}
            for i, was in enumerate(self.names)
            for j, says in enumerate(self.names)
            if self.counts[i][j]
        ]

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        if not self.names:
            return "There are no test rows to show."
        n_right = sum(self.counts[i][i] for i in range(len(self.names)))
        wrong = [(self.counts[i][j], i, j) for i in range(len(self.names)) for j in range(len(self.names)) if i != j]
        worst = max(wrong, default=(0, 0, 0))
        said = f"Of {count(self.n_rows)} test rows {count(n_right)} lie on the diagonal of right answers"
        if not worst[0]:
            return f"{said}."
        was, says = (one_line(self.names[i], 40) for i in worst[1:])
        return f"{said}; most often {was} is taken for {says}, {count(worst[0])} times."


def confusion_numbers(report: Report, most: int = MOST_CLASSES) -> ConfusionNumbers:
    """The matrix; of more than `most` classes those with the most test rows, in their order, and the others joined."""
    n_classes = len(report.classes)
    if not report.cells:
        return ConfusionNumbers((), (), ())
    support = [score.support for score in report.per_class]
    frequent = sorted(range(n_classes), key=lambda k: -support[k])
    shown_first = sorted(frequent[: most - 1] if n_classes > most else frequent)
    members: list[tuple[int, ...]] = [(k,) for k in shown_first]
    names = [report.classes[k] for k in shown_first]
    if n_classes > most:
        others = tuple(sorted(frequent[most - 1 :]))
        members.append(others)
        names.append(f"{len(others)} others")
    place = {k: i for i, group in enumerate(members) for k in group}
    counts = [[0] * len(members) for _ in members]
    for cell in report.cells:
        counts[place[cell.truth]][place[cell.predicted]] += cell.count
    return ConfusionNumbers(tuple(names), tuple(map(tuple, counts)), tuple(members))


def cell_lines(report: Report, numbers: ConfusionNumbers, truth: int, predicted: int) -> tuple[int, ...]:
    """The lines of the file behind a cell of the picture, as many as the report holds."""
    was, says = set(numbers.members[truth]), set(numbers.members[predicted])
    return tuple(line for cell in report.cells if cell.truth in was and cell.predicted in says for line in cell.lines)


def confusion_figure(numbers: ConfusionNumbers, theme: Theme) -> go.Figure:
    """The cells; a click on one selects a point with customdata [row, column]."""
    n = len(numbers.names)
    cells = [(i, j) for i in range(n) for j in range(n)]
    names = [shown(name, LONGEST_NAME) for name in numbers.names]
    ticks: dict[str, Any] = {"tickvals": list(range(n)), "fixedrange": True, "visible": n > 0}
    is_small = n <= _LARGEST_WITH_SHARES  # else one word stands for all, as the axis's name
    is_tilted = not is_small and not _fit(numbers)
    top = {**ticks, "side": "top", "range": [-0.5, n - 0.5], "tickangle": -45 if is_tilted else 0}
    top["ticktext"] = [f"says<br>{name}" for name in names] if is_small else names
    left = {**ticks, "range": [n - 0.5, -0.5]}
    left["ticktext"] = [f"was\u00a0{name}" for name in names] if is_small else names
    return canvas(
        theme,
        "confusion",
        60 + max(n * _cell_height(n), 60),
        [_texts(numbers, cells, palette(theme).text)] if cells else [],
        clickmode="event+select",
        hoverdistance=-1,  # a cell answers up to its rim, not only near its middle
        shapes=[_box(numbers, theme, i, j) for i, j in cells],
        xaxis=axis(theme, "" if is_small else "says", **top),
        yaxis=axis(theme, "" if is_small else "was", **left),
        margin={"l": 8, "r": round(0.7 * _widest(numbers)) if is_tilted else 8, "t": 8, "b": 8},  # for the last name
    )


def cell_colour(numbers: ConfusionNumbers, theme: Theme, truth: int, predicted: int) -> str:
    """Green by the share of the row that is right, red by the share that is wrong."""
    colours = palette(theme)
    full = colours.right_cell if truth == predicted else colours.wrong_cell
    if not numbers.counts[truth][predicted]:
        return colours.empty_cell
    # the root lifts small shares, so that an error of a few percent is still seen to be one
    return mixed(colours.empty_cell, full, numbers.share(truth, predicted) ** 0.5)


def _fit(numbers: ConfusionNumbers) -> bool:
    """Whether the longest name is no wider than a cell, which has what the names at the left leave."""
    return _widest(numbers) + _LETTER <= (_NARROWEST - _widest(numbers)) / len(numbers.names)


def _widest(numbers: ConfusionNumbers) -> int:
    """Pixels of the longest name."""
    return _LETTER * max(min(len(name), LONGEST_NAME) for name in numbers.names)


def _box(numbers: ConfusionNumbers, theme: Theme, truth: int, predicted: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": predicted - 0.5 + _GAP,
        "x1": predicted + 0.5 - _GAP,
        "y0": truth - 0.5 + _GAP,
        "y1": truth + 0.5 - _GAP,
        "fillcolor": cell_colour(numbers, theme, truth, predicted),
        "line": {"width": 0},
        "layer": "below",
    }


def _texts(numbers: ConfusionNumbers, cells: list[tuple[int, int]], colour: str) -> go.Scatter:
    n = len(numbers.names)
    font = {"color": colour, "size": 16 if n <= 4 else LABEL_SIZE}
    still = {"textfont": {"color": colour}, "marker": {"opacity": 0}}  # a selected cell does not fade the others
    return go.Scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers+text",
        text=[_text(numbers, i, j) for i, j in cells],
        textfont=font,
        customdata=[[i, j] for i, j in cells],
        hovertext=[_hover(numbers, i, j) for i, j in cells],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"size": min(56, _cell_height(n)), "opacity": 0, "symbol": "square"},
        selected=still,
        unselected=still,
        cliponaxis=False,
    )


def _text(numbers: ConfusionNumbers, truth: int, predicted: int) -> str:
    rows = numbers.counts[truth][predicted]
    if len(numbers.names) > _LARGEST_WITH_SHARES:
        return f"<b>{count(rows)}</b>" if rows else ""
    share = escaped(percent(numbers.share(truth, predicted)))
    return f"<b>{count(rows)}</b><br><span style='font-size:{LABEL_SIZE}px'>{share}</span>"


def _hover(numbers: ConfusionNumbers, truth: int, predicted: int) -> str:
    was, says = shown(numbers.names[truth], 60), shown(numbers.names[predicted], 60)
    share = escaped(percent(numbers.share(truth, predicted)))
    return f"was {was}, says {says}<br>{count(numbers.counts[truth][predicted])} rows, {share} of those that were {was}"


def _cell_height(n: int) -> int:
    return 62 if n <= 3 else 50 if n <= _LARGEST_WITH_SHARES else 34
