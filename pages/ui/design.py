"""The network being designed: the open project's network with its plan, the selected layer, and every edit of both.

Edits are callbacks: they run before the page is drawn, so that an edit and its result take one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from nnlab.network import edit
from nnlab.network.layers import Layer, layers
from nnlab.network.network import Network
from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.templates import default_network, templates
from nnlab.runs.project import Project
from pages.ui import cached, stack, state
from pages.ui.parts import _

STACK = "network.stack"
SELECTED = "network.selected"


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


def change_layer(path: str, old: Layer) -> Callable[[Layer], None]:
    """A callback that puts a changed layer in the place of the old one, if that still stands there."""

    def take(layer: Layer) -> None:
        network = as_seen().network
        if edit.layer_at(network, path) == old:
            save(edit.replace(network, path, layer), path, "")

    return take


def add_layer(kind: str) -> None:
    """Inserts a layer after the selected one, into a container that is selected, or before a selected head."""
    with state.telling():
        drawn = as_seen()
        row = drawn.selected
        place = f"trunk.{len(drawn.network.trunk)}" if row.family == "head" else "trunk.0"
        if row.family == "containers":
            place = f"{row.path}.{next(iter(edit.layer_at(drawn.network, row.path).stacks))}.0"
        elif not stack.is_fixed(row):
            place = edit.next_path(row.path)
        insert(place, kind)


def insert(path: str, kind: str) -> None:
    """Inserts a layer of a kind at a place, made to fit what arrives there."""
    drawn = as_seen()
    layer = layers[kind].fitting(arriving(drawn.plan, path))
    save(edit.insert(drawn.network, path, layer), path, _("{layer} inserted").format(layer=kind))


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
    save(edit.move(drawn.network, path, to_path), moved, _("Moved"))


def step(path: str, by: int) -> None:
    """Moves a layer one place up or down, into and out of containers."""
    to_path = edit.step_path(as_seen().network, path, by)
    if to_path is not None:
        move(path, to_path)


def duplicate(path: str) -> None:
    """Doubles a layer and selects the second."""
    save(edit.duplicate(as_seen().network, path), edit.next_path(path), _("Duplicated"))


def remove(path: str) -> None:
    """Removes a layer and what is inside it."""
    network = edit.remove(as_seen().network, path)
    save(network, edit.near_path(network, path) or "head", _("Removed"))


def repair(path: str, place: int) -> None:
    """Takes one of the repairs that the plan offers for a layer."""
    row = as_seen().plan.row(path)
    if row is not None and 0 <= place < len(row.repairs):
        save(row.repairs[place].network, path, row.repairs[place].label)


def use_template(kind: str) -> None:
    """Puts a template's network, sized to the data, in the place of the present one."""
    with state.telling():
        inputs = as_seen().inputs
        made = templates[kind].parse({"kind": kind}).make(inputs.input_shapes, inputs.head, inputs.n_rows)
        save(made, "trunk.0", _("Template {kind}").format(kind=kind))


def save(network: Network, selected: str, say: str) -> None:
    """Saves the project with another network and selects a layer in it."""
    if state.change(network=network) is not None:
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
