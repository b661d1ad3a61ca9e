"""How the rows are divided: one bar in three colours, and a line for each part with its rows, times and classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from nnlab.data.profile import MOST_SHADES
from nnlab.plots.canvas import axis, canvas, label
from nnlab.plots.palette import Meaning, Theme, palette, shades
from nnlab.plots.wording import count, escaped, figure, percent, shown
from nnlab.prep.level_names import natural_order

_MEANINGS: dict[str, Meaning] = {"train": "train", "validation": "validation", "test": "network", "left out": "data"}
_BAR, _LINE, _CLASSES, _LEGEND = 26, 24, 14, 24  # pixels: the bar of sizes, a part's line, its classes, their names
_LONG = 44  # letters of all names of the classes: more do not stand in one line on a phone
_LONGEST_NAME = 16


class SplitNumbers(NamedTuple):
    """Rows in each part, in order, parts without rows left away; of each its classes' shares and what else is told."""

    parts: tuple[tuple[str, int], ...]
    classes: tuple[str, ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()  # a row a part, a number a class
    told: tuple[str, ...] = ()  # of each part its time span or its mean; "" where there is nothing
    has_other: bool = False  # the last of the classes joins all but the commonest

    @property
    def n_rows(self) -> int:
        return sum(rows for _, rows in self.parts)

    def table(self) -> list[dict[str, Any]]:
        """A row a part."""
        rows: list[dict[str, Any]] = []
        for place, (name, n_rows) in enumerate(self.parts):
            row: dict[str, Any] = {"part": name, "rows": n_rows, "share": n_rows / max(self.n_rows, 1)}
            if any(self.told):
                row["told"] = self.told[place]
            row.update(zip(self.classes, self.shares[place] if self.shares else (), strict=False))
            rows.append(row)
        return rows

    def alt(self) -> str:
        """What the picture shows, as a sentence."""
        told = self.told or ("",) * len(self.parts)
        said = ", ".join(
            f"{name} {count(rows)}" + (f" ({more})" if more else "")
            for (name, rows), more in zip(self.parts, told, strict=True)
        )
        return f"{count(self.n_rows)} rows: {said}." if self.parts else "There are no rows to divide."


def split_numbers(
    n_rows: Mapping[str, int],
    n_left_out: int = 0,
    *,
    class_shares: Mapping[str, Mapping[str, float]] | None = None,
    spans: Mapping[str, tuple[str, str]] | None = None,
    means: Mapping[str, float] | None = None,
) -> SplitNumbers:
    """The parts from rows in `train`, `validation` and `test`, and rows in none; the rest by part's name."""
    known = [(name, int(n_rows.get(name, 0))) for name in ("train", "validation", "test")]
    parts = tuple((name, rows) for name, rows in [*known, ("left out", n_left_out)] if rows > 0)
    classes, shares, has_other = _classes(parts, class_shares or {})
    told = tuple(_told(name, spans or {}, means or {}) for name, _ in parts)
    return SplitNumbers(parts, classes, shares, told, has_other)


def split_figure(numbers: SplitNumbers, theme: Theme) -> go.Figure:
    """The bar; below it a line for each part, so that no name runs into another however small its part is."""
    tall = _LINE + (_CLASSES if numbers.shares else 0)  # y counts pixels from the top
    height = _BAR + tall * len(numbers.parts) + (_LEGEND if numbers.shares else 0)
    still: dict[str, Any] = {"visible": False, "fixedrange": True}
    starts = [_BAR + tall * place for place in range(len(numbers.parts))]
    traces = [_part(numbers, place, theme) for place in range(len(numbers.parts))]
    notes = []
    for place, start in enumerate(starts):
        notes += _line(numbers, place, start, theme)
        traces += _shares(numbers, place, start + _LINE, theme)
    if numbers.shares:
        notes.append(_legend(numbers, height - _LEGEND, theme))
    return canvas(
        theme,
        "split",
        max(height, _BAR) + 8,
        traces,
        barmode="overlay",
        xaxis=axis(theme, range=[0, 1], **still),
        yaxis=axis(theme, range=[max(height, _BAR), 0], **still),
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        annotations=notes,
    )


def _classes(
    parts: tuple[tuple[str, int], ...], by_part: Mapping[str, Mapping[str, float]]
) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...], bool]:
    """The commonest classes in their order, the rest as one, each part's shares, and whether there is a rest."""
    n_rows = dict(parts)
    weight: dict[str, float] = {}
    for name, shares in by_part.items():
        for text, share in shares.items():
            weight[text] = weight.get(text, 0.0) + share * n_rows.get(name, 0)
    if not weight:
        return (), (), False
    order = sorted(weight, key=natural_order)
    kept = order
    if len(order) > MOST_SHADES:
        kept = sorted(sorted(order, key=lambda text: -weight[text])[: MOST_SHADES - 1], key=natural_order)
    rest = [text for text in order if text not in set(kept)]
    rows = []
    for name, _ in parts:
        mine = by_part.get(name, {})
        row = [mine.get(text, 0.0) for text in kept]
        rows.append(tuple([*row, sum(mine.get(text, 0.0) for text in rest)] if rest else row))
    return (*kept, *([f"{len(rest)} others"] if rest else [])), tuple(rows), bool(rest)


