"""The drawn network: well-formed, legible, said in words, and nothing in it but text."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree

import pytest

from nnlab.network.drawing import DARK, LIGHT, TINT, svg
from nnlab.network.head import Head
from nnlab.network.layers import Conv1d, Linear, Parallel, Repeat, Residual, SiLU
from nnlab.network.network import Network
from nnlab.network.plan import LayerPlan, Plan, plan
from tests.batteries import battery
from tests.strategies import random_head, random_network

BINARY = Head(task="binary", n_outputs=1)
SVG = "{http://www.w3.org/2000/svg}"


def words(picture: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_layers_and_the_shapes_between_them_are_drawn() -> None:
    """A block a layer, its arguments in it, the shape on every wire, a plus where a way around ends."""
    network = Network(trunk=(Linear(), SiLU(), Residual(body=(Linear(out_features=32),))))
    found = words(svg(plan(network, {"table": (13,)}, BINARY)))
    assert found == [
        "Table 13 numbers",
        "13",
        "Linear 64",
        "64",
        "SiLU",
        "64",
        "64",
        "Linear 32",
        "+",
        "Linear 32",
        "32",
        "Head yes or no: Linear 1",
    ]


def test_branches_stand_side_by_side_and_inputs_too() -> None:
    """What several ways give meets in a circle below them; each is drawn in a column of its own."""
    ways = Parallel(branches=((Linear(out_features=5),), (Linear(out_features=7), SiLU()), ()))
    drawn = svg(plan(Network(trunk=(ways,)), {"table": (13,)}, BINARY))
    found = words(drawn)
    assert found.index("Linear 5") < found.index("Linear 7") < found.index("⧺")
    left, right = (
        float(re.findall(rf'x="(\d+)"[^>]*><tspan[^>]*>Linear</tspan> <tspan[^>]*>{n}<', drawn)[0]) for n in (5, 7)
    )
    assert right - left > 170


def test_what_is_repeated_is_framed() -> None:
    """The frame says how often."""
    drawn = svg(plan(Network(trunk=(Repeat(times=3, body=(Linear(),)),)), {"table": (13,)}, BINARY))
    assert "Repeat 3 times" in words(drawn)
    assert "<rect" in drawn


def test_a_layer_that_cannot_run_is_red_and_what_follows_unknown() -> None:
    """The error's colour appears, its sentence is the block's title, and the wire after it says "?"."""
    picture = svg(plan(Network(trunk=(Linear(), Conv1d())), {"table": (13,)}, BINARY))
    assert LIGHT["wrong"] in picture
    assert "Conv1d needs channels and a length" in picture
    assert "?" in words(picture)


def test_the_picture_is_said_in_words() -> None:
    """A screen reader gets the layers in order."""
    root = ElementTree.fromstring(svg(plan(Network(trunk=(Linear(),)), {"table": (13,)}, BINARY)))
    assert root.get("role") == "img"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == root.get("aria-label")
    assert title.text == (
        "The network, 961 parameters: Table, 13 numbers, then Linear, giving one list of 64 numbers, "
        "then Head, giving one number."
    )


def test_random_networks_are_drawn_well_formed() -> None:
    """Every picture parses as XML, in both themes."""
    rng = random.Random(10)
    for _ in range(battery(40, 400)):
        network, shapes = random_network(rng)
        for dark in (False, True):
            ElementTree.fromstring(svg(plan(network, shapes, random_head(rng)), dark))


def test_an_empty_plan_is_drawn_as_nothing() -> None:
    """A network refused for its size has no rows; the picture is empty, not an error."""
    ElementTree.fromstring(svg(Plan()))


def test_text_is_escaped() -> None:
    """Whatever a name holds stays text."""
    row = LayerPlan("trunk.0", 0, "<script>x</script>", "weights", '"&<b>')
    picture = svg(Plan(rows=(row,)))
    assert "<script" not in picture
    assert any(word.startswith("<script>x</script>") for word in words(picture))


def luminance(colour: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_words_have_contrast(theme: dict[str, str]) -> None:
    """At least 4.5 : 1 for words on the paper and on every tinted block, 3 : 1 for lines."""
    paper = rgb(theme["paper"])
    for name in set(theme) - {"paper"}:
        line = rgb(theme[name])
        assert contrast(line, paper) >= 3, name
        tinted = tuple(TINT * over + (1 - TINT) * under for over, under in zip(line, paper, strict=True))
        for text in ("text", "quiet"):
            assert contrast(rgb(theme[text]), tinted) >= 4.5, (name, text)
