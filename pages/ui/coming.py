"""Files being read: a large one in a process of its own, how far it is, and what comes of it."""

from __future__ import annotations

import streamlit as st

from nnlab.cleaning.cleaning import Cleaning
from nnlab.data.preview import Preview
from nnlab.data.reading import Reading
from nnlab.data.table import Table
from nnlab.runs import reading_job
from nnlab.runs.project import Project
from nnlab.runs.reading_job import FileBeingRead
from nnlab.runs.watch import duration
from pages.ui import cached, parts, state
from pages.ui.parts import _

LOOK_S = 0.5  # between two looks at a file that is being read


def again(project: Project, table: Preview, reading: Reading | None) -> None:
    """Reads the same bytes another way (None: as guessed) and moves the project to the table that comes of it.

    A large file is read by a process of its own; the page shows how far it is, and `finish` takes what comes of it.
    """
    space = state.space()
    with state.telling():
        state.refuse_unseen()
        if reading_job.is_large(space.table_bytes(project.table_id).stat().st_size):
            reading_job.begin_again(space, project, reading)
        elif reading is None:
            other = space.put_table(space.table_bytes(project.table_id), table.name)
            move(project, space.cleaned(other, project.cleaning), project.cleaning)
        else:
            move(project, space.reread(project.table_id, reading), project.cleaning)


def move(project: Project, other: Table, cleaning: Cleaning) -> None:
    """The project on another reading or after other cleaning; what a person chose of columns stays where it fits."""
    state.replace(project.with_table(other, cached.preview(state.space(), project.table_id).columns, cleaning))


def being_read_again(project: Project) -> bool:
    """Draws how far the project's file is, where it is being read another way; takes the table once it is there."""
    every = reading_job.being_read(state.space())
    coming = [each for each in every if each.project_id == project.id and each.purpose == "again"]
    if not coming:
        return False
    with st.container(border=True, gap="small", key="data.again"):
        st.fragment(_draw_again, run_every=LOOK_S)(coming[-1].job.id)
    return True


def _draw_again(job_id: str) -> None:
    known = [each for each in reading_job.being_read(state.space()) if each.job.id == job_id]
    if known and known[0].job.is_alive:
        draw_progress(known[0], "data.cancel")
        return
    with state.telling():
        for each in known:
            project = state.space().project(each.project_id)
            table, cleaning = reading_job.finish_again(state.space(), project, each.job)
            move(project, table, cleaning)
    st.rerun()


def draw_progress(coming: FileBeingRead, key: str) -> None:
    """How far a large file is, what is being done, about how long it takes still, and the way out."""
    st.markdown(
        _("Reading **{name}** ({size}) in a process of its own. Everything else can be used meanwhile.").format(
            name=parts.plain(coming.name, 60), size=f"{parts.short_count(float(coming.n_bytes))}B"
        )
    )
    share, doing = coming.job.progress()
    left_s = coming.job.left_s()
    said = parts.plain(_(doing).capitalize()) if doing else _("Waiting for its place")
    left = "" if not left_s else _(" · about {time} left").format(time=duration(left_s))
    st.progress(min(share, 1.0), f"{said}{left}")
    st.button(_("Cancel"), icon=":material/close:", key=key, on_click=_cancel, args=(coming,))


def _cancel(coming: FileBeingRead) -> None:
    with state.telling():
        reading_job.cancel(state.space(), coming.job)
