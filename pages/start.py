"""Start: drop a file, open a sample, go on with a project, open a run."""

from __future__ import annotations

import datetime

import streamlit as st

from nnlab.data.samples import Sample, samples
from nnlab.errors import NnlabError
from nnlab.runs import opening, reading_job
from nnlab.runs.folder import RunFolder
from pages.ui import choosing, coming, parts, state
from pages.ui.parts import _
from pages.ui.running import WORDS

N_SHOWN = 4  # projects and runs listed before "all of them"
N_ACROSS = 2  # samples in a row
LIVING = ("queued", "running", "paused", "interrupted")


def main() -> None:
    if sample := st.query_params.get("sample"):
        del st.query_params["sample"]
        open_sample(sample, "train")
    parts.header(_("Train a network on your own table"))
    st.markdown(
        _(
            "Drop a CSV, choose what to predict, design the layers, watch it learn, hear honestly how good it is.  \n"
            ":gray[What you make stays in your own workspace, and a run goes on when you close the tab.]"
        )
    )
    left, right = st.columns([1.75, 1], gap="large")
    with left:
        draw_upload()
        draw_samples()
    with right:
        draw_projects()
        draw_runs()


def draw_upload() -> None:
    """The first thing to do: a file, dropped, chosen or pasted. While a large one is read, how that goes."""
    waiting = [each for each in reading_job.being_read(state.space()) if not each.project_id]
    with st.container(border=True, gap="small", key="start.hero"):
        st.subheader(_("Drop your file here"), anchor=False)
        if waiting:
            st.fragment(draw_reading, run_every=coming.LOOK_S)(waiting[0].job.id)
            return
        turn = state.value("start.turn", 0)  # a new key empties the uploader, so that the server keeps no second copy
        uploads = st.file_uploader(
            _("A table (CSV, Excel, Parquet, JSON lines, zipped too), several that belong together, or a run"),
            key=f"start.upload.{turn}",
            accept_multiple_files=True,
        )
        with st.popover(_("Paste a table"), icon=":material/content_paste:"):
            draw_paste()
    if not uploads:
        return
    state.keep("start.turn", turn + 1)
    files = [(upload.name, upload.getvalue()) for upload in uploads]  # no copy, as getbuffer() would make one
    state.let_go(uploads)
    if len(files) == 1:
        take(*files[0])
    else:
        take_several(files)
    st.rerun()


def draw_paste() -> None:
    """A field for rows copied from a spreadsheet or a page."""
    with st.form("start.paste", border=False):
        text = st.text_area(
            _("Rows with their header"),
            key="start.pasted",
            height=200,
            placeholder=_("name, height, weight\nAda, 170, 62"),
        )
        if parts.pressed(st.form_submit_button, _("Open"), type="primary", key="start.paste.open") and text.strip():
            take(_("pasted") + ".csv", text.encode("utf-8", "replace"))


def take_several(files: list[tuple[str, bytes]]) -> None:
    """Opens several files as one: tables with the same columns are joined, pictures go to the table that names them."""
    with state.telling():
        from nnlab.data.bundle import bundled

        reading_job.check_size(sum(len(data) for _name, data in files))
        data = bundled(files)
        take(_("{name} and {n} more").format(name=files[0][0], n=len(files) - 1), data)


def take(name: str, data: bytes) -> None:
    """Opens what was dropped: a run, a table, or a large table by way of a process of its own."""
    with st.spinner(_("Reading {name} ...").format(name=parts.plain(name))), state.telling():
        if opening.is_run_archive(name, data):
            from nnlab.runs.archive import unpack

            run_id = unpack(data, state.space())
            state.close_project()  # what was open has nothing to do with it
            state.open_run(run_id)
            state.go("evaluate")
        if reading_job.is_large(len(data)):
            reading_job.begin_file(state.space(), data, name)
            return
        project = opening.open_file(state.space(), data, name)
        state.open_project(project.id)
        state.go("data")


def draw_reading(job_id: str) -> None:
    """How far a large file is, with the way out; when it is read, its project is opened."""
    known = [each for each in reading_job.being_read(state.space()) if each.job.id == job_id]
    if known and known[0].job.is_alive:
        coming.draw_progress(known[0], "start.cancel")
        return
    with state.telling():
        for each in known:
            project = reading_job.finish_file(state.space(), each.job, each.name)
            state.open_project(project.id)
            state.keep("going", "data")
    st.rerun()


def draw_samples() -> None:
    """The samples as cards of one size."""
    st.subheader(_("Or begin with a sample"), anchor=False)
    every = samples()
    for first in range(0, len(every), N_ACROSS):
        row = st.columns(N_ACROSS, gap="small")
        for place, sample in zip(row, every[first : first + N_ACROSS], strict=False):
            with place.container(border=True, height="stretch", gap="xsmall"):
                draw_sample(sample)