def _told(name: str, spans: Mapping[str, tuple[str, str]], means: Mapping[str, float]) -> str:
    if name in spans:
        first, last = spans[name]
        return first if first == last else f"{first} to {last}"
    return f"mean {figure(means[name])}" if name in means else ""


def _part(numbers: SplitNumbers, place: int, theme: Theme) -> go.Bar:
    colours, n_rows = palette(theme), numbers.n_rows
    name, rows = numbers.parts[place]
    before = sum(n for _, n in numbers.parts[:place])
    marker = {"color": colours.line(_MEANINGS[name]), "line": {"width": 2, "color": colours.background}}
    hover = f"{name} {count(rows)} rows, {escaped(percent(rows / n_rows))}<extra></extra>"
    return _bar(rows / n_rows, before / n_rows, _BAR / 2 - 2, _BAR - 6, marker, name, hover)


def _bar(share: float, base: float, y: float, width: float, marker: Any, name: str, hover: str) -> go.Bar:
    return go.Bar(
        x=[share], y=[y], base=[base], width=[width], orientation="h", marker=marker, name=name, hovertemplate=hover
    )


def _line(numbers: SplitNumbers, place: int, y: float, theme: Theme) -> list[dict[str, Any]]:
    """What is said of a part: its name and rows at the left, what else is told at the right."""
    name, rows = numbers.parts[place]
    colours = palette(theme)
    here: dict[str, Any] = {"y": y + _LINE / 2, "yanchor": "middle"}
    share = percent(rows / numbers.n_rows)
    said = f'<b><span style="color:{colours.said(_MEANINGS[name])}">{name}</span></b> {count(rows)} · {escaped(share)}'
    left = label(theme, said, x=0, xanchor="left", **here)
    more = numbers.told[place] if numbers.told else ""
    return [left, *([label(theme, escaped(more), colours.muted, x=1, xanchor="right", **here)] if more else [])]


def _shares(numbers: SplitNumbers, place: int, y: float, theme: Theme) -> list[go.Bar]:
    """A part's classes side by side, the whole width being all of its rows."""
    found, base = [], 0.0
    shares = numbers.shares[place] if numbers.shares else ()
    edge = {"width": 1, "color": palette(theme).background}
    for text, share, colour in zip(numbers.classes, shares, _shades(numbers, theme), strict=False):
        if share > 0:
            hover = f"{shown(text, 40)}: {escaped(percent(share))} of {numbers.parts[place][0]}<extra></extra>"
            marker = {"color": colour, "line": edge}
            found.append(_bar(share, base, y + _CLASSES / 2 - 3, _CLASSES - 5, marker, shown(text, 40), hover))
        base += share
    return found


def _shades(numbers: SplitNumbers, theme: Theme) -> tuple[str, ...]:
    return shades(theme, len(numbers.classes), has_other=numbers.has_other)


def _legend(numbers: SplitNumbers, y: float, theme: Theme) -> dict[str, Any]:
    """The classes by their shade; names are shortened where all of them are too long for a line."""
    is_long = sum(min(len(text), _LONGEST_NAME) + 3 for text in numbers.classes) > _LONG
    longest = _LONG // len(numbers.classes) - 3 if is_long else _LONGEST_NAME
    named = zip(numbers.classes, _shades(numbers, theme), strict=True)
    said = "  ".join(f'<span style="color:{colour}">■</span> {shown(text, longest)}' for text, colour in named)
    return label(theme, said, palette(theme).muted, x=0, xanchor="left", y=y + _LEGEND / 2, yanchor="middle")
