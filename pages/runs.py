"""Runs: what was trained in this workspace, what differed, and what can be done with each run."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.network.outline import outline
from nnlab.plots.training import curves_figure, loss_name, loss_numbers
from nnlab.plots.wording import figure
from nnlab.runs import quota, start
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.score.metrics import metrics
from pages.ui import cached, choosing, parts, running, state
from pages.ui.forms import worded
from pages.ui.parts import _
from pages.ui.running import WORDS

MOST_ROWS = 12  # before the list scrolls
CURVE_PX = 300
WIDTH_PX = 480  # of the fields below the list
SHOWN, MARK = _("Shown"), "●"
LIVING = ("queued", "running", "paused", "interrupted")


def main() -> None:
    runs = state.space().runs()
    parts.header(_("Runs"), kept() if runs else "")
    if not runs:
        parts.empty(_("Nothing was trained here yet. Open a table or a sample to begin."), _("Start"), "start")
    if said_before := running.leaving(state.space()):
        st.warning(said_before, icon=":material/inventory_2:")
    st.subheader(_("Compare"), anchor=False)
    rows = [row(run) for run in runs]
    names = labels([run.id for run in runs], rows)
    run_id = choose(list(names), compare(list(names), rows), names)
    draw_run(next(run for run in runs if run.id == run_id))


def labels(ids: list[str], rows: list[dict[str, Any]]) -> dict[str, str]:
    """What each run is called where one is chosen, by its id; those that would be called the same bear the id.

    A browser tells which option was chosen by its text: of two that read the same it could be the wrong run.
    """
    heads = (_("Run"), _("When"), _("State"))
    texts = [parts.one_line(" · ".join(str(line[head]) for head in heads if line[head]), 120) for line in rows]
    n_called = Counter(texts)
    named = zip(ids, texts, strict=True)
    return {run_id: text if n_called[text] == 1 else f"{text} · {run_id}" for run_id, text in named}


def compare(ids: list[str], rows: list[dict[str, Any]]) -> list[int]:
    """The list of runs, the one that is shown marked; the places that are ticked come back."""
    key = f"runs.table.{len(ids)}.{ids[0]}"  # a tick is a place, which another run may hold in another list
    held = state.value(key)  # the tick is known before the list is drawn, so that the mark moves with it
    marked = in_view(ids, held["selection"]["rows"] if held else [])
    names = (*FIXED, *differences(rows))
    lines = [
        {SHOWN: MARK if run_id == marked else ""} | {name: said(line.get(name)) for name in names}
        for run_id, line in zip(ids, rows, strict=True)
    ]
    picked = st.dataframe(
        parts.frame(lines),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        height="content" if len(rows) <= MOST_ROWS else 38 + 35 * MOST_ROWS,
        column_config={
            SHOWN: st.column_config.TextColumn("", width=30, alignment="center", help=_("The run shown below")),
            _("Run"): st.column_config.TextColumn(width=130),
            _("Score"): st.column_config.TextColumn(width=120),
            _("Best epoch"): st.column_config.TextColumn(alignment="right"),
        },
    )
    return list(picked.selection.rows)


def in_view(ids: list[str], ticked: list[int]) -> str:
    """The run that the page is about: the one that was ticked or chosen last, else the one in view, else the newest."""
    clicked = ids[ticked[0]] if ticked else None
    wanted = clicked if clicked and state.value("runs.clicked") != clicked else state.value("runs.run")
    return next(each for each in (wanted, state.run_id(), ids[0]) if each in ids)


def choose(ids: list[str], ticked: list[int], names: dict[str, str]) -> str:
    """The run in view, which another one can take the place of."""
    now = in_view(ids, ticked)
    clicked = ids[ticked[0]] if ticked else None
    if clicked and state.value("runs.clicked") != clicked:
        state.keep("runs.run", clicked)
    state.keep("runs.clicked", clicked)
    key = state.key_showing("runs.chosen", now)
    chosen: str = st.selectbox(
        _("Run"),
        ids,
        ids.index(now),
        key=key,
        width=WIDTH_PX,
        format_func=names.__getitem__,
        on_change=lambda: state.keep("runs.run", st.session_state[key]),
    )
    return chosen


def kept() -> str:
    """What is kept here, and until when."""
    n_runs, most = len(state.space().runs()), limits().stored_runs
    counted = _("1 run") if n_runs == 1 else _("{n} runs").format(n=parts.count(n_runs))
    if state.mode() == "single":
        return _("{runs}, kept on this machine until deleted.").format(runs=counted)
    if not state.is_lasting():
        return _("{runs}, kept until this tab closes. Download what you want to keep.").format(runs=counted)
    return _(
        "{n} of at most {most} runs, kept as long as this server's disk and your cookie last; "
        "where the disk runs short, until nobody has looked for {days:g} days. "
        "A hosted server may lose both when it sleeps: download what you want to keep."
    ).format(n=n_runs, most=most, days=limits().untouched_days)


# First what tells runs apart: on a phone the list shows no more than that.
FIXED = (_("Run"), _("Score"), _("Predicts"), _("State"), _("When"), _("Best epoch"))


def row(run: RunFolder) -> dict[str, Any]:
    """A run as a line of the list, its settings among them; a damaged one says so."""
    try:
        spec, now = run.spec, run.state()
        line: dict[str, Any] = {
            _("Run"): spec.name or run.id,
            _("Score"): " ".join(score(run)),
            _("Predicts"): ", ".join(spec.target),
            _("State"): WORDS[now.name] + (f", {now.place}" if now.name == "queued" and now.place else ""),
            _("When"): when(spec.created),
            _("Best epoch"): (now.last or {}).get("best_epoch"),
        }
        settings = spec.project.get("training", {}).items()
        line |= {
            worded(name): value for name, value in settings if name != "steps"
        }  # epochs came of them, or were said
        line[_("Pinned")] = _("yes") if quota.is_pinned(run) else None
        line[_("Layers")] = outline(spec.project.get("network") or {}) or _("none")
        return line
    except NnlabError as error:
        return dict.fromkeys(FIXED) | {_("Run"): run.id, _("State"): error.rule}


def score(run: RunFolder) -> tuple[str, ...]:
    """The figure that the run is compared by and the metric's name; nothing where it has none."""
    if not run.is_judged():
        return ()
    report = cached.report(run)
    value = report.metrics.get("test", {}).get(report.headline)
    return () if value is None else (figure(value), metrics[report.headline].title)


