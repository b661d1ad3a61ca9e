"""The network being designed: the open project's network with its plan, the selected layer, and every edit of both.

Edits are callbacks: they run before the page is drawn, so that an edit and its result take one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from nnlab.errors import ConflictError
from nnlab.merge import carried_over
from nnlab.network import edit
from nnlab.network.layers import Layer, layers
from nnlab.network.network import Network
from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.templates import default_network, templates
from nnlab.runs import blocks
from nnlab.runs.project import Project
from nnlab.runs.sizing import with_template
from pages.ui import cached, parts, stack, state
from pages.ui.parts import _

STACK = "network.stack"
SELECTED = "network.selected"
BLOCK = "block:"  # what a menu's entry begins with where it is no layer but a kept block; its id follows


class Design(NamedTuple):
    """The open project's network, what it is designed for, and its plan."""

    project: Project
    inputs: cached.DesignInputs
    network: Network
    plan: Plan

    @property
    def selected(self) -> LayerPlan:
        """The row that the inspector shows; where the selected one is gone, the nearest."""
        path = state.value(SELECTED, "")
        found = self.plan.row(path)
        if found is None and path.startswith(("trunk.", "branches.")):
            found = self.plan.row(edit.near_path(self.network, path))
        return found or next((row for row in self.plan.rows if not stack.is_fixed(row)), self.plan.rows[-1])


def current() -> Design:
    """The open project's design; raises `DataError` where nothing can be predicted yet."""
    project = state.project()
    assert project is not None, "the page ends before where no project is open"
    inputs = cached.design_inputs(state.space(), project)
    network = project.network or default_network(inputs.input_shapes, inputs.head, inputs.n_rows)
    return Design(project, inputs, network, cached.plan(network, inputs))


def as_seen() -> Design:
    """The design for an edit of it; raises `ConflictError` where another window changed what the person saw."""
    state.refuse_unseen()
    return current()


def take_event() -> None:
    """Does what the stack asks for; what cannot be done is told on the page and changes nothing."""
    event: dict[str, Any] = (st.session_state.get(STACK) or {}).get("edit") or {}
    state.keep("network.seen", int(event.get("n", 0)))
    name, path = str(event.get("event", "")), str(event.get("path", ""))
    with state.telling():
        if name in ("select", "open"):
            state.keep(SELECTED, path)
            state.keep("network.opened", name == "open")
        elif name == "undo":
            state.undo()
        elif name == "redo":
            state.redo()
        elif name == "insert":
            insert(path, str(event.get("kind", "")))
        elif name == "move":
            move(path, str(event.get("to", "")))
        elif name == "repair":
            repair(path, int(event.get("place", 0)))
        elif name in EDITS:
            EDITS[name](path)


def edited(path: str, name: str) -> Callable[[], None]:
    """A callback that edits one layer."""

    def take() -> None:
        with state.telling():
            EDITS[name](path)

    return take


def repairing(path: str, place: int) -> Callable[[], None]:
    """A callback that takes one of the repairs of a layer."""

    def take() -> None:
        with state.telling():
            repair(path, place)

    return take


def change_layer(drawn: Design, path: str) -> Callable[[Layer], None]:
    """A callback that puts a changed layer in its place; two settings changed at once are both kept."""

    def take(layer: Layer) -> None:
        now = as_seen()
        if places(now) != places(drawn):
            raise ConflictError("the layers have changed their places", do="Nothing was changed: set it once more.")
        network = carried_over(drawn.network, edit.replace(drawn.network, path, layer), now.network)
        save(now, network, path, "")

    return take


def places(drawn: Design) -> list[tuple[str, str]]:
    """Which kind of layer stands where."""
    return [(row.path, row.kind) for row in drawn.plan.rows]


def add_layer(kind: str) -> None:
    """Inserts a layer or a block after the selected one, into a selected container, or before a selected head."""
    with state.telling():
        insert(place_for_more(as_seen()), kind)


def place_for_more(drawn: Design) -> str:
    """The place where what is added goes."""
    row = drawn.selected
    if row.family == "head":
        return f"trunk.{len(drawn.network.trunk)}"
    if row.family == "containers":
        return f"{row.path}.{next(iter(edit.layer_at(drawn.network, row.path).stacks))}.0"
    if not stack.is_fixed(row):
        return edit.next_path(row.path)
    # a branch of a container, or an input
    return f"{row.path}.0" if row.path.startswith(("trunk.", "branches.")) else "trunk.0"


