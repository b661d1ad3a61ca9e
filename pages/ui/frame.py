"""Page setup and navigation around every page: the script that the server runs for each visitor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from nnlab.errors import NnlabError  # noqa: E402
from nnlab.limits import limits  # noqa: E402
from pages.ui import cached, choosing, parts, state, undoing  # noqa: E402
from pages.ui.parts import _  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from nnlab.runs.folder import RunFolder
    from nnlab.runs.project import Project

ICON = str(ROOT / "pages" / "ui" / "static" / "icon.svg")
T = TypeVar("T")
SECTIONS = {
    "": {"start": (_("Start"), "home")},
    _("Build"): {
        "data": (_("Data"), "table"),
        "prepare": (_("Prepare"), "tune"),
        "network": (_("Network"), "hub"),
        "train": (_("Train"), "trending_up"),
    },
    _("Judge"): {
        "evaluate": (_("Evaluate"), "fact_check"),
        "predict": (_("Predict"), "bolt"),
        "runs": (_("Runs"), "history"),
    },
}


def main() -> None:
    """Draws the frame, the page in it, and what went wrong above it."""
    st.set_page_config(page_title="nnlab", page_icon=ICON, layout="wide")
    st.logo(ICON, size="small")
    pages = navigable_pages()
    page = st.navigation(pages, position="hidden")
    state.adopt_address()
    above = st.container()
    living = guarded(lambda: state.space().living_runs(), above) or ()
    choosing.adopt_living(living)
    if going := st.session_state.pop("going", None):
        state.go(going)
    with st.sidebar:
        draw_links(pages)
        guarded(draw_project, above)
        draw_other_run(living)
    guarded(page.run, above)
    if told := state.told():
        with above:
            parts.failed(told, "told")
    if stepped := st.session_state.pop("stepped", None):
        tell_step(*stepped)
    state.keep("pressed", None)  # on a page that is no longer there
    state.page_drawn.set()


def guarded(do: Callable[[], T], above: DeltaGenerator) -> T | None:
    """Draws or asks for a part; what is raised in it becomes a sentence, and the other parts are drawn all the same.

    A page that needs something first ends alone: what has to be told stands above it nevertheless.
    """
    try:
        return do()
    except parts.PageEnd:
        pass
    except NnlabError as error:
        with above:
            parts.failed(error, "above")
    except Exception as error:
        with above:
            parts.broken(error)
    return None


def tell_step(step: str, pages: list[str]) -> None:
    """Says on which page something was undone or done again: it may not be the one in view."""
    titles = {name: title for section in SECTIONS.values() for name, (title, _icon) in section.items()}
    where = ", ".join(titles[page] for page in pages)
    if where:
        st.toast((_("Undone on {pages}") if step == "undo" else _("Done again on {pages}")).format(pages=where))


def navigable_pages() -> dict[str, list[st.Page]]:
    """The pages whose file exists, by section; the paths are absolute, so that any way of starting finds them."""
    return {
        section: [
            st.Page(
                state.PAGES / f"{name}.py",
                title=title,
                icon=f":material/{icon}:",
                default=name == "start",
            )
            for name, (title, icon) in pages.items()
            if (state.PAGES / f"{name}.py").is_file()
        ]
        for section, pages in SECTIONS.items()
    }


def draw_links(sections: dict[str, list[st.Page]]) -> None:
    """The way to every page, taking project and run along, also into a new tab.

    Streamlit's own menu would lose both, and puts more than list items into its list.
    """
    for section, pages in sections.items():
        with st.container(gap="xxsmall"):
            if section:
                st.caption(f"**{section}**")
            for page in pages:
                st.page_link(page, width="stretch", query_params=state.address())


def draw_project() -> None:
    """The open project in two lines with undo and redo, a living run's progress, and how long this workspace lasts."""
    if not state.is_lasting():
        st.caption(_("Your work is kept until this tab closes."))
    project = state.project()
    if project is None:
        return
    st.divider()
    with st.container(gap=None):
        st.caption(_("Project"))
        st.markdown(f"**{parts.plain(project.name, 60)}**")
        st.caption(project_line(project))
    with st.container(horizontal=True, gap="small"):
        undoing.draw(project, "")
    if living_run():
        st.fragment(draw_progress, run_every=limits().refresh_s)()


def draw_other_run(living: tuple[RunFolder, ...]) -> None:
    """The way to a run of this workspace that trains or waits out of view."""
    others = [run for run in living if run.id != state.run_id()]
    if others:
        label = _("Another run is training") if state.run_id() else _("A run is training")
        icon, key = ":material/trending_up:", "other_run"
        st.button(label, icon=icon, type="tertiary", on_click=show_run, args=(others[0],), key=key)


def show_run(run: RunFolder) -> None:
    """The run on Train, with its project."""
    with state.telling():
        choosing.open_with_project(run)
        state.keep("going", "train")


def project_line(project: Project) -> str:
    """What a project is about, in one line: its rows, its features, what it predicts."""
    n_rows = cached.n_rows(state.space(), project.table_id)
    n_features = len(project.columns.features)
    found = [
        "" if n_rows is None else parts.counted(n_rows, "{n} row", "{n} rows"),
        parts.counted(n_features, "{n} feature", "{n} features"),
        cached.task_words(state.space(), project)
        or (_("the target cannot be used") if project.columns.targets else _("no target yet")),
    ]
    return " · ".join(part for part in found if part)


def living_run() -> str:
    """One line about the run in view while it is queued or trains, else nothing."""
    run = state.run()
    now = run.state() if run else None
    if now is None or not now.is_alive:
        return ""
    if now.name == "queued":
        said = _("Waiting for its next turn") if now.step else _("Waiting in the queue")
        return said + (f", {now.place}" if now.place else "")
    return _("Training, epoch {n}").format(n=parts.count(now.epoch))


def draw_progress() -> None:
    """The living run's line, drawn again and again; when the run ends, so does the line, and the page is drawn."""
    line = living_run()
    if not line:
        st.rerun()
    st.markdown(f":blue[:material/trending_up:] {line}")


main()
