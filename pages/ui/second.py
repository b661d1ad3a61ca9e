"""A second file for the open project: what it can be is seen from its columns, and asked where there is a choice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

import streamlit as st

from nnlab.data.picture_files import awaits_files
from nnlab.errors import NnlabError
from nnlab.runs import reading_job, second_file
from nnlab.runs.project import Project
from nnlab.runs.reading_job import FileBeingRead
from nnlab.runs.second_file import SecondFile, Wanted
from nnlab.runs.workspace import Space
from pages.ui import cached, coming, parts, state
from pages.ui.parts import _

Act = Callable[[Wanted], None]
USING: dict[Wanted, Callable[[Space, Project, SecondFile], Project]] = {
    "test": second_file.as_test_set,
    "more": second_file.as_more_rows,
    "predict": second_file.for_prediction,
    "pictures": second_file.with_pictures,
}


def draw(project: Project, *, awaits_pictures: bool) -> None:
    """A button that opens the place for another file; it says so where the table waits for its pictures."""
    if reading_job.second_of(state.space(), project):
        return  # `being_added` shows it
    title = _("Add its pictures") if awaits_pictures else _("Add a file")
    with st.popover(title, icon=":material/add:", type="primary" if awaits_pictures else "secondary"):
        turn = state.value("data.second_turn", 0)
        if awaits_pictures:
            st.caption(_("The table names picture files. Give the zip that holds them; they are joined by name."))
        else:
            st.caption(_("A test set, more rows with the same columns, or rows to predict: its columns tell which."))
        upload = st.file_uploader(_("Another file"), key=f"data.second.{turn}", label_visibility="collapsed")
        if upload is None:
            return
        data = upload.getvalue()
        if is_large(project, len(data)):
            state.keep("data.second_turn", turn + 1)
            state.let_go([upload])
            with state.telling():
                reading_job.begin_second(state.space(), project, data, upload.name)
            st.rerun()
        draw_small(project, data, upload.name, turn)


def draw_small(project: Project, data: bytes, name: str, turn: int) -> None:
    """What a file can be that is looked at here and now."""
    try:
        found = _looked_at(project, data, name)
    except NnlabError as error:
        parts.failed(error)
        return

    def act(wanted: Wanted) -> None:
        state.keep("data.second_turn", turn + 1)  # first: what fails must not be tried again at every pass
        with state.telling():
            state.refuse_unseen()
            state.replace(USING[wanted](state.space(), project, found))

    if found.use != "pictures":
        draw_choice(found, act)
        return
    with st.spinner(_("Joining the pictures by name ...")):
        act("pictures")
    st.rerun()


def being_added(project: Project) -> None:
    """Draws how far a large second file is, asks what it is to be, and takes what comes of it."""
    added = reading_job.second_of(state.space(), project)
    if added is None:
        return
    with st.container(border=True, gap="small", key="data.added"):
        if added.job.is_alive:
            st.fragment(_watch, run_every=coming.LOOK_S)(added.job.id)
            return
        if added.purpose == "look":
            draw_found(project, added)
            return
    with state.telling():
        state.refuse_unseen()
        state.replace(reading_job.finish_use(state.space(), project, added.job))
    st.rerun()


def draw_found(project: Project, added: FileBeingRead) -> None:
    """What the large file can be, with the way out; a zip of pictures is asked nothing."""

    def act(wanted: Wanted) -> None:
        with state.telling():
            reading_job.begin_use(state.space(), project, added.job, wanted)

    try:
        found = reading_job.second_found(state.space(), added.job)
    except NnlabError as error:
        state.tell(error)
        reading_job.cancel(state.space(), added.job)
        st.rerun()
    if found.use == "pictures":
        act("pictures")
        st.rerun()
    draw_choice(found, act)
    cancel = state.space(), added.job
    st.button(_("Leave it"), icon=":material/close:", key="data.leave", on_click=reading_job.cancel, args=cancel)


def _watch(job_id: str) -> None:
    known = [each for each in reading_job.being_read(state.space()) if each.job.id == job_id]
    if not known or not known[0].job.is_alive:
        st.rerun()
    coming.draw_progress(known[0], "data.second_cancel")


def is_large(project: Project, n_bytes: int) -> bool:
    """Whether the file, or the table that it would become a part of, is read in a process of its own."""
    return reading_job.is_large(n_bytes + state.space().table_bytes(project.table_id).stat().st_size)


def awaits_pictures(project: Project) -> bool:
    """Whether a column of the project's table holds names of picture files whose zip is still to be given."""
    return any(awaits_files(column) for column in project.columns.columns)


def draw_choice(found: SecondFile, act: Act) -> None:
    """The buttons for what the file can be."""

    def button(label: str, key: str, wanted: Wanted, kind: Literal["primary", "secondary"] = "primary") -> None:
        st.button(label, type=kind, key=key, on_click=act, args=(wanted,))

    n_rows = parts.counted(found.n_rows, "{n} row", "{n} rows")
    st.markdown(f"**{parts.plain(found.name, 60)}** · {n_rows}")
    if found.use == "predict":
        lacking = ", ".join(parts.plain(name, 40) for name in found.missing)
        st.caption(_("It lacks {names}, so its rows can be predicted.").format(names=lacking))
        button(_("Keep them for Predict"), "data.rows", "predict")
        return
    if found.n_known:
        one = _("{n} of its rows stands in the table already: as a test it would flatter.")
        many = _("{n} of its rows stand in the table already: as a test they would flatter.")
        st.markdown(f":orange[:material/warning: {parts.counted(found.n_known, one, many)}]")
    button(_("Use as the test set"), "data.test_set", "test")
    button(_("Add as more rows"), "data.more", "more", "secondary")


def _looked_at(project: Project, data: bytes, name: str) -> SecondFile:
    """Kept while the same file stands in the uploader."""
    key = hashlib.sha256(data).hexdigest()
    return cached.second_file(state.space(), project, key, data, name)
