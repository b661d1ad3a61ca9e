"""Two networks proposed for the open project's columns, one quick and one strong: why, how long, and the click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.runs.watch import duration
from pages.ui import cached, design, parts, state
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.runs.project import Project
    from nnlab.runs.suggestion import Suggestion
    from nnlab.runs.workspace import Space

KINDS = {"quick": _("Quick"), "strong": _("Strong")}


def button() -> None:
    """Opens the dialog with both."""
    if parts.pressed(
        st.button, _("Suggest"), icon=":material/lightbulb:", key="network.suggest", help=_("Two networks that suit")
    ):
        st.dialog(_("Networks that suit this table"))(draw)()


def draw() -> None:
    """A card for each: its name, why it suits, what it costs, and the button that takes it."""
    drawn = design.current()
    try:
        with st.spinner(_("Looking at the columns ...")):
            found = suggestions(state.space(), drawn.project)
    except NnlabError as error:
        parts.failed(error)
        return
    for suggestion in found:
        card(suggestion)
    st.caption(_("Undo brings the present network back."))


def card(suggestion: Suggestion) -> None:
    """One of the two."""
    with st.container(border=True):
        st.markdown(f"**{KINDS[suggestion.kind]}: {_(suggestion.title)}**")
        st.markdown(_(suggestion.why))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            parameters = parts.counted(suggestion.n_parameters, "{n} parameter", "{n} parameters")
            took = _("about {time} on one core").format(time=duration(max(1.0, suggestion.seconds)))
            st.caption(f"{parameters} · {took}", width="content")
            taken = st.button(
                _("Use it"),
                key=f"network.suggest.{suggestion.kind}",
                on_click=design.use,
                args=(suggestion.project, _(suggestion.title)),
            )
    if taken:
        st.rerun()  # the whole page, without the dialog


def suggestions(space: Space, project: Project) -> tuple[Suggestion, Suggestion]:
    """Both, kept over reruns; raises `DataError` where the project cannot be prepared."""
    return _suggestions(str(space.path), project.having(network=None, name="", revision=0).digest, space, project)


@st.cache_resource(max_entries=20, ttl=cached.KEPT_S, show_spinner=False)
def _suggestions(place: str, digest: str, _space: Space, _project: Project) -> tuple[Suggestion, Suggestion]:
    from nnlab.runs import suggestion

    return suggestion.suggestions(_project, lambda fed: cached.design_inputs(_space, fed))
