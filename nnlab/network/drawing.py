"""The drawn network: blocks as wide as the lists that pass, the shape on every wire, as one SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import log2

from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.shapes import Shape, grouped, in_short, in_words, size

MIDDLE = 162  # blocks stand around this line; to its right is room for the ways around
NARROWEST, WIDEST = 172, 270  # of a block, so that its words fit
BLOCK, WIRE = 38, 30  # heights
TINT = 0.12  # of a block's colour inside it
LEVEL = 22  # how far a way around stands out for each level

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
    colours = DARK if dark else LIGHT
    drawn = _Drawn(plan, colours)
    body = "\n".join(drawn.parts())
    said = escape(in_sentence(plan))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawn.width} {drawn.y}" width="100%" '
        f'style="max-width:{drawn.width}px" font-family="Inter, system-ui, sans-serif" font-size="13" '
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


class _Drawn:
    """The parts of the picture from top to bottom; `y` is how far it reaches."""

    def __init__(self, plan: Plan, colours: dict[str, str]) -> None:
        self.rows = plan.rows
        self.colours = colours
        self.y = 8
        shapes = [row.out_shape for row in self.rows if row.out_shape]
        self.largest = max([log2(size(shape) + 1) for shape in shapes], default=1.0)
        self.deepest = max([row.depth + 1 for row in self.rows if row.family == "containers"], default=0)
        self.width = round(MIDDLE + WIDEST / 2 + LEVEL * self.deepest + 12)
        self.begun: list[tuple[LayerPlan, int]] = []  # containers whose way around has begun, and where
        self.ends: list[int] = []  # where the stacks of the inputs before this one end

    def parts(self) -> Iterator[str]:
        """Everything drawn, one element after the other."""
        for index, row in enumerate(self.rows):
            yield from self.closed(row.depth)
            if index and row.family == "input":
                self.ends.append(self.y)
                self.y += WIRE
            elif index:
                yield from self.wire(self.rows[index - 1].out_shape if row.path == "join" else row.in_shape)
            if row.family == "containers":
                self.y += WIRE // 3
                self.begun.append((row, self.y - WIRE // 3))
                yield self.line(self.y - WIRE // 3, self.y)
            else:
                yield from self.block(row)
            if row.path == "join":
                yield from self.gathered(self.y - BLOCK // 2, self.span(row.in_shape))
        yield from self.closed(0)
        self.y += 8

    def line(self, top: float, bottom: float) -> str:
        """A piece of the wire in the middle."""
        return f'<line x1="{MIDDLE}" y1="{top}" x2="{MIDDLE}" y2="{bottom}" stroke="{self.colours["quiet"]}"/>'

    def wire(self, shape: Shape | None) -> Iterator[str]:
        """The wire to the next row with what passes on it."""
        top, self.y = self.y, self.y + WIRE
        yield self.line(top, self.y)
        yield self.text(MIDDLE + 8, top + WIRE / 2 + 4, in_short(shape), "quiet", 'font-family="monospace"')

    def block(self, row: LayerPlan) -> Iterator[str]:
        """A layer: as wide above as what arrives, as wide below as what leaves."""
        colour = self.colours["wrong" if row.error else row.family]
        before, after = self.span(row.in_shape), self.span(row.out_shape or row.in_shape)
        top, self.y = self.y, self.y + BLOCK
        points = (
            f"{MIDDLE - before / 2:.0f},{top} {MIDDLE + before / 2:.0f},{top} "
            f"{MIDDLE + after / 2:.0f},{self.y} {MIDDLE - after / 2:.0f},{self.y}"
        )
        yield (
            f'<polygon points="{points}" fill="{colour}" fill-opacity="{TINT}" stroke="{colour}" '
            f'stroke-width="{2 if row.error else 1.3}" stroke-linejoin="round"><title>{escape(_hover(row))}</title>'
            "</polygon>"
        )
        words = f'<tspan font-weight="600">{escape(row.kind)}</tspan>'
        if row.arguments:
            room = int(((before + after) / 2 - 24 - 8.2 * len(row.kind)) / 6)
            words += (
                f' <tspan font-size="11" fill="{self.colours["quiet"]}">{escape(_cut(row.arguments, room))}</tspan>'
            )
        middle = f'x="{MIDDLE}" y="{top + BLOCK / 2 + 4.5}" text-anchor="middle"'
        yield f'<text {middle} fill="{self.colours["text"]}">{words}</text>'

    def closed(self, depth: int) -> Iterator[str]:
        """Ends the ways around of containers whose last layer has been drawn: they meet the wire in a plus."""
        while self.begun and self.begun[-1][0].depth >= depth:
            row, begun = self.begun.pop()
            colour = self.colours["wrong" if row.error else "containers"]
            x = MIDDLE + WIDEST / 2 + LEVEL * (self.deepest - row.depth) - 6
            yield self.line(self.y, self.y + 24)
            self.y += 24
            y = self.y - 10
            yield (
                f'<path d="M{MIDDLE} {begun} H{x - 8} Q{x} {begun} {x} {begun + 8} V{y - 8} Q{x} {y} {x - 8} {y} '
                f'H{MIDDLE + 9}" fill="none" stroke="{colour}" stroke-width="1.6">'
                f"<title>{escape(_hover(row))}</title></path>"
            )
            edge = f'fill="{self.colours["paper"]}" stroke="{colour}" stroke-width="1.6"'
            yield f'<circle cx="{MIDDLE}" cy="{y}" r="8" {edge}/>'
            yield self.text(MIDDLE, y + 4.5, "+", "text", 'text-anchor="middle"')
            if ": Linear" in row.arguments or ": Conv1d" in row.arguments:
                turned = f'text-anchor="middle" transform="rotate(90 {x + 5} {(begun + y) / 2})"'
                yield self.text(x + 5, (begun + y) / 2, row.arguments.partition(": ")[2], "quiet", turned)

    def gathered(self, y: int, span: float) -> Iterator[str]:
        """Lines from the ends of the other inputs' stacks, down the left side, into the join."""
        for begun in self.ends:
            x = MIDDLE - WIDEST / 2 - 14
            yield (
                f'<path d="M{MIDDLE} {begun} v12 H{x} V{y} h{WIDEST / 2 + 14 - span / 2:.0f}" fill="none" '
                f'stroke="{self.colours["quiet"]}"/>'
            )

    def text(self, x: float, y: float, words: str, colour: str, more: str = "") -> str:
        """A few words at a place."""
        return f'<text x="{x}" y="{y}" font-size="12" fill="{self.colours[colour]}" {more}>{escape(words)}</text>'

    def span(self, shape: Shape | None) -> float:
        """How wide a block stands for a shape: by the logarithm of its numbers."""
        if not shape:
            return NARROWEST
        return NARROWEST + (WIDEST - NARROWEST) * log2(size(shape) + 1) / self.largest


def _hover(row: LayerPlan) -> str:
    if row.error:
        return row.error
    costs = f"{grouped(row.n_parameters)} parameters, {grouped(row.n_multiply_adds)} multiply-adds"
    return f"{row.kind} {row.arguments}: {in_short(row.in_shape)} → {in_short(row.out_shape)}, {costs}"


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else f"{words[: max(room - 1, 0)]}…"
