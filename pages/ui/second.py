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
from nnlab.runs.second_file import SecondFile
from nnlab.runs.workspace import Space
from pages.ui import cached, parts, state
from pages.ui.parts import _

Using = Callable[[Space, Project, SecondFile], Project]


def draw(project: Project, *, awaits_pictures: bool) -> None:
    """A button that opens the place for another file; it says so where the table waits for its pictures."""
    title = _("Add its pictures") if awaits_pictures else _("Add a file")
    with st.popover(title, icon=":material/add:", type="primary" if awaits_pictures else "tertiary"):
        turn = state.value("data.second_turn", 0)
        if awaits_pictures:
            st.caption(_("The table names picture files. Give the zip that holds them; they are joined by name."))
        else:
            st.caption(_("A test set, more rows with the same columns, or rows to predict: its columns tell which."))
        upload = st.file_uploader(_("Another file"), key=f"data.second.{turn}", label_visibility="collapsed")
        if upload is None:
            return
        data = upload.getvalue()
        try:
            reading_job.check_size(len(data))
            found = _looked_at(project, data, upload.name)
        except NnlabError as error:
            parts.failed(error)
            return
        if found.use != "pictures":
            draw_choice(project, found, turn)
            return
        with st.spinner(_("Joining the pictures by name ...")):
            take(project, found, second_file.with_pictures, turn)
        st.rerun()


def awaits_pictures(project: Project) -> bool:
    """Whether a column of the project's table holds names of picture files whose zip is still to be given."""
    return any(awaits_files(column) for column in project.columns.columns)


def draw_choice(project: Project, found: SecondFile, turn: int) -> None:
    """The buttons for what the file can be."""

    def button(label: str, key: str, use: Using, kind: Literal["primary", "secondary"] = "primary") -> None:
        st.button(label, type=kind, key=key, on_click=take, args=(project, found, use, turn))

    rows = _("**{name}** · {n} rows").format(name=parts.plain(found.name, 60), n=parts.count(found.n_rows))
    st.markdown(rows)
    if found.use == "predict":
        lacking = ", ".join(parts.plain(name, 40) for name in found.missing)
        st.caption(_("It lacks {names}, so its rows can be predicted.").format(names=lacking))
        button(_("Keep them for Predict"), "data.rows", second_file.for_prediction)
        return
    button(_("Use as the test set"), "data.test_set", second_file.as_test_set)
    button(_("Add as more rows"), "data.more", second_file.as_more_rows, "secondary")


def take(project: Project, found: SecondFile, use: Using, turn: int) -> None:
    """Does what was chosen; the uploader is empty afterwards, whatever came of it."""
    state.keep("data.second_turn", turn + 1)  # first: what fails must not be tried again at every pass
    with state.telling():
        state.refuse_unseen()
        state.replace(use(state.space(), project, found))


def _looked_at(project: Project, data: bytes, name: str) -> SecondFile:
    """Kept while the same file stands in the uploader."""
    key = hashlib.sha256(data).hexdigest()
    return cached.second_file(state.space(), project, key, data, name)