def said(value: Any) -> str:
    """A cell of the list: numbers short, nothing as a dash."""
    if value is None or value == "":
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def when(created: str) -> str:
    """A moment as people write it, in this machine's time; as it stands where it is none."""
    try:
        return datetime.datetime.fromisoformat(created).astimezone().strftime("%d %b, %H:%M")
    except ValueError:
        return created[:20]


def differences(rows: list[dict[str, Any]]) -> list[str]:
    """The settings that are not the same in all runs."""
    names = dict.fromkeys(name for line in rows for name in line if name not in FIXED)
    return [name for name in names if len({repr(line.get(name)) for line in rows if name in line}) > 1]


def draw_run(run: RunFolder) -> None:
    """What can be done with one run."""
    try:
        spec, now = run.spec, run.state()
    except NnlabError as error:
        parts.failed(error)
        deleting(run)
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        page = "train" if now.name in LIVING else "evaluate"
        if parts.pressed(st.button, _("Open"), type="primary", key="runs.open", icon=":material/arrow_forward:"):
            choosing.open_with_project(run)
            state.go(page)
        if parts.pressed(st.button, _("Clone into the editor"), key="runs.clone", icon=":material/content_copy:"):
            clone(run)
        if (run.path / "best.safetensors").exists():
            parts.download(
                st.download_button,
                _("Download run"),
                lambda: packed(run),
                run.zip_name,
                "application/zip",
                key="runs.download",
                icon=":material/download:",
                help=what_is_in(spec.project),
            )
        is_pinned = quota.is_pinned(run)
        st.button(
            _("Unpin") if is_pinned else _("Pin"),
            key="runs.pin",
            icon=":material/keep_off:" if is_pinned else ":material/keep:",
            help=_("A pinned run stays when there is no room for another one."),
            on_click=pin,
            args=(run, not is_pinned),
        )
        if now.name == "queued":
            label = _("Stop, keep the best") if now.step else _("Withdraw")
            st.button(label, key="runs.withdraw", icon=":material/stop:", on_click=withdraw, args=(run,))
        deleting(run)
    key = state.key_showing(f"runs.name.{run.id}", spec.name)  # where it was emptied, the name stands there again
    about = {"max_chars": 200, "width": WIDTH_PX, "on_change": rename, "args": (run, key)}
    st.text_input(_("Name"), spec.name, key=key, **about)
    if now.cause:
        st.caption(parts.plain(now.cause[:1].upper() + now.cause[1:], 400))
    what = loss_name(spec.project.get("training", {}).get("loss"), spec.task)
    numbers = loss_numbers(run.events(), what=what)
    numbers = numbers._replace(at_most=numbers.last)  # the axis ends with the run
    if any(len(curve.y) for curve in numbers.curves):
        picture = curves_figure(numbers, parts.theme(), CURVE_PX)
        parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "runs.loss", title=_("Its loss"))


