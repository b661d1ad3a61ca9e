"""The network: a stack of layers at the left, the selected layer, the drawing and the code at the right."""

from __future__ import annotations

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.network.layers import layers
from nnlab.network.plan import Plan
from pages.ui import blocks, cached, design, inspector, parts, stack, state, suggesting, undoing
from pages.ui.parts import _

CODE_PX = 640  # more of the source scrolls beside the stack


def main() -> None:
    """Draws the page."""
    parts.needed_project(_("Network"))
    try:
        drawn = design.current()
    except NnlabError as error:
        parts.header(_("Network"))
        parts.unprepared(error)
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
            key=design.STACK,
            on_event=design.take_event,
            more=blocks.menu(),
        )
    with right:
        views(drawn, narrow)


def facts(drawn: design.Design) -> str:
    """The line under the title: what the network takes, and what keeps it from training."""
    plan = drawn.plan
    said = [
        parts.counted(plan.n_parameters, "{n} parameter", "{n} parameters"),
        _("{n} multiply-adds a row").format(n=parts.short_count(plan.n_multiply_adds)),
    ]
    why = waiting(plan)
    return " · ".join([*said, f":red[{why}]"] if why else [*said, drawn.inputs.facts])


def waiting(plan: Plan) -> str:
    """Why Train waits, or nothing."""
    n_wrong = sum(bool(row.error) for row in plan.rows)
    if n_wrong == 1:
        return _("1\u00a0layer cannot run, so Train waits")
    if n_wrong:
        return _("{n}\u00a0layers cannot run, so Train waits").format(n=n_wrong)
    return parts.plain(f"{plan.error.rule[:1].upper()}{plan.error.rule[1:]}", 200) if plan.error else ""


def toolbar(drawn: design.Design) -> None:
    """Add layer, templates, blocks, undo and redo: menus asked of the registries."""
    with st.container(horizontal=True, gap="xsmall"):
        st.menu_button(
            _("Add layer"),
            [*layers.kinds, *(entry["kind"] for entry in blocks.menu())],
            icon=":material/add:",
            key="network.add",
            format_func=blocks.title,
            on_click=lambda: design.add_layer(st.session_state["network.add"]),
        )
        st.menu_button(
            _("Templates"),
            design.fitting_templates(drawn),
            icon=":material/dashboard_customize:",
            key="network.template",
            format_func=design.template_title,
            on_click=lambda: design.use_template(st.session_state["network.template"]),
        )
        suggesting.button()
        blocks.button()
        undoing.draw(drawn.project, "network.", is_small=True)


def views(drawn: design.Design, narrow: bool) -> None:
    """The right column: the selected layer, the drawing, or the code; a tap on a phone, or Enter, opens a dialog."""
    titles = {"layer": _("Layer"), "drawing": _("Drawing"), "code": _("Code")}
    shown = parts.choice(_("Show"), list(titles), "network.view", titles=titles)
    opened = st.session_state.pop("network.opened", False)
    if opened:  # by a tap on a phone, by Enter everywhere: whoever uses keys is among the settings at once
        st.dialog(drawn.selected.kind, on_dismiss="rerun")(lambda: inspector.draw("network.dialog", picker=False))()
    if shown == "layer" and not (opened and narrow):
        with st.container(border=True):
            inspector.draw("network.layer")
    if shown == "drawing":
        draw_picture(drawn)
    elif shown == "code":
        draw_code(drawn)


def draw_picture(drawn: design.Design) -> None:
    """The network drawn, with the shape between layers, to be taken away as a picture or as text."""
    from nnlab.network.drawing import svg
    from nnlab.network.mermaid import mermaid

    n_layers = sum(not stack.is_fixed(row) for row in drawn.plan.rows)
    alt = _("The network from input to head, {n} layers").format(n=n_layers)
    picture = svg(drawn.plan, dark=parts.theme() == "dark")
    st.image(picture, width="stretch", alt=alt)
    if parts.pressed(st.button, _("Enlarge"), icon=":material/open_in_full:", key="network.enlarge"):
        st.dialog(_("The network"), width="large")(lambda: st.image(picture, width="stretch", alt=alt))()
    with st.expander(_("Copy the drawing")):
        parts.download(
            st.download_button, _("Download SVG"), picture, "network.svg", "image/svg+xml", key="network.svg"
        )
        st.caption(_("As Mermaid, which wikis and notebooks draw:"))
        st.code(mermaid(drawn.plan), language=None, height=220)
        st.caption(_("As SVG:"))
        st.code(picture, language=None, height=220)


def draw_code(drawn: design.Design) -> None:
    """The PyTorch source: the very calls that build the model."""
    if drawn.plan.error:
        st.caption(_("The code is here once every layer can run."))
        return
    st.code(
        cached.source(drawn.network, drawn.inputs, drawn.project.training.weights_seed), language=None, height=CODE_PX
    )


main()
