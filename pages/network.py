"""The network: a stack of layers at the left, the selected layer, the drawing and the code at the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from nnlab.errors import DataError
from nnlab.network import edit
from nnlab.network.layers import Layer, layers
from nnlab.network.network import Network
from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.shapes import in_short
from nnlab.network.templates import default_network, templates
from nnlab.runs.project import Project
from pages.ui import cached, forms, parts, stack, state
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


def main() -> None:
    """Draws the page."""
    parts.needed_project(_("Network"))
    try:
        drawn = design()
    except DataError as error:
        parts.header(_("Network"))
        parts.empty(parts.plain(str(error), 400), _("Data"), "data")
    place = parts.header(_("Network"), facts(drawn))
    parts.next_step(place, _("Train"), "train", because=waiting(drawn.plan))
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        toolbar(drawn)
        narrow = stack.draw(
            drawn.plan,
            layers,
            selected=drawn.selected.path,
            seen=state.value("network.seen", 0),
            say=state.value("network.say", ""),
            key=STACK,
            on_event=take_event,
        )
    with right:
        views(drawn, narrow)


def design() -> Design:
    """The open project's design; raises `DataError` where nothing can be predicted yet."""
    project = state.project()
    assert project is not None, "the page ends before where no project is open"
    inputs = cached.design_inputs(state.space(), project)
    network = project.network or default_network(inputs.input_shapes, inputs.head, inputs.n_rows)
    return Design(project, inputs, network, cached.plan(network, inputs))


def facts(drawn: Design) -> str:
    """The line under the title: what the network takes, and what keeps it from training."""
    plan = drawn.plan
    said = [
        _("{n} parameters").format(n=parts.count(plan.n_parameters)),
        _("{n} multiply-adds a row").format(n=parts.short_count(plan.n_multiply_adds)),
    ]
    why = waiting(plan)
    return " · ".join([*said, f":red[{why}]"] if why else [*said, drawn.inputs.facts])


def waiting(plan: Plan) -> str:
    """Why Train waits, or nothing."""
    n_wrong = sum(bool(row.error) for row in plan.rows)
    if n_wrong == 1:
        return _("1 layer cannot run, so Train waits")
    if n_wrong:
        return _("{n} layers cannot run, so Train waits").format(n=n_wrong)
    return parts.plain(f"{plan.error.rule[:1].upper()}{plan.error.rule[1:]}", 200) if plan.error else ""


def toolbar(drawn: Design) -> None:
    """Add layer, templates, undo and redo: menus asked of the registries."""
    can_undo, can_redo = cached.undo_redo(state.space(), drawn.project)
    with st.container(horizontal=True, gap="small"):
        st.menu_button(
            _("Add layer"),
            layers.kinds,
            icon=":material/add:",
            key="network.add",
            on_click=lambda: add_layer(st.session_state["network.add"]),
        )
        st.menu_button(
            _("Templates"),
            templates.kinds,
            icon=":material/dashboard_customize:",
            key="network.template",
            on_click=lambda: use_template(st.session_state["network.template"]),
        )
        icon_button("undo", "network.undo", _("Undo"), state.undo, disabled=not can_undo)
        icon_button("redo", "network.redo", _("Redo"), state.redo, disabled=not can_redo)


def views(drawn: Design, narrow: bool) -> None:
    """The right column: the selected layer, the drawing, or the code; on a phone a tapped layer opens as a dialog."""
    titles = {"layer": _("Layer"), "drawing": _("Drawing"), "code": _("Code")}
    shown = parts.choice(_("Show"), list(titles), "network.view", titles=titles)
    opened = st.session_state.pop("network.opened", False)
    if opened and narrow:
        st.dialog(drawn.selected.kind, on_dismiss="rerun")(lambda: inspector("network.dialog"))()
    elif shown == "layer":
        with st.container(border=True):
            inspector("network.layer")
    if shown == "drawing":
        draw_picture(drawn)
    elif shown == "code":
        draw_code(drawn)


def inspector(key: str) -> None:
    """The selected layer: what it is, its settings, what it costs, where it goes."""
    drawn = design()
    row = drawn.selected
    pick_layer(drawn, row, f"{key}.picked")
    if row.family == "head":
        st.markdown(drawn.inputs.head.sentence())
        st.caption(_("It follows from the target. To change it, choose another target on Data."))
    elif stack.is_fixed(row):
        st.markdown(drawn.inputs.facts)
        st.caption(_("It follows from the columns and their steps on Data and Prepare."))
    else:
        layer = edit.layer_at(drawn.network, row.path)
        st.caption(_(layer.summary))
        forms.edit(layer, key=f"{key}.{row.path}.{row.kind}", changed=change_layer(row.path), label=str)
    costs(row)
    if row.code and row.family != "containers":
        st.code(row.code, language="python")
    if not stack.is_fixed(row):
        placing(row, key)


def pick_layer(drawn: Design, row: LayerPlan, key: str) -> None:
    """The heading of the inspector, which is also the way to another layer without the stack."""
    paths = [each.path for each in drawn.plan.rows]
    titles = {each.path: _title(each) for each in drawn.plan.rows}
    if st.session_state.get(key) != row.path:
        st.session_state[key] = row.path
    st.selectbox(
        _("Layer"),
        paths,
        key=key,
        format_func=lambda path: titles.get(path, path),
        label_visibility="collapsed",
        on_change=lambda: state.keep(SELECTED, st.session_state[key]),
    )


