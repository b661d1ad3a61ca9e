"""Which run Evaluate, Predict and Train are about: the one in the address, else the project's latest."""

from __future__ import annotations

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.runs.folder import RunFolder
from nnlab.runs.watch import look
from pages.ui import parts, state
from pages.ui.parts import _


def needed_run(title: str) -> RunFolder:
    """The run in view; where there is none the page says what to do first, and ends."""
    run = state.run() or latest(with_weights=True)
    if run is None:
        parts.header(title)
        if state.project() is None:
            parts.empty(_("No run is open. Open a project or a sample first."), _("Start"), "start")
        parts.empty(_("This project has no run yet. Train its network first."), _("Train"), "train")
    return run


def latest(*, with_weights: bool = False) -> RunFolder | None:
    """The newest run of the open project, made the one in view; rather one that has weights, where asked."""
    opened = state.project_id()
    runs = runs_of(opened) if opened else []
    usable = [run for run in runs if (run.path / "best.safetensors").exists()] if with_weights else []
    for run in (*usable, *runs):
        state.open_run(run.id)
        return run
    return None


def runs_of(project_id: str) -> list[RunFolder]:
    """A project's runs, the newest first."""
    return [run for run in state.space().runs() if project_of(run) == project_id]


def adopt_living(living: tuple[RunFolder, ...]) -> None:
    """Where no run is in view, one of the open project that trains or waits is."""
    opened = state.project_id()
    if opened is None or state.run_id() is not None:
        return
    for run in living:
        if project_of(run) == opened:
            state.open_run(run.id)
            return


def open_with_project(run: RunFolder) -> None:
    """Makes a run the one in view, with its project where that is still here; else no project is open any more."""
    project_id = project_of(run)
    if any(entry.id == project_id for entry in state.space().projects()):
        state.open_project(project_id, run.id)
    else:
        state.close_project()
        state.open_run(run.id)


def project_of(run: RunFolder) -> str:
    """The id of the run's project; empty of a run from the command line, and of one that is damaged."""
    try:
        return str(run.spec.project.get("id", ""))
    except NnlabError:
        return ""


def line(run: RunFolder) -> str:
    """The run in one line: its name, its rows, its best epoch."""
    seen, n_rows = look(run), run.spec.n_rows
    said = [f"**{parts.plain(run.spec.name or run.id, 60)}**"]
    said.append(_("predicts {names}").format(names=", ".join(parts.plain(name, 30) for name in run.spec.target[:3])))
    said.append(parts.counted(n_rows.get("test", 0), "{n} test row", "{n} test rows"))
    if seen.best_epoch:
        said.append(_("best epoch {n} of {of}").format(n=seen.best_epoch, of=seen.epoch))
    return " · ".join(said)


def draw_age(run: RunFolder) -> None:
    """Says where the open project stands on another table than the run: a test set was added, or the file read anew."""
    project = state.project()
    if project is None or run.spec.project.get("id") != project.id or run.spec.table_id == project.table_id:
        return
    said = _("The project's table was changed after this run and is now {name}. Train again to use it.")
    st.markdown(f":orange[:material/history: {said.format(name=parts.plain(project.file_name, 60))}]")


def still_going(name: str) -> None:
    """The run has not ended: says so, with the way to it, and ends the page."""
    words = {
        "queued": _("This run still waits in the queue."),
        "running": _("This run is still training. It is judged when it ends."),
        "paused": _("This run is paused. It is judged when it ends."),
        "interrupted": _("This run was interrupted. Resume it, or stop it to judge its best epoch so far."),
    }
    parts.empty(words.get(name, _("This run has not ended.")), _("Train"), "train")
    st.stop()
