"""The inspector: the selected layer's settings, what it costs, what mends it, where it goes."""

from __future__ import annotations

import streamlit as st

from nnlab.network import edit
from nnlab.network.layers import Layer
from nnlab.network.plan import LayerPlan
from nnlab.network.shapes import in_short
from pages.ui import blocks, design, forms, head, parts, stack, state, weights
from pages.ui.parts import _


def draw(key: str, *, picker: bool = True) -> None:
    """The selected layer: what it is, its settings, what it costs, where it goes."""
    drawn = design.current()
    row = drawn.selected
    if picker:
        pick_layer(drawn, row, f"{key}.picked")
    if row.error:
        fault(row)
    if row.family == "head":
        head.draw(drawn, key)
    elif stack.is_fixed(row) and row.family not in stack.ENDS:
        st.markdown(_("What arrives goes through the layers that stand here, or on as it is where there are none."))
        st.caption(_("Add a layer to put it in first place."))
    elif stack.is_fixed(row):
        st.markdown(drawn.inputs.facts)
        st.caption(_("It follows from the columns and their steps on Data and Prepare."))
    else:
        layer = edit.layer_at(drawn.network, row.path)
        st.caption(_(layer.summary))
        names = settings(layer)
        changed = design.change_layer(drawn, row.path)
        forms.edit(layer, key=f"{key}.{row.path}.{row.kind}", changed=changed, names=names, label=str)
    if not row.error:
        costs(row)
    if row.code and row.family != "containers":
        st.code(row.code, language=None)  # highlighting is too pale to read in light colours
    weights.draw(drawn, row, key)
    if not stack.is_fixed(row):
        placing(row, key)
        blocks.keeper(drawn, row, key)


def settings(layer: Layer) -> list[str]:
    """The fields that are shown, those of every layer with weights last, a deviation only where it counts."""
    shown = [widget.name for widget in forms.widgets(type(layer))]
    last = ["rate_factor", "init", *(["init_std"] if getattr(layer, "init", "") == "normal" else [])]
    own = [name for name in shown if name not in ("rate_factor", "init", "init_std")]
    return own + [name for name in last if name in shown]


def pick_layer(drawn: design.Design, row: LayerPlan, key: str) -> None:
    """The heading of the inspector, which is also the way to another layer without the stack."""
    paths = [each.path for each in drawn.plan.rows]
    titles = {each.path: design.title(each) for each in drawn.plan.rows}
    title = titles.get(row.path, "")
    if st.session_state.get(key) != row.path or state.value(f"{key}.title") != title:
        st.session_state[key] = row.path  # also where the path is the same: the browser shows the title it has
        state.keep(f"{key}.title", title)
    st.selectbox(
        _("Layer"),
        paths,
        key=key,
        format_func=lambda path: titles.get(path, path),
        label_visibility="collapsed",
        on_change=lambda: state.keep(design.SELECTED, st.session_state[key]),
    )


def fault(row: LayerPlan) -> None:
    """What keeps the layer from running, and what mends it; the stack has the first mend in colour."""
    st.markdown(f":red[{parts.plain(row.error, 400)}]")
    with st.container(horizontal=True, gap="small"):
        for n, repair in enumerate(row.repairs):
            mend = design.repairing(row.path, n)
            st.button(parts.plain(repair.label), key=f"network.repair.{row.path}.{n}", on_click=mend)


def costs(row: LayerPlan) -> None:
    """Shape in and out, parameters, multiply-adds."""
    shapes = f"`{in_short(row.in_shape)} → {in_short(row.out_shape)}`"
    said = [] if row.family == "input" else [shapes]
    if row.n_parameters:
        said.append(parts.counted(row.n_parameters, "{n} parameter", "{n} parameters"))
    if row.n_multiply_adds:
        said.append(_("{n} multiply-adds a row").format(n=parts.short_count(row.n_multiply_adds)))
    if said:
        st.markdown(" · ".join(said))


def placing(row: LayerPlan, key: str) -> None:
    """The buttons that move, double and remove the layer."""

    # The layer is in the key: a click on a button of the layer shown before, which the server hears of after the next
    # layer was selected, never moves or removes the next one.
    def keyed(name: str) -> str:
        return f"{key}.{name}.{row.path}"

    with st.container(horizontal=True, gap="small"):
        parts.icon_button("arrow_upward", keyed("up"), _("Move up"), design.edited(row.path, "up"))
        parts.icon_button("arrow_downward", keyed("down"), _("Move down"), design.edited(row.path, "down"))
        st.button(_("Duplicate"), key=keyed("duplicate"), on_click=design.edited(row.path, "duplicate"))
        st.button(_("Remove"), key=keyed("remove"), on_click=design.edited(row.path, "remove"))
