"""The drawn network: blocks as wide as the lists that pass, the shape on every wire, as one SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from math import log2

from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.shapes import Shape, grouped, in_short, in_words, size

NARROWEST, WIDEST = 172, 270  # of a block, so that its words fit
BLOCK, WIRE, MARK, LEAD = 38, 30, 28, 12  # heights
MARGIN, BETWEEN, FRAME = 8, 18, 22  # around the picture, between columns, around what is repeated
TINT = 0.12  # of a block's colour inside it
LEVEL = 22  # how far a way around stands out
MERGED = {"add": "+", "mean": "x̄", "multiply": "×"}  # what stands where branches meet; side by side else

LIGHT = {
    "weights": "#2f7de1",
    "activations": "#c86a0c",
    "normalisation": "#7c4ddb",
    "containers": "#18794e",
    "dropout": "#7f889d",
    "shape": "#7f889d",
    "input": "#1b1f2a",
    "head": "#1b1f2a",
    "wrong": "#c62a2f",
    "text": "#1b1f2a",
    "quiet": "#5c6478",
    "paper": "#fcfcfd",
}
DARK = {
    "weights": "#6fb1ff",
    "activations": "#ffa657",
    "normalisation": "#b79bff",
    "containers": "#4cc38a",
    "dropout": "#9aa3b8",
    "shape": "#9aa3b8",
    "input": "#e7e9f0",
    "head": "#e7e9f0",
    "wrong": "#ff8080",
    "text": "#e7e9f0",
    "quiet": "#a3abbf",
    "paper": "#12141a",
}


def svg(plan: Plan, dark: bool = False) -> str:
    """The network as an SVG picture with a title that says it in words; legible on the theme's background."""
    drawn = _Drawn(plan, DARK if dark else LIGHT)
    whole = drawn.whole()
    width, height = whole.width + 2 * MARGIN, whole.height + 2 * MARGIN
    body = "\n".join(whole.at(MARGIN, MARGIN))
    said = escape(in_sentence(plan))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="100%" '
        f'style="max-width:{width:.0f}px" font-family="Inter, system-ui, sans-serif" font-size="13" '
        f'role="img" aria-label="{said}">\n'
        f"<title>{said}</title>\n{body}\n</svg>"
    )


def in_sentence(plan: Plan) -> str:
    """What the picture shows, for those who do not see it."""
    steps = ", then ".join(_step_in_words(row) for row in plan.rows)
    return f"The network, {grouped(plan.n_parameters)} parameters: {steps}."


def _step_in_words(row: LayerPlan) -> str:
    inside = f" (inside, level {row.depth})" if row.depth else ""
    if row.error:
        return f"{row.kind}{inside}, which cannot run"
    if row.family == "input":
        return f"{row.kind}, {row.arguments}"
    given = f", giving {in_words(row.out_shape)}" if row.out_shape else ""
    return f"{row.kind}{inside}{given}"


@dataclass(frozen=True)
class _Piece:
    """A part of the picture: its size, where the wire runs in it from its left edge, and how it is drawn at a place."""

    width: float
    height: float
    middle: float
    at: Callable[[float, float], Iterator[str]]


