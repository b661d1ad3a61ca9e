"""A run while somebody watches: the line of figures, the curves, the epochs, and what can be asked of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.plots.training import CurvesNumbers, curves_figure, loss_name, loss_numbers, metric_numbers, rate_numbers
from nnlab.runs import quota, start
from nnlab.runs.events import Event
from nnlab.runs.folder import RunFolder
from nnlab.runs.watch import RunView, duration, look, short_duration, view
from nnlab.runs.workspace import Space
from nnlab.score.metrics import metrics
from pages.ui import cached, parts, state
from pages.ui.parts import _

if TYPE_CHECKING:
    import pandas as pd

N_EPOCHS_SHOWN = 200
CHART_PX = 440
FEWEST_DRAWS = 3  # a run that ends before it was drawn so often is replayed
REPLAY_TICK_S = 0.2
DOUBLE_CLICK_S = 1.0
LARGEST_SHOWN = 1e12
MEASURED_ON = {"validation": _(" on validation rows"), "train": _(" on training rows")}
WORDS = {
    "queued": _("Waiting in the queue"),
    "running": _("Training"),
    "paused": _("Paused"),
    "interrupted": _("Interrupted"),
    "stopped": _("Stopped"),
    "finished": _("Finished"),
    "failed": _("Failed"),
}


def controls(place: Any, run: RunFolder, seen: RunView) -> None:
    """The buttons that fit the run's state, as plain ones: while a run lives nothing is primary.

    What ends a run never stands last, where Start was a moment ago: a second click there would end it.
    """
    name = seen.state.name
    asked: list[tuple[str, str, str, Callable[[], None]]] = []
    if name in ("running", "paused", "queued", "interrupted"):
        label = _("Withdraw") if name == "queued" and not seen.step else _("Stop, keep the best")
        asked.append((label, "stop", "stop", _asking(lambda: _end(run))))
    if name in ("running", "paused"):
        asked.append((_("Step"), "skip_next", "step", _asking(lambda: start.step_run(run))))
    if name == "running" or (name == "queued" and seen.step):
        asked.append((_("Pause"), "pause", "pause", _asking(lambda: start.pause_run(run))))
    if name == "paused":
        asked.append((_("Go on"), "play_arrow", "resume", _asking(lambda: start.resume_run(run))))
    needs_other = name == "failed" and "set" in (
        (seen.state.error or {}).get("repair") or {}
    )  # a run keeps its settings
    if name in ("interrupted", "stopped", "failed") and not needs_other:
        asked.append((_("Resume"), "play_arrow", "resume", _asking(lambda: start.resume_run(run))))
    for label, icon, key, callback in asked:
        kind = "primary" if name == "interrupted" and key == "resume" else "secondary"
        place.button(label, icon=f":material/{icon}:", key=f"train.{key}", on_click=callback, type=kind)


def _asking(act: Callable[[], Any]) -> Callable[[], None]:
    def take() -> None:
        with state.telling():
            act()

    return take


def _end(run: RunFolder) -> None:
    """Stops it, by force where it does not answer: asked when the button is pressed, which may be long after it was
    drawn. The second half of a double click on Start, which "Withdraw" has taken the place of, withdraws nothing."""
    if run.state().name == "queued" and time.monotonic() - state.value("train.begun", -math.inf) < DOUBLE_CLICK_S:
        return
    end = start.stop_run if run.state().is_answering else start.force_stop
    end(run)


def draw(run: RunFolder, now: RunView) -> None:
    """The run's figures and curves, drawn again every second while it lives, once when it has ended."""
    draws = f"train.draws.{run.id}"
    if now.state.is_alive or now.state.name == "paused":
        st.fragment(_living, run_every=limits().refresh_s)(run, draws, now.state.name)
    elif now.state.name == "finished" and 0 < state.value(draws, 0) < FEWEST_DRAWS:
        state.keep("train.replay", (run.id, time.monotonic()))
        state.keep(draws, FEWEST_DRAWS)
        st.fragment(_replayed, run_every=REPLAY_TICK_S)(run)
    elif (replay := state.value("train.replay")) and replay[0] == run.id:
        st.fragment(_replayed, run_every=REPLAY_TICK_S)(run)
    else:
        st.fragment(_ended)(run, now)


