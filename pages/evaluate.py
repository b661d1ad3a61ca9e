"""Evaluate: what the best epoch's weights are worth on rows they never saw, beside baselines on the same rows."""

from __future__ import annotations

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.runs.folder import RunFolder
from nnlab.runs.jobs import ensure_report, start_report
from pages.ui import cached, choosing, judged, parts, state
from pages.ui.parts import _


def main() -> None:
    run = choosing.needed_run(_("Evaluate"))
    place = parts.header(_("Evaluate"), choosing.line(run))
    choosing.draw_age(run)
    run_state = run.state()
    if not run_state.is_final and not run.is_judged():
        choosing.still_going(run_state.name)
    if not run.is_judged():
        st.fragment(judging, run_every=limits().refresh_s)(run)
        return
    parts.next_step(place, _("Predict"), "predict")
    report = cached.report(run)
    judged.verdict(report)
    if not report.metrics.get("test"):
        return
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        judged.compare(report)
        judged.scores(report)
        judged.worst(report, run)
    with right:
        if report.task == "regression":
            judged.numbers(report, run)
        elif report.task == "multilabel":
            judged.labels(report)
        else:
            judged.classes(report, run)


def judging(run: RunFolder) -> None:
    """Says how far the baselines are, and draws the page when the report is there."""
    if run.is_judged():
        st.rerun()
    try:
        job = ensure_report(run)
        if job is None:
            st.info(_("There is nothing to judge: this run has no weights. Train it until its first epoch is over."))
            return
        if job.state() in ("failed", "interrupted"):
            job.result()
        share, text = job.progress()
        doing = f": {parts.plain(text, 60)}" if text else ""
        st.progress(share, _("Judging the network beside baselines on the same rows") + doing)
    except NnlabError as error:
        parts.failed(error)
        st.button(_("Judge again"), icon=":material/replay:", key="evaluate.again", on_click=again, args=(run,))


def again(run: RunFolder) -> None:
    """Begins the judging anew after it failed."""
    with state.telling():
        start_report(run)


main()