class _Drawn:
    """Makes the pieces of a plan's picture, from single blocks to the whole."""

    def __init__(self, plan: Plan, colours: dict[str, str]) -> None:
        self.rows = plan.rows
        self.colours = colours
        shapes = [row.out_shape for row in self.rows if row.out_shape]
        self.largest = max([log2(size(shape) + 1) for shape in shapes], default=1.0)

    def whole(self) -> _Piece:
        """All inputs side by side with their branches, joined where there are several, then trunk and head."""
        columns = [
            self.stacked([self.block(row), *self.within(f"branches.{row.path.removeprefix('input.')}")])
            for row in self.rows
            if row.family == "input" and row.path.startswith("input.")
        ]
        rest = [self.step(row) for row in self.rows if row.path in ("join", "head")]
        lost = [self.step(row) for row in self.rows if row.family == "input" and not row.path.startswith("input.")]
        join, head = rest[: len(rest) - 1], rest[-1:]
        trunk = self.within("trunk")
        others = [self.step(row) for row in self.rows if not columns and row.path.count(".") < 1 and not rest]
        top = [self.beside(columns)] if columns else []
        return self.stacked([*top, *lost, *join, *trunk, *head, *others])

    def within(self, stack: str) -> list[_Piece]:
        """The layers of a stack, each with the wire that leads to it."""
        return [self.step(row) for row in self.rows if row.path.rpartition(".")[0] == stack and _is_layer(row)]

    def step(self, row: LayerPlan) -> _Piece:
        """A wire with the shape that passes, and the layer or the container it leads to."""
        piece = self.container(row) if row.family == "containers" else self.block(row)
        return self.stacked([self.wire(row.in_shape), piece])

    def container(self, row: LayerPlan) -> _Piece:
        """What a container holds: branches side by side, or a body with the way around it, or framed and counted."""
        branches = [each.path for each in self.rows if each.path.rpartition(".")[0] == row.path]
        if branches:
            ways = [self.stacked(self.within(path) or [self.wire(row.in_shape)]) for path in branches]
            gathered = self.beside(ways, split=True)
            return self.stacked([gathered, self.mark(row, MERGED.get(row.arguments.rpartition(", ")[2], "⧺"))])
        body = self.stacked(self.within(f"{row.path}.body") or [self.wire(row.in_shape)])
        return self.around(row, body) if row.kind == "Residual" else self.framed(row, body)

    def stacked(self, pieces: list[_Piece]) -> _Piece:
        """Pieces one below the other, on one wire."""
        left = max((piece.middle for piece in pieces), default=0.0)
        right = max((piece.width - piece.middle for piece in pieces), default=0.0)

        def at(x: float, y: float) -> Iterator[str]:
            for piece in pieces:
                yield from piece.at(x + left - piece.middle, y)
                y += piece.height

        return _Piece(left + right, sum(piece.height for piece in pieces), left, at)

    def beside(self, columns: list[_Piece], split: bool = False) -> _Piece:
        """Columns side by side whose wires end on one line; `split`: they also begin on one."""
        if len(columns) == 1 and not split:
            return columns[0]
        lead = LEAD if split else 0
        width = sum(column.width for column in columns) + BETWEEN * (len(columns) - 1)
        height = max(column.height for column in columns)

        def at(x: float, y: float) -> Iterator[str]:
            lines = []
            for column in columns:
                place = x + column.middle
                yield from column.at(x, y + lead)
                yield self.line(place, y + lead + column.height, y + lead + height + LEAD)
                lines.append(place)
                x += column.width + BETWEEN
            for level in (y, y + lead + height + LEAD) if split else (y + lead + height + LEAD,):
                yield self.across(lines[0], lines[-1], level)
            if split:
                yield from (self.line(place, y, y + lead) for place in lines)

        first, last = columns[0].middle, width - columns[-1].width + columns[-1].middle
        return _Piece(width, height + lead + LEAD, (first + last) / 2, at)

    def around(self, row: LayerPlan, body: _Piece) -> _Piece:
        """A body and the way around it, which meets the wire in a plus."""
        plus = self.mark(row, "+")
        colour = self.colours["wrong" if row.error else "containers"]
        inner = self.stacked([body, plus])

        def at(x: float, y: float) -> Iterator[str]:
            yield from inner.at(x, y)
            edge, end, middle = x + inner.width + LEVEL - 6, y + inner.height - MARK / 2, x + inner.middle
            yield (
                f'<path d="M{middle:.0f} {y:.0f} H{edge - 8:.0f} Q{edge:.0f} {y:.0f} {edge:.0f} {y + 8:.0f} '
                f'V{end - 8:.0f} Q{edge:.0f} {end:.0f} {edge - 8:.0f} {end:.0f} H{middle + 9:.0f}" fill="none" '
                f'stroke="{colour}" stroke-width="1.6"><title>{escape(_hover(row))}</title></path>'
            )
            if ": Linear" in row.arguments or ": Conv" in row.arguments:
                turned = f'text-anchor="middle" transform="rotate(90 {edge + 5:.0f} {(y + end) / 2:.0f})"'
                yield self.text(edge + 5, (y + end) / 2, row.arguments.partition(": ")[2], "quiet", turned)

        return _Piece(inner.width + LEVEL + 8, inner.height, inner.middle, at)

    def framed(self, row: LayerPlan, body: _Piece) -> _Piece:
        """A body in a frame that says what is done with it."""
        colour = self.colours["wrong" if row.error else "containers"]

        def at(x: float, y: float) -> Iterator[str]:
            wide, high = body.width + 2 * FRAME, body.height + FRAME
            yield (
                f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="8" '
                f'fill="none" stroke="{colour}" stroke-width="1.3"><title>{escape(_hover(row))}</title></rect>'
            )
            yield from body.at(x + FRAME, y)
            yield self.line(x + FRAME + body.middle, y + body.height, y + body.height + FRAME)
            words = f"{row.kind} {row.arguments}".strip()
            yield self.text(x + FRAME / 2, y + body.height + FRAME - 5, words, "quiet")

        return _Piece(body.width + 2 * FRAME, body.height + FRAME, body.middle + FRAME, at)

    def mark(self, row: LayerPlan, sign: str) -> _Piece:
        """The small circle where several ways become one."""
        colour = self.colours["wrong" if row.error else "containers"]

        def at(x: float, y: float) -> Iterator[str]:
            middle, y = x + 8, y + MARK / 2
            yield self.line(middle, y - MARK / 2, y + MARK / 2)
            edge = f'fill="{self.colours["paper"]}" stroke="{colour}" stroke-width="1.6"'
            yield f'<circle cx="{middle:.0f}" cy="{y:.0f}" r="8" {edge}><title>{escape(_hover(row))}</title></circle>'
            yield self.text(middle, y + 4.5, sign, "text", 'text-anchor="middle"')

        return _Piece(16, MARK, 8, at)

    def line(self, x: float, top: float, bottom: float) -> str:
        """A piece of a wire."""
        return f'<line x1="{x:.0f}" y1="{top:.0f}" x2="{x:.0f}" y2="{bottom:.0f}" stroke="{self.colours["quiet"]}"/>'

    def across(self, left: float, right: float, y: float) -> str:
        """The line on which the wires of several columns meet."""
        return f'<line x1="{left:.0f}" y1="{y:.0f}" x2="{right:.0f}" y2="{y:.0f}" stroke="{self.colours["quiet"]}"/>'

    def wire(self, shape: Shape | None) -> _Piece:
        """The wire to the next row with what passes on it."""
        said = in_short(shape)

        def at(x: float, y: float) -> Iterator[str]:
            yield self.line(x + 1, y, y + WIRE)
            yield self.text(x + 9, y + WIRE / 2 + 4, said, "quiet", 'font-family="monospace"')

        return _Piece(2 + 8 + 7.5 * len(said), WIRE, 1, at)

    def block(self, row: LayerPlan) -> _Piece:
        """A layer: as wide above as what arrives, as wide below as what leaves."""
        before, after = self.span(row.in_shape), self.span(row.out_shape or row.in_shape)
        wide = max(before, after)
        colour = self.colours["wrong" if row.error else row.family]

        def at(x: float, y: float) -> Iterator[str]:
            middle = x + wide / 2
            points = (
                f"{middle - before / 2:.0f},{y:.0f} {middle + before / 2:.0f},{y:.0f} "
                f"{middle + after / 2:.0f},{y + BLOCK:.0f} {middle - after / 2:.0f},{y + BLOCK:.0f}"
            )
            yield (
                f'<polygon points="{points}" fill="{colour}" fill-opacity="{TINT}" stroke="{colour}" '
                f'stroke-width="{2 if row.error else 1.3}" stroke-linejoin="round">'
                f"<title>{escape(_hover(row))}</title></polygon>"
            )
            words = f'<tspan font-weight="600">{escape(row.kind)}</tspan>'
            if row.arguments:
                room = int(((before + after) / 2 - 24 - 8.2 * len(row.kind)) / 6)
                quiet = f'font-size="11" fill="{self.colours["quiet"]}"'
                words += f" <tspan {quiet}>{escape(_cut(row.arguments, room))}</tspan>"
            place = f'x="{middle:.0f}" y="{y + BLOCK / 2 + 4.5:.0f}" text-anchor="middle"'
            yield f'<text {place} fill="{self.colours["text"]}">{words}</text>'

        return _Piece(wide, BLOCK, wide / 2, at)

    def text(self, x: float, y: float, words: str, colour: str, more: str = "") -> str:
        """A few words at a place."""
        place = f'x="{x:.0f}" y="{y:.0f}"'
        return f'<text {place} font-size="12" fill="{self.colours[colour]}" {more}>{escape(words)}</text>'

    def span(self, shape: Shape | None) -> float:
        """How wide a block stands for a shape: by the logarithm of its numbers."""
        if not shape:
            return NARROWEST
        return NARROWEST + (WIDEST - NARROWEST) * log2(size(shape) + 1) / self.largest


def _is_layer(row: LayerPlan) -> bool:
    """Whether a row stands for a layer, and not for an input, a branch of a container, the join or the head."""
    return row.path.rpartition(".")[2].isdecimal()


def _hover(row: LayerPlan) -> str:
    if row.error:
        return row.error
    costs = f"{grouped(row.n_parameters)} parameters, {grouped(row.n_multiply_adds)} multiply-adds"
    return f"{row.kind} {row.arguments}: {in_short(row.in_shape)} → {in_short(row.out_shape)}, {costs}"


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else f"{words[: max(room - 1, 0)]}…"