def insert(path: str, kind: str) -> None:
    """Inserts a layer of a kind at a place, made to fit what arrives there; or a block, which has to fit by itself."""
    drawn = as_seen()
    shape = arriving(drawn.plan, path)
    if kind.startswith(BLOCK):
        block = blocks.block(state.space(), kind.removeprefix(BLOCK))
        block.check_fits(shape)
        said = _("{layer} inserted").format(layer=parts.one_line(block.name))
        save(drawn, edit.insert_all(drawn.network, path, block.layers), path, said)
        return
    layer = layers[kind].fitting(shape)
    save(drawn, edit.insert(drawn.network, path, layer), path, _("{layer} inserted").format(layer=kind))


def arriving(plan: Plan, path: str) -> tuple[int, ...] | None:
    """The shape that arrives at a place, None where it is not known."""
    place = plan.row(path)
    if place is not None:
        return place.in_shape
    prefix, _dot, index = path.rpartition(".")
    before = plan.row(f"{prefix}.{int(index) - 1}") if index.isdecimal() else None
    if before is not None:
        return before.out_shape
    outer = plan.row(prefix.rpartition(".")[0]) or plan.row("head")
    return outer.in_shape if outer else None


def move(path: str, to_path: str) -> None:
    """Moves a layer to a place."""
    drawn = as_seen()
    moved = edit.moved_path(path, to_path)
    save(drawn, edit.move(drawn.network, path, to_path), moved, _("Moved"))


def step(path: str, by: int) -> None:
    """Moves a layer one place up or down, into and out of containers."""
    to_path = edit.step_path(as_seen().network, path, by)
    if to_path is not None:
        move(path, to_path)


def duplicate(path: str) -> None:
    """Doubles a layer and selects the second."""
    drawn = as_seen()
    save(drawn, edit.duplicate(drawn.network, path), edit.next_path(path), _("Duplicated"))


def remove(path: str) -> None:
    """Removes a layer and what is inside it."""
    drawn = as_seen()
    network = edit.remove(drawn.network, path)
    save(drawn, network, edit.near_path(network, path) or "head", _("Removed"))


def repair(path: str, place: int) -> None:
    """Takes one of the repairs that the plan offers for a layer."""
    drawn = as_seen()
    row = drawn.plan.row(path)
    if row is not None and 0 <= place < len(row.repairs):
        save(drawn, row.repairs[place].network, path, row.repairs[place].label)


def add_to_last(adds: bool) -> None:
    """Says whether the head's output is added to the last value of a window."""
    with state.telling():
        drawn = as_seen()
        save(drawn, drawn.network.having(adds_last_value=adds), "head", "")


def fitting_templates(drawn: Design) -> list[str]:
    """The templates that this data can feed, with other default steps of its texts and pictures where that is asked."""
    fed = {*drawn.inputs.input_shapes, *(column.kind for column in drawn.project.columns.features)}
    return [kind for kind in templates.kinds if templates[kind].needs in (None, *fed)]


def template_title(kind: str) -> str:
    """What a menu calls a template."""
    return _(templates[kind].title)


def use_template(kind: str) -> None:
    """Puts a template's network, sized to the data, in the place of the present one."""
    with state.telling():
        drawn = as_seen()
        made = with_template(drawn.project, templates[kind](), lambda fed: cached.design_inputs(state.space(), fed))
        use(made, _("Template {kind}").format(kind=template_title(kind)))


def use(made: Project, say: str) -> None:
    """Takes the network of a project made from the open one, with what it asks of the recipe and the training."""
    with state.telling():
        assert made.network is not None, "whoever makes one for its network gives it one"
        save(as_seen(), made.network, "trunk.0", say, recipe=made.recipe, training=made.training)


def save(drawn: Design, network: Network, selected: str, say: str, **more: object) -> None:
    """Saves the project with another network and selects a layer in it; `more`: what else changes with it."""
    if state.change(drawn.project, network=network, **more) is not None:
        state.keep(SELECTED, selected)
        row = current().plan.row(selected)
        state.keep("network.say", f"{say}. {title(row)}" if row and say else say)


def title(row: LayerPlan) -> str:
    """A row's number as the stack counts it, its name and its arguments: "3.1 Linear 64"."""
    numbers = [str(int(part) + 1) for part in row.path.split(".") if part.isdecimal()]
    return " ".join([".".join(numbers), row.kind, row.arguments] if numbers else [row.kind, row.arguments]).strip()


EDITS: dict[str, Callable[[str], None]] = {
    "remove": remove,
    "duplicate": duplicate,
    "up": lambda path: step(path, -1),
    "down": lambda path: step(path, 1),
}
