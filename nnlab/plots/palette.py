"""One meaning, one colour, in both themes, chosen to be told apart by colour-blind people.

A line or mark stands out at least 3 : 1 from its background, text at least 4.5 : 1; a test computes both.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Theme = Literal["light", "dark"]
Meaning = Literal["train", "validation", "network", "best", "wrong", "data"]


class Tone(NamedTuple):
    """A meaning's colour for lines and marks, and for text."""

    line: str
    text: str


class Palette(NamedTuple):
    """The colours of one theme."""

    background: str
    second_background: str
    text: str
    muted: str  # text beside the point: axes, labels, what is said in passing
    grid: str  # too faint to carry a meaning
    tones: dict[Meaning, Tone]
    right_cell: str  # a confusion cell that holds all rows of its class: rightly
    wrong_cell: str  # the same: wrongly
    empty_cell: str
    shades: tuple[str, str, str]  # of classes inside a bar: they differ in lightness, whatever colours a person sees

    def line(self, meaning: Meaning) -> str:
        return self.tones[meaning].line

    def said(self, meaning: Meaning) -> str:
        """The colour of a text about a meaning."""
        return self.tones[meaning].text


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        background="#fcfcfd",
        second_background="#f3f4f7",
        text="#141822",
        muted="#525a6b",
        grid="#e3e5ec",
        tones={
            "train": Tone("#2f7de1", "#2465b8"),
            "validation": Tone("#c86a0c", "#a85505"),
            "network": Tone("#7c4ddb", "#6b3fc4"),
            "best": Tone("#18794e", "#18794e"),
            "wrong": Tone("#c62a2f", "#c62a2f"),
            "data": Tone("#7f889d", "#525a6b"),
        },
        right_cell="#9fd9bb",
        wrong_cell="#f0a9a7",
        empty_cell="#f3f4f7",
        shades=("#7f889d", "#6a44c4", "#38227f"),
    ),
    "dark": Palette(
        background="#12141a",
        second_background="#1b1e27",
        text="#e7e9f0",
        muted="#98a1b5",
        grid="#2b303d",
        tones={
            "train": Tone("#6fb1ff", "#6fb1ff"),
            "validation": Tone("#ffa657", "#ffa657"),
            "network": Tone("#b79bff", "#b79bff"),
            "best": Tone("#4cc38a", "#4cc38a"),
            "wrong": Tone("#ff8080", "#ff8080"),
            "data": Tone("#646d82", "#98a1b5"),
        },
        right_cell="#1f5f42",
        wrong_cell="#7a3034",
        empty_cell="#1b1e27",
        shades=("#646d82", "#a78af5", "#d9ccff"),
    ),
}


def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    return PALETTES[theme]


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies a share of the way from one to the other."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_rgb(one), _rgb(other), strict=True))


def translucent(colour: str, opacity: float) -> str:
    """The colour with an opacity, as CSS."""
    return f"rgba({', '.join(map(str, _rgb(colour)))}, {opacity:g})"


def shades(theme: Theme, n_classes: int, *, has_other: bool = False) -> tuple[str, ...]:
    """A colour for each class inside a bar, three at most: slate, then two violets; what joins all others is slate."""
    slate, *violets = palette(theme).shades
    return (*violets[: n_classes - 1], slate) if has_other else palette(theme).shades[:n_classes]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [value / 255 for value in _rgb(colour)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
