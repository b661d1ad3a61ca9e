"""The leak meter: what a score would be if this were done wrongly, measured by a job when a person asks."""

from __future__ import annotations

import streamlit as st

from nnlab.audit.leak_meter import LeakReading, Practice, offered
from nnlab.errors import NnlabError
from nnlab.plots.leak import leak_figure, leak_numbers
from nnlab.runs import leak_job
from nnlab.runs.project import Project
from pages.ui import parts, state
from pages.ui.parts import _

LOOK_S = 0.5  # between two looks at a reading that is being taken
TITLES: dict[Practice, str] = {
    "column": _("With and without {name}"),
    "target_encoding": _("{name} encoded by the target, before and after the split"),
    "choose_columns": _("Columns chosen before and after the split"),
    "fit_on_all": _("Scaling and filling learnt from all rows"),
    "copies": _("Copies of rows on both sides"),
    "split": _("At random beside the split by group or time"),
}


def draw(project: Project, name: str, *, has_copies: bool) -> None:
    """What can be measured of the chosen column and of the table, the button, and the reading once it is there."""
    about_column = [(what, name) for what in offered(project.columns, name)]
    about_table = [(what, "") for what in offered(project.columns, has_copies=has_copies)]
    choices = [*about_column, *about_table]
    if not choices:
        return
    st.subheader(_("Leak meter"), anchor=False)
    st.caption(_("Scores of a quick model with a thing done rightly and done wrongly, on rows that train or validate."))
    titles = [TITLES[what].format(name=parts.one_line(column)) for what, column in choices]
    # The column is in the key: under the same one a browser goes on showing the title of the column before.
    chosen = st.selectbox(
        _("Measure"), range(len(choices)), key=f"prepare.leak.{name[:80]}", format_func=lambda place: titles[place]
    )
    what, column = choices[chosen or 0]
    space = state.space()
    reading = leak_job.known(space, project, what, column)
    if reading is not None:
        draw_reading(reading)
        return
    job = leak_job.under_way(space, project, what, column)
    if job is not None and job.is_alive:
        st.fragment(_draw_progress, run_every=LOOK_S)(project, what, column)
        return
    if job is not None and job.state() in ("failed", "interrupted"):
        try:
            job.result()
        except NnlabError as error:
            parts.failed(error, spot="leak")
    st.button(
        _("Measure the leak"),
        key="prepare.leak.measure",
        icon=":material/speed:",
        on_click=_begin,
        args=(project, what, column),
    )


def draw_reading(reading: LeakReading) -> None:
    """The two scores, and what they say."""
    numbers = leak_numbers(reading)
    picture, table = leak_figure(numbers, parts.theme()), parts.frame(numbers.table())
    parts.chart(picture, numbers.alt(), table, "prepare.leak_picture")
    said = parts.plain(reading.sentence, 600)
    if reading.is_telling:
        st.warning(said, icon=":material/warning:")
    else:
        st.caption(said)


def _begin(project: Project, what: Practice, column: str) -> None:
    with state.telling():
        leak_job.begin(state.space(), project, what, column)


def _draw_progress(project: Project, what: Practice, column: str) -> None:
    job = leak_job.under_way(state.space(), project, what, column)
    if job is None or not job.is_alive:
        st.rerun()
    share, doing = job.progress()
    st.progress(min(share, 1.0), parts.plain(_(doing).capitalize()) if doing else _("Waiting for its place"))
    st.button(_("Cancel"), icon=":material/close:", key="prepare.leak.cancel", on_click=job.cancel)
