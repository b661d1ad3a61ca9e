"""Train: settings and cost before Start, the living curve after it; the run goes on whatever happens to this page."""

from __future__ import annotations

import secrets
import shlex
import time
from pathlib import Path
from typing import Any

import streamlit as st

from nnlab.errors import NnlabError, NotFoundError
from nnlab.limits import limits
from nnlab.plots.training import CurvesNumbers, curves_figure, rate_numbers
from nnlab.runs import start
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.spawn import is_ready
from nnlab.runs.watch import RunView, await_first_step, look, short_duration
from nnlab.training.schedule import learning_rate
from nnlab.training.spec import Training, steps_per_epoch
from pages.ui import cached, choosing, design, findings, forms, parts, running, state
from pages.ui.parts import _

FIRST = ["epochs", "batch_size", "learning_rate", "class_weights", "patience", "members", "folds", "seed"]
MOST_OTHERS = 3  # settings of the run in view that are named
MORE = [
    "optimizer",
    "scheduler",
    "warmup",
    "weight_decay",
    "gradient_clipping",
    "label_smoothing",
    "smoothing_fades",
    "temperature_scaling",
    "clip_answers",
    "loss",
    "init_seed",
    "precision",
    "device",
]


def main() -> None:
    run = state.run() or choosing.latest()
    project = state.project() if run else parts.needed_project(_("Train"))
    place = parts.header(_("Train"))
    if run is not None:
        seen = watched(run)
        running.controls(place, run, seen)
        if project is None:
            offer_evaluate(place, run, seen)  # downloaded, or its project is gone: shown without settings
            running.draw(run, seen)
            return
    assert project is not None, "the page has ended before where neither run nor project is open"
    try:
        drawn = design.current()
    except NnlabError as error:
        if run is None:
            parts.unprepared(error)
        offer_evaluate(place, run, seen)
        running.draw(run, seen)
        return
    cached.worker_ready(state.space())
    if open_findings := findings.warning(project):
        st.markdown(open_findings)
    left, right = st.columns([1.9, 1], gap="large")
    if run is None:
        offer_start(place, project, drawn, None)
        cost = draw_before(left, project, drawn)
    else:
        with left:
            running.draw(run, seen)
        if not seen.state.is_alive and seen.state.name != "paused":
            offer_start(place, project, drawn, seen)
            offer_evaluate(place, run, seen)
    with right:
        draw_settings(project, drawn, run)
    if run is None and cost is not None:
        draw_cost(cost, project)  # last: everything else is there and usable while real steps are timed


def watched(run: RunFolder) -> RunView:
    """The run as it is now; one whose folder vanished says so, and is in view no more."""
    if not run.exists:
        state.open_run(None)
        raise NotFoundError(
            "this run is no longer there",
            do="It was deleted, or this server woke up on an empty disk. Train it again, or open another run.",
        )
    return look(run)


def offer_start(place: Any, project: Project, drawn: design.Design, seen: RunView | None) -> None:
    """Start, the one primary button; beside a run that has ended it is "Train again", and plain where that has
    something better to offer."""
    why = _("A layer cannot run: mend it on Network.") if drawn.plan.error else ""
    try:
        resolved_training(project, drawn)
    except NnlabError as error:
        why = parts.plain(str(error), 200)
    name = seen.state.name if seen else ""
    has_next = seen and (running.repair_of(seen) or name == "interrupted" or (seen.best_epoch and name != "failed"))
    place.button(
        _("Train again") if seen else _("Start"),
        type="secondary" if has_next else "primary",
        icon=":material/play_arrow:",
        disabled=bool(why),
        help=why or None,
        on_click=begin,
        args=(project.id, state.value("train.click") or renewed_click()),
        key="train.start",
    )


def offer_evaluate(place: Any, run: RunFolder | None, seen: RunView) -> None:
    """Evaluate as the next step, once the run has ended with weights; after a failure mending comes first."""
    if run is not None and seen.state.is_final and (run.path / "best.safetensors").exists():
        parts.next_step(place, _("Evaluate"), "evaluate", is_primary=seen.state.name != "failed")


def renewed_click() -> str:
    """A name for the next click on Start: the same click twice is one run."""
    state.keep("train.click", secrets.token_hex(8))
    return str(state.value("train.click"))


def begin(project_id: str, click: str) -> None:
    """Puts the project's run into the queue and shows it; what was typed last counts, though it is heard of later."""
    taken = [take() for take in state.value("train.takes", ())]
    if not all(taken):
        return  # what was refused is told at its field
    with state.telling():
        run = start.start_run(state.space(), state.space().project(project_id), click=click)
        state.keep(f"train.draws.{run.id}", 1)
        state.keep("train.begun", time.monotonic())
        state.open_run(run.id)
        renewed_click()
        if is_ready(state.space().home):  # then it has begun in no time, and the first drawing has a curve
            await_first_step(run, limits().first_step_s)


def resolved_training(project: Project, drawn: design.Design) -> Training:
    """The settings with everything said; raises where one does not fit the rows."""
    inputs, training = drawn.inputs, project.training
    return training.resolved(training.n_learnt(inputs.n_rows, inputs.n_validation), inputs.head.task, limits())