def costs(row: LayerPlan) -> None:
    """Shape in and out, parameters, multiply-adds; or what keeps the layer from running."""
    if row.error:
        st.markdown(f":red[{parts.plain(row.error, 400)}]")
        for n, repair in enumerate(row.repairs):
            kind = "primary" if n == 0 else "secondary"
            mend = repairing(row.path, n)
            st.button(parts.plain(repair.label), type=kind, key=f"network.repair.{n}", on_click=mend)
        return
    shapes = f"`{in_short(row.in_shape)} → {in_short(row.out_shape)}`"
    said = [] if row.family == "input" else [shapes]
    if row.n_parameters:
        said.append(_("{n} parameters").format(n=parts.count(row.n_parameters)))
    if row.n_multiply_adds:
        said.append(_("{n} multiply-adds a row").format(n=parts.short_count(row.n_multiply_adds)))
    if said:
        st.markdown(" · ".join(said))


def placing(row: LayerPlan, key: str) -> None:
    """The buttons that move, double and remove the layer."""
    with st.container(horizontal=True, gap="small"):
        icon_button("arrow_upward", f"{key}.up", _("Move up"), edited(row.path, "up"))
        icon_button("arrow_downward", f"{key}.down", _("Move down"), edited(row.path, "down"))
        st.button(_("Duplicate"), key=f"{key}.duplicate", on_click=edited(row.path, "duplicate"))
        st.button(_("Remove"), key=f"{key}.remove", on_click=edited(row.path, "remove"))


def icon_button(icon: str, key: str, says: str, on_click: Callable[[], None], *, disabled: bool = False) -> None:
    """A button that is only a picture; what it does is told by its help."""
    st.button(f":material/{icon}:", key=key, help=says, on_click=on_click, disabled=disabled)


def draw_picture(drawn: Design) -> None:
    """The network drawn, with the shape between layers."""
    from nnlab.network.drawing import svg

    n_layers = sum(not stack.is_fixed(row) for row in drawn.plan.rows)
    alt = _("The network from input to head, {n} layers").format(n=n_layers)
    st.image(svg(drawn.plan, dark=parts.theme() == "dark"), width="stretch", alt=alt)


def draw_code(drawn: Design) -> None:
    """The PyTorch source: the very calls that build the model."""
    if drawn.plan.error:
        st.caption(_("The code is here once every layer can run."))
        return
    st.code(cached.source(drawn.network, drawn.inputs), language="python")


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


def change_layer(path: str) -> Callable[[Layer], None]:
    """A callback that puts a changed layer in the place of the old one."""
    return lambda layer: save(edit.replace(design().network, path, layer), path, "")


def add_layer(kind: str) -> None:
    """Inserts a layer after the selected one, into a container that is selected, or before a selected head."""
    with state.telling():
        drawn = design()
        row = drawn.selected
        place = f"trunk.{len(drawn.network.trunk)}" if row.family == "head" else "trunk.0"
        if row.family == "containers":
            place = f"{row.path}.{next(iter(edit.layer_at(drawn.network, row.path).stacks))}.0"
        elif not stack.is_fixed(row):
            place = edit.next_path(row.path)
        insert(place, kind)


def insert(path: str, kind: str) -> None:
    """Inserts a layer of a kind at a place, made to fit what arrives there."""
    drawn = design()
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
    drawn = design()
    moved = edit.moved_path(path, to_path)
    save(edit.move(drawn.network, path, to_path), moved, _("Moved"))


def step(path: str, by: int) -> None:
    """Moves a layer one place up or down, into and out of containers."""
    to_path = edit.step_path(design().network, path, by)
    if to_path is not None:
        move(path, to_path)


def duplicate(path: str) -> None:
    """Doubles a layer and selects the second."""
    save(edit.duplicate(design().network, path), edit.next_path(path), _("Duplicated"))


def remove(path: str) -> None:
    """Removes a layer and what is inside it."""
    network = edit.remove(design().network, path)
    save(network, edit.near_path(network, path) or "head", _("Removed"))


def repair(path: str, place: int) -> None:
    """Takes one of the repairs that the plan offers for a layer."""
    row = design().plan.row(path)
    if row is not None and 0 <= place < len(row.repairs):
        save(row.repairs[place].network, path, row.repairs[place].label)


def use_template(kind: str) -> None:
    """Puts a template's network, sized to the data, in the place of the present one."""
    with state.telling():
        inputs = design().inputs
        made = templates[kind].parse({"kind": kind}).make(inputs.input_shapes, inputs.head, inputs.n_rows)
        save(made, "trunk.0", _("Template {kind}").format(kind=kind))


def save(network: Network, selected: str, say: str) -> None:
    """Saves the project with another network and selects a layer in it."""
    if state.change(network=network) is not None:
        state.keep(SELECTED, selected)
        row = design().plan.row(selected)
        state.keep("network.say", f"{say}. {_title(row)}" if row and say else say)


def _title(row: LayerPlan) -> str:
    """A row's number as the stack counts it, its name and its arguments: "3.1 Linear 64"."""
    numbers = [str(int(part) + 1) for part in row.path.split(".") if part.isdecimal()]
    return " ".join([".".join(numbers), row.kind, row.arguments] if numbers else [row.kind, row.arguments]).strip()


EDITS: dict[str, Callable[[str], None]] = {
    "remove": remove,
    "duplicate": duplicate,
    "up": lambda path: step(path, -1),
    "down": lambda path: step(path, 1),
}

main()