def _living(run: RunFolder, draws: str, name: str) -> None:
    """The run now; where its state is not the one that the page's buttons were drawn for, the whole page again."""
    now = look(run)
    if now.state.name != name:
        st.rerun()
    if now.state.name == "queued":
        cached.worker_ready(state.space())  # a worker may have died with the server that would have followed it up
    else:
        state.keep(draws, state.value(draws, 0) + 1)
    picture(run, run.events(), now)


def _replayed(run: RunFolder) -> None:
    """The events of a run that was over at once, spread over two seconds."""
    _id, began = state.value("train.replay") or (run.id, 0.0)
    share = min(1.0, (time.monotonic() - began) / limits().replay_s)
    events = run.events()
    if share >= 1.0:
        state.keep("train.replay", None)
        st.rerun()
    shown = events[: max(1, int(len(events) * share))]
    picture(run, shown, view(shown, run.state()))


def _ended(run: RunFolder, now: RunView) -> None:
    """The whole run, with a slider that goes back through its epochs."""
    events = run.events()
    n_epochs = sum(event["event"] == "epoch" for event in events)
    key = f"train.epoch.{run.id}"
    chosen = min(n_epochs, st.session_state.get(key) or n_epochs)
    if chosen < n_epochs:
        last = [event for event in events if event["event"] == "epoch"][chosen - 1]["epoch"]
        events = [event for event in events if (event.get("epoch") or 0) <= last]
        then = view([event for event in events if event["event"] in ("started", "resumed", "step", "epoch")], now.state)
        picture(run, events, then, n_epochs, key)
    else:
        picture(run, events, now, n_epochs, key)


def picture(run: RunFolder, events: list[Event], now: RunView, n_epochs: int = 0, slider: str = "") -> None:
    """The line of figures, progress, the chosen curve at full width, and the epochs as a table."""
    figures(now)
    is_open = now.state.is_alive or now.state.name == "paused"
    if is_open and now.state.name != "queued":
        st.progress(now.share)
    titles = {"loss": _("Loss"), "metric": _title(now.metric), "rate": _("Learning rate")}
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    with row:
        shown = parts.choice(_("Curve"), list(titles), "train.curve", titles=titles)
    numbers = _numbers(run, shown, events, now.of if is_open else n_epochs or None)
    has_curve = any(len(curve.y) for curve in numbers.curves)
    if has_curve:
        table = parts.frame(numbers.table())
        parts.chart(curves_figure(numbers, parts.theme()), numbers.alt(), table, f"train.{shown}", place=row)
    elif is_open:
        waiting = st.container(border=True, height=CHART_PX, horizontal_alignment="center", vertical_alignment="center")
        waiting.caption(_("The curve begins with the first steps."), width="content")
    else:
        st.caption(_("It ended before there was a curve to draw."))
    if n_epochs > 1:
        number = ":gray[%d]"  # else in the primary colour, which on dark ground is too dim for text
        back = _("The run as it was then.")
        st.slider(_("Go back to epoch"), 1, n_epochs, n_epochs, key=slider, help=back, format=number)
    rows = [_row(event) for event in reversed(events) if event["event"] == "epoch"][:N_EPOCHS_SHOWN]
    if rows:
        st.subheader(_("Epochs"), anchor=False)
        table = parts.frame(rows)
        small, rate = st.column_config.NumberColumn(format="%.4f"), st.column_config.NumberColumn(format="%.2e")
        config = {_("train loss"): small, _("validation loss"): small, _title(now.metric): small}
        config |= {_("learning rate"): rate, _("seconds"): st.column_config.NumberColumn(format="%.2f")}
        for name in set(config) & set(exploded(table)):
            table[name] = [f"{value:.4g}" for value in table[name]]
            config[name] = st.column_config.TextColumn(alignment="right")
        height = min(320, 38 + 35 * len(rows))
        st.dataframe(table, hide_index=True, height=height, column_config=config)


def exploded(table: pd.DataFrame) -> list[str]:
    """The columns with a number of which a browser shows every digit, whatever format it is given."""
    numbers = table.select_dtypes("float")
    return [str(name) for name in numbers.columns[(numbers.abs() > LARGEST_SHOWN).any()]]