def rename(run: RunFolder, key: str) -> None:
    """Gives a run the name that was typed; an empty one changes nothing."""
    wanted = str(st.session_state[key]).strip()
    if wanted:
        with state.telling():
            run.rename(wanted)


def pin(run: RunFolder, is_kept: bool) -> None:
    with state.telling():
        quota.pin(run, is_kept)


def withdraw(run: RunFolder) -> None:
    """Takes a run out of the queue; what it has learnt stays."""
    with state.telling():
        start.stop_run(run)


def packed(run: RunFolder) -> bytes:
    from nnlab.runs.archive import pack

    return pack(run)


def what_is_in(project: dict[str, Any]) -> str:
    """What a downloaded run holds; remembered rows are said."""
    trunk = (project.get("network") or {}).get("trunk") or [{}]
    if trunk[0].get("kind") == "NearestRows":
        return _(
            "Weights, preparation, settings, events and report in one file. The weights hold training rows as numbers: "
            "whoever has the file has them."
        )
    return _("Weights, preparation, settings, events and report in one file; without the table.")


def clone(run: RunFolder) -> None:
    """A new project with everything the run had, on the run's table."""
    with state.telling():
        space = state.space()
        like = Project.from_plain(run.spec.project, "run.json")
        project = space.create_project(space.table(run.spec.table_id), like.name, like)
        state.open_project(project.id)
        state.go("network")


def deleting(run: RunFolder) -> None:
    if parts.pressed(st.button, _("Delete"), key="runs.delete", icon=":material/delete:"):
        confirm_delete(run)


@st.dialog(_("Delete this run?"))
def confirm_delete(run: RunFolder) -> None:
    st.markdown(sentence(run))
    st.markdown(_("Its weights, curves and report go; there is no way back."))
    parts.sure("runs.delete", delete, run.id)


def sentence(run: RunFolder) -> str:
    """Which run it is, as one sentence of markdown; a damaged one says so."""
    try:
        spec, name, reached = run.spec, run.state().name, score(run)
    except NnlabError as error:
        return f"**{parts.plain(run.id)}**: {parts.plain(error.rule, 200)}."
    has_ended = name in ("finished", "stopped")
    told = [f"**{parts.plain(spec.name or run.id, 60)}**"]
    if spec.created:
        begun = _("trained {when}") if has_ended else _("begun {when}")
        told.append(begun.format(when=parts.plain(when(spec.created).replace(",", ""))))
    told.append(_("predicts {names}").format(names=parts.plain(", ".join(spec.target))))
    if reached:
        return _("{run}: {metric} {figure}.").format(run=", ".join(told), figure=reached[0], metric=reached[1])
    end = _("not judged yet") if name == "finished" else WORDS[name].lower()
    return f"{', '.join(told)}; {end}."


def delete(run_id: str) -> None:
    """Takes a run away; where it was the one in view, none is."""
    with state.telling():
        state.space().delete_run(run_id)
    if state.run_id() == run_id:
        state.open_run(None)


main()
