"""Train: settings and cost before Start, the living curve after it; the run goes on whatever happens to this page."""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.runs import start
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.watch import duration, look
from pages.ui import cached, design, forms, parts, running, state
from pages.ui.parts import _

FIRST = ["epochs", "batch_size", "learning_rate", "class_weights", "patience", "seed"]
MORE = ["optimizer", "scheduler", "warmup", "weight_decay", "gradient_clipping", "label_smoothing", "loss", "device"]


def main() -> None:
    run = state.run()
    project = state.project() if run else parts.needed_project(_("Train"))
    if project is None and run is not None:
        draw_foreign_run(run)
        return
    assert project is not None, "the page has ended before where neither run nor project is open"
    place = parts.header(_("Train"))
    try:
        drawn = design.current()
    except NnlabError as error:
        if run is None:
            parts.empty(parts.plain(str(error), 400), _("Data"), "data")
        draw_run(place, run)
        return
    cached.worker_ready(state.space())
    left, right = st.columns([1.9, 1], gap="large")
    with left:
        if run is not None:
            draw_run(place, run)
        else:
            draw_before(project, drawn)
    if run is None or not look(run).state.is_alive:
        why = _("A layer cannot run: mend it on Network.") if drawn.plan.error else ""
        has_ended = run is not None
        place.button(
            _("Train again") if has_ended else _("Start"),
            type="secondary" if has_ended and is_usable(run) else "primary",
            icon=":material/play_arrow:",
            disabled=bool(why),
            help=why or None,
            on_click=begin,
            args=(project.id, state.value("train.click") or renewed_click()),
            key="train.start",
        )
        if has_ended and is_usable(run):
            parts.next_step(place, _("Evaluate"), "evaluate")
    with right:
        draw_settings(project, drawn)


def renewed_click() -> str:
    """A name for the next click on Start: the same click twice is one run."""
    state.keep("train.click", secrets.token_hex(8))
    return str(state.value("train.click"))


def begin(project_id: str, click: str) -> None:
    """Puts the project's run into the queue and shows it."""
    with state.telling():
        run = start.start_run(state.space(), state.space().project(project_id), click=click)
        state.keep(f"train.draws.{run.id}", 1)
        state.keep("train.name", "")
        state.open_run(run.id)
    renewed_click()


def is_usable(run: RunFolder | None) -> bool:
    """Whether the run has weights to judge."""
    return run is not None and (run.path / "best.safetensors").exists()


def draw_run(place: object, run: RunFolder | None) -> None:
    assert run is not None, "only called with a run"
    running.controls(place, run, look(run))
    running.draw(run)


def draw_foreign_run(run: RunFolder) -> None:
    """A run whose project is not here any more, or that was downloaded: shown without settings."""
    place = parts.header(_("Train"))
    draw_run(place, run)
    if is_usable(run) and not look(run).state.is_alive:
        parts.next_step(place, _("Evaluate"), "evaluate")


def draw_before(project: Project, drawn: design.Design) -> None:
    """What Start will do and what it costs."""
    inputs = drawn.inputs
    try:
        training = project.training.resolved(inputs.n_rows, inputs.head.task)
    except NnlabError as error:
        parts.failed(error)
        return
    st.markdown(training.budget(inputs.n_rows))
    if drawn.plan.error:
        return
    with st.spinner(_("Timing a few real steps ...")):
        try:
            cost = cached.cost(state.space(), project)
        except NnlabError as error:
            parts.failed(error)
            return
    with st.container(border=True, horizontal=True, gap="large"):
        st.metric(_("Parameters"), parts.count(cost.n_parameters))
        st.metric(_("Memory"), f"{parts.short_count(cost.memory_bytes)}B")
        st.metric(_("An epoch"), short_time(cost.seconds_per_epoch))
        st.metric(_("To the end"), short_time(cost.seconds))
    st.caption(_("Timed on a few real steps of this network on these rows. The curve will stand here after Start."))


def short_time(seconds: float) -> str:
    """Seconds with what matters: 12 ms, 1.4 s, 2 min 5 s."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))}\u202fms"
    return f"{seconds:.1f}\u202fs" if seconds < 10 else duration(seconds)


def draw_settings(project: Project, drawn: design.Design) -> None:
    inputs = drawn.inputs
    try:
        resolved = project.training.resolved(inputs.n_rows, inputs.head.task).plain()
    except NnlabError:
        resolved = {}
    st.subheader(_("Settings"), anchor=False)

    def changed(training: object) -> None:
        state.change(training=training)

    about = {"key": "train.form", "changed": changed, "automatic": resolved}
    forms.edit(project.training, names=FIRST, **about)
    with st.expander(_("More settings")):
        forms.edit(project.training, names=MORE, **about)
        st.caption(parts.plain(cached.device_reason(project.training.device), 200))
    draw_command(project)


def draw_command(project: Project) -> None:
    """The command line that makes this very run; on a shared server, the two files it needs."""
    st.subheader(_("The same from a shell"), anchor=False)
    space = state.space()
    if state.mode() == "single":
        file = space.table_bytes(project.table_id)
        project_file = space.path / "projects" / project.id / "project.json"
    else:
        file, project_file = Path(project.file_name), Path("project.json")
    command = f"scripts/run train {shlex.quote(str(file))} \\\n  --project {shlex.quote(str(project_file))}"
    st.code(command, language=None, wrap_lines=True)  # highlighting is too pale to read in light colours
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("Project file"), project.portable().to_json(), "project.json", "application/json", key="train.project"
        )
        st.download_button(
            _("Table"), lambda: space.table_bytes(project.table_id).read_bytes(), "table.csv", key="train.table"
        )


main()