def draw_sample(sample: Sample) -> None:
    is_wanted = parts.pressed(
        st.button,
        f"**{parts.plain(sample.title)}**",
        key=f"start.sample.{sample.name}",
        type="tertiary",
        icon=":material/arrow_forward:",
        icon_position="right",
        help=_("{source}. Licence: {name}").format(source=parts.plain(sample.source, 200), name=sample.licence),
    )
    st.markdown(f":gray[:small[{parts.plain(sample.line, 200)}]]")
    if is_wanted:
        open_sample(sample.name, "data")


def open_sample(name: str, page: str) -> None:
    with st.spinner(_("Opening the sample ...")), state.telling():
        state.open_project(opening.open_sample(state.space(), name).id)
        state.go(page)


def moment(created: str) -> str:
    """When a run was made, in this machine's time; nothing where that cannot be read."""
    try:
        return datetime.datetime.fromisoformat(created).astimezone().strftime("%d %b, %H:%M")
    except ValueError:
        return ""


def draw_projects() -> None:
    """The projects, the last saved first; the name opens one."""
    st.subheader(_("Go on"), anchor=False)
    entries = state.space().projects()
    if not entries:
        st.caption(_("Your projects will stand here."))
    shown = entries if state.value("start.all") else entries[:N_SHOWN]
    for entry in shown:
        saved = datetime.datetime.fromtimestamp(entry.saved_at).strftime("%d %b, %H:%M")
        line = entry.problem or f"{parts.plain(entry.file_name, 40)} · {saved}"
        with st.container(border=True, gap=None):
            row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
            with row:
                name = f"**{parts.plain(entry.name, 30)}**"
                if entry.problem:
                    st.markdown(name, width="content")
                elif parts.pressed(
                    st.button, name, key=f"start.open.{entry.id}", type="tertiary", help=_("Open this project")
                ):
                    state.open_project(entry.id)
                    state.go("data")
                with st.container(horizontal=True, width="content", gap="small"):
                    rename, remove = f"start.rename.{entry.id}", f"start.delete.{entry.id}"
                    if not entry.problem and parts.pressed(
                        st.button, ":material/edit:", help=_("Rename this project"), key=rename, type="tertiary"
                    ):
                        ask_name(entry.id, entry.name)
                    if parts.pressed(
                        st.button, ":material/delete:", help=_("Delete this project"), key=remove, type="tertiary"
                    ):
                        confirm_delete(entry.id, entry.name)
            st.caption(line)
    if len(entries) > len(shown):
        label = _("All {n} projects").format(n=len(entries))
        st.button(label, type="tertiary", on_click=state.keeping("start.all", True), key="start.more")


@st.dialog(_("Rename this project"))
def ask_name(project_id: str, name: str) -> None:
    with st.form(f"start.rename.{project_id}.form", border=False):
        st.text_input(_("Name"), name, max_chars=80, key=f"start.rename.{project_id}.name")
        if st.form_submit_button(_("Rename"), type="primary", on_click=rename, args=(project_id,)):
            st.rerun()


def rename(project_id: str) -> None:
    """Gives a project the name that was typed; an empty one changes nothing."""
    wanted = str(st.session_state[f"start.rename.{project_id}.name"]).strip()
    if wanted:
        with state.telling():
            state.space().rename_project(project_id, wanted)


@st.dialog(_("Delete this project?"))
def confirm_delete(project_id: str, name: str) -> None:
    st.markdown(
        _(
            "**{name}** goes with its history, and there is no way back. Its runs stay, and its table while "
            "anything uses it."
        ).format(name=parts.plain(name))
    )
    if any(choosing.project_of(run) == project_id for run in state.space().living_runs()):
        st.markdown(_(":orange[:material/trending_up: A run of it trains or waits, and goes on without the project.]"))
    parts.sure("start.delete", delete, project_id)


def delete(project_id: str) -> None:
    """Takes a project away; where it was the open one, none is open."""
    with state.telling():
        state.space().delete_project(project_id)
    if state.project_id() == project_id:
        state.close_project()


def draw_runs() -> None:
    """The latest runs, each with its state; the name opens one where it is at."""
    runs = state.space().runs()
    if not runs:
        return
    st.subheader(_("Latest runs"), anchor=False)
    with st.container(gap="xsmall"):
        for run in runs[:N_SHOWN]:
            draw_run(run)
    st.page_link(
        state.PAGES / "runs.py",
        label=_("All {n} runs").format(n=len(runs)) if len(runs) > N_SHOWN else _("All runs"),
        icon=":material/history:",
        query_params=state.address(),
    )


def draw_run(run: RunFolder) -> None:
    try:
        name, now = run.spec.name or run.id, run.state().name
        line = f"{WORDS[now].lower()} · {moment(run.spec.created)}"
    except NnlabError as error:
        name, now, line = run.id, "", parts.plain(error.rule)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        if parts.pressed(
            st.button, parts.plain(name, 30), key=f"start.run.{run.id}", type="tertiary", help=_("Open this run")
        ):
            choosing.open_with_project(run)
            state.go("train" if now in LIVING or now == "failed" else "evaluate")
        st.caption(line, width="content")


main()