def draw_before(left: Any, project: Project, drawn: design.Design) -> Any:
    """What Start will do, step by step of the learning rate; gives the place where the cost will stand."""
    inputs = drawn.inputs
    try:
        training = resolved_training(project, drawn)
    except NnlabError as error:
        with left:
            parts.failed(error)
        return None
    n_learnt = training.n_learnt(inputs.n_rows, inputs.n_validation)
    left.markdown(training.budget(n_learnt))
    if drawn.plan.error:
        left.warning(_("A layer cannot run: mend it on Network."), icon=":material/error:")
        return None
    if said_before := running.leaving(state.space()):
        left.warning(said_before, icon=":material/inventory_2:")
    cost = left.container()
    with left:
        numbers = planned_rate(training, n_learnt)
        picture = curves_figure(numbers, parts.theme())
        title = _("Planned learning rate")
        parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "train.planned", title=title)
        st.caption(_("The loss will be drawn here once it trains."))
    return cost


def planned_rate(training: Training, n_train: int) -> CurvesNumbers:
    """The learning rate at the end of each epoch, as the settings plan it."""
    assert training.batch_size is not None, "only called with a resolved Training"
    assert training.epochs is not None, "only called with a resolved Training"
    per_epoch = steps_per_epoch(n_train, training.batch_size)
    n_steps, every = per_epoch * training.epochs, max(1, training.epochs // limits().points)
    epochs = sorted({1, *range(every, training.epochs, every), training.epochs})
    events = [
        {"event": "epoch", "epoch": n, "learning_rate": learning_rate(training, n * per_epoch - 1, n_steps)}
        for n in epochs
    ]
    return rate_numbers(events, at_most=training.epochs)


def draw_cost(place: Any, project: Project) -> None:
    """Parameters, memory and time, from a few real steps of this network on these rows."""
    with place, st.spinner(_("Timing a few real steps ...")):
        try:
            cost = cached.cost(state.space(), project)
        except NnlabError as error:
            parts.failed(error)
            return
    place.markdown(
        _("**{n}** parameters · **{memory}** of memory · **{epoch}** an epoch · **{whole}** to the end").format(
            n=parts.count(cost.n_parameters),
            memory=f"{parts.short_count(cost.memory_bytes)}B",
            epoch=short_duration(cost.seconds_per_epoch),
            whole=short_duration(cost.seconds),
        )
    )
    place.caption(_("Timed on a few real steps of this network on these rows."))


def draw_settings(project: Project, drawn: design.Design, run: RunFolder | None) -> None:
    """What the next run will be trained with, and in what that differs from the one in view."""
    try:
        resolved = resolved_training(project, drawn).plain()
    except NnlabError:
        resolved = {}
    st.subheader(_("Settings"), anchor=False)
    if run is not None:
        st.caption(" ".join([_("For the next run."), *others_of(run, resolved)]))

    def changed(training: object) -> None:
        state.change(project, training=training)

    about = {"key": "train.form", "changed": changed, "automatic": resolved}
    takes = forms.edit(project.training, names=FIRST, **about)
    if unusual := project.training.caution():
        st.warning(unusual, icon=":material/info:")
    with st.expander(_("More settings")):
        takes += forms.edit(project.training, names=MORE, **about)
        st.caption(parts.plain(cached.device_reason(project.training.device), 200))
    state.keep("train.takes", takes)
    draw_command(project)


def others_of(run: RunFolder, now: dict[str, Any]) -> list[str]:
    """The settings of the run in view that are others by now, as a sentence; none where nothing is."""
    try:
        its: dict[str, Any] = run.spec.project.get("training", {})
    except NnlabError:
        return []
    others = [name for name in now if name in its and its[name] != now[name]]
    if not others:
        return []
    said = [f"{forms.worded(name).lower()} {parts.plain(forms.said(its[name]), 40)}" for name in others[:MOST_OTHERS]]
    more = " …" if len(others) > MOST_OTHERS else ""
    return [_("This one has {settings}.").format(settings=", ".join(said) + more)]


def draw_command(project: Project) -> None:
    """The command line that makes this very run from the file as it came, and the files it needs."""
    st.subheader(_("The same from a shell"), anchor=False)
    space, name = state.space(), file_name(project)
    project_file = Path("project.json")
    if state.mode() == "single":
        project_file = space.path / "projects" / project.id / "project.json"
        said = _("Run it in the folder that holds {name}. The button Table gives that file back as it came.")
    else:
        said = _("Run it in nnlab's own folder, with both files in it.")
    st.caption(said.format(name=parts.plain(name, 60)))
    program = state.PAGES.parent / "scripts" / "run" if state.mode() == "single" else Path("scripts/run")
    quoted = [shlex.quote(str(part)) for part in (program, name, project_file)]
    command = "{} train {} \\\n  --project {}".format(*quoted)
    st.code(command, language=None, wrap_lines=True)  # highlighting is too pale to read in light colours
    with st.container(horizontal=True, gap="small"):
        portable = project.portable().to_json()
        parts.download(
            st.download_button, _("Project file"), portable, "project.json", "application/json", key="train.project"
        )
        table = space.table_bytes(project.table_id)
        parts.download(
            st.download_button, _("Table"), table.read_bytes, name, "application/octet-stream", key="train.table"
        )


def file_name(project: Project) -> str:
    """What the project's file is called in a folder: its own name without folders, and no option of a command."""
    name = parts.one_line(project.file_name.replace("\\", "/").rpartition("/")[2], 120).lstrip("-.")
    return name or "table.csv"


main()
