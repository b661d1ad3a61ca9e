"""Start: drop a file, open a sample, go on with a project, open a run."""

from __future__ import annotations

import datetime

import streamlit as st

from nnlab.data.samples import samples
from nnlab.errors import NnlabError
from nnlab.runs import opening
from pages.ui import parts, state
from pages.ui.parts import _

N_SHOWN = 6  # projects and runs listed before "all of them"
KINDS = ["csv", "tsv", "txt", "dat", "data", "tab", "psv", "zip"]


def main() -> None:
    if sample := st.query_params.get("sample"):
        del st.query_params["sample"]
        open_sample(sample, "train")
    parts.header(_("Start"))
    st.markdown(
        _(
            "Drop in a table, design a network layer by layer, train it while you watch, read an honest verdict.  \n"
            "What you make stays in your own workspace, and a run goes on when you close the tab."
        )
    )
    left, right = st.columns([5, 3], gap="large")
    with left:
        draw_upload()
        draw_samples()
    with right:
        draw_projects()
        draw_runs()


def draw_upload() -> None:
    turn = state.value("start.turn", 0)  # a new key empties the uploader, so that the server keeps no second copy
    upload = st.file_uploader(
        _("A CSV file, or a run you downloaded"), type=KINDS, key=f"start.upload.{turn}", label_visibility="visible"
    )
    if upload is None:
        return
    state.keep("start.turn", turn + 1)
    name, data = upload.name, upload.getbuffer()
    with st.spinner(_("Reading {name} ...").format(name=parts.plain(name))), state.telling():
        if opening.is_run_archive(name, data):
            from nnlab.runs.archive import unpack

            state.open_run(unpack(bytes(data), state.space()))
            state.go("evaluate")
        project = opening.open_file(state.space(), data, name)
        state.open_project(project.id)
        state.go("data")
    st.rerun()


def draw_samples() -> None:
    st.subheader(_("Or open a sample"), anchor=False)
    columns = st.columns(2)
    for n, sample in enumerate(samples()):
        row = columns[n % 2].container(vertical_alignment="distribute", border=True, gap="small", height=150)
        row.markdown(f"**{parts.plain(sample.title)}**  \n{parts.plain(sample.line, 200)}", width="stretch")
        if row.button(
            _("Open"), key=f"start.sample.{sample.name}", help=_("Licence: {name}").format(name=sample.licence)
        ):
            open_sample(sample.name, "data")


def open_sample(name: str, page: str) -> None:
    with st.spinner(_("Opening the sample ...")), state.telling():
        state.open_project(opening.open_sample(state.space(), name).id)
        state.go(page)


def draw_projects() -> None:
    st.subheader(_("Go on"), anchor=False)
    entries = state.space().projects()
    if not entries:
        st.caption(_("Your projects will stand here."))
    shown = entries if state.value("start.all") else entries[:N_SHOWN]
    for entry in shown:
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        saved = datetime.datetime.fromtimestamp(entry.saved_at).strftime("%d %b %Y, %H:%M")
        line = entry.problem or f"{parts.plain(entry.file_name, 40)} · {saved}"
        row.markdown(f"**{parts.plain(entry.name, 40)}**  \n:gray[{line}]", width="stretch")
        if not entry.problem and row.button(_("Open"), key=f"start.open.{entry.id}"):
            state.open_project(entry.id)
            state.go("data")
        if row.button("", icon=":material/delete:", help=_("Delete this project"), key=f"start.delete.{entry.id}"):
            confirm_delete(entry.id, entry.name)
    if len(entries) > len(shown):
        label = _("All {n} projects").format(n=len(entries))
        st.button(label, type="tertiary", on_click=state.keeping("start.all", True), key="start.more")


@st.dialog(_("Delete this project?"))
def confirm_delete(project_id: str, name: str) -> None:
    st.markdown(_("**{name}** goes with its history. Its table and its runs stay.").format(name=parts.plain(name)))
    if st.button(_("Delete"), type="primary", key="start.delete.sure"):
        with state.telling():
            state.space().delete_project(project_id)
        if state.project_id() == project_id:
            state.close_project()
        st.rerun()


def draw_runs() -> None:
    runs = state.space().runs()
    if not runs:
        return
    st.subheader(_("Latest runs"), anchor=False)
    for run in runs[:N_SHOWN]:
        try:
            name, project_id = run.spec.name or run.id, str(run.spec.project.get("id", ""))
            line = run.state().name
        except NnlabError as error:
            name, project_id, line = run.id, "", parts.plain(error.rule)
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.markdown(f"**{parts.plain(name, 40)}**  \n:gray[{line}]", width="stretch")
        if row.button(_("Open"), key=f"start.run.{run.id}"):
            if project_id:
                state.open_project(project_id, run.id)
            state.open_run(run.id)
            state.go("train" if line in ("queued", "running", "paused", "interrupted") else "evaluate")
    st.page_link(state.PAGES / "runs.py", label=_("All runs"), icon=":material/history:")


main()