def figures(now: RunView) -> None:
    """How far, how fast, how good, in one line; why it ended, where it did not end well."""
    in_turn = now.state.name == "queued" and now.step
    said = [f"**{_('Waiting for its next turn') if in_turn else WORDS[now.state.name]}**"]
    if now.state.name == "queued" and now.state.place:
        said.append(_("place {n}").format(n=now.state.place))
    if now.epoch:
        most = _(" of {n}") if now.state.name == "finished" else _(" of at most {n}")
        of = most.format(n=parts.count(now.of)) if now.of else ""
        said.append(_("epoch **{n}**{of}").format(n=parts.count(now.epoch), of=of))
    if now.state.name == "paused" and now.n_steps:
        said.append(_("step {n} of at most {of}").format(n=parts.count(now.step), of=parts.count(now.n_steps)))
    if now.rows_per_s and now.state.is_alive:
        said.append(_("{n} rows/s").format(n=parts.count(now.rows_per_s)))
    if now.seconds_to_end is not None and now.state.is_alive:
        said.append(_("about {time} to the end").format(time=duration(now.seconds_to_end)))
    if now.n_others and (now.state.name == "running" or in_turn):
        people = parts.counted(now.n_others, "1 other person", "{n} other people")
        said.append(_("in turn with {people}").format(people=people))
    if now.best_epoch:
        value = f", {_title(now.metric)} **{now.best_value:.3f}**" if now.best_value is not None else ""
        if value and now.best_low is not None and now.best_high is not None:
            value += _(" (members alone {low:.3f} – {high:.3f})").format(low=now.best_low, high=now.best_high)
        if value:
            value += MEASURED_ON.get(now.measured_on, "")
        best = _("best so far epoch {n}") if now.state.is_alive else _("best epoch {n}")
        said.append(best.format(n=parts.count(now.best_epoch)) + value)
    if now.seconds is not None and not now.state.is_alive:
        said.append(_("{time} of training").format(time=short_duration(now.seconds)))
    st.markdown(" · ".join(said))
    if now.learns_by_heart:
        said_so = _(
            "Since epoch {n} the loss falls on training rows and rises on validation rows: "
            "the network learns the training rows by heart."
        )
        st.caption(said_so.format(n=parts.count(now.best_epoch or 0)))
    if now.caution:
        st.info(parts.plain(now.caution, 500), icon=":material/info:")
    if now.state.cause:
        error = now.state.error
        if error:
            told = {"rule": "", "where": "", "came": "", "do": "", **error, "repair": repair_of(now)}
            parts.failed(told)
        else:
            st.warning(parts.plain(now.state.cause, 500), icon=":material/info:")


def leaving(space: Space) -> str:
    """Which run goes with the next Start; empty while there is room for another one."""
    if not quota.is_full(space):
        return ""
    run = quota.next_to_go(space)
    if run is None:
        return _("There is no room for another run. Unpin or delete one on Runs.")
    try:
        name = run.spec.name or run.id
    except NnlabError:
        name = run.id  # damaged: it goes all the same
    return _(
        "There is no room for another run: the next Start takes **{name}** away, the oldest one. "
        "Pin it on Runs to keep it, or download it."
    ).format(name=parts.plain(name, 80))


def repair_of(now: RunView) -> dict[str, Any] | None:
    """What would mend the run's failure; None where there is nothing, or where the open project has it already."""
    repair: dict[str, Any] | None = (now.state.error or {}).get("repair")
    project = state.project()
    if not repair or "set" not in repair or project is None:
        return repair
    at: Any = project.plain()
    for name in str(repair["set"]).split("."):
        at = at.get(name) if isinstance(at, dict) else None
    return None if at == repair.get("value") else repair


def _numbers(run: RunFolder, shown: str, events: list[Event], at_most: int | None) -> CurvesNumbers:
    if shown == "metric":
        return metric_numbers(events, at_most=at_most)
    if shown == "rate":
        return rate_numbers(events, at_most=at_most)
    try:
        what = loss_name(run.spec.project.get("training", {}).get("loss"), run.spec.task)
    except NnlabError:
        what = "loss"  # the run is damaged
    return loss_numbers(events, what=what, at_most=at_most)


def _title(metric: str) -> str:
    try:
        return metrics[metric].title
    except (KeyError, NnlabError):
        return parts.plain(metric.replace("_", " "), 40) or _("Metric")  # of a downloaded run it may be anything


def _row(event: Event) -> dict[str, Any]:
    members = {_("best epoch of each member"): event["best_epochs"]} if event.get("best_epochs") else {}
    return {
        _("epoch"): event.get("epoch"),
        _("train loss"): event.get("train_loss"),
        _("validation loss"): event.get("validation_loss"),
        _title(str(event.get("metric") or "")): event.get("metric_value"),
        _("learning rate"): event.get("learning_rate"),
        _("seconds"): event.get("seconds"),
        **members,
    }
