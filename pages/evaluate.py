"""Evaluate: what the best epoch's weights are worth on rows they never saw, beside baselines on the same rows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.runs.folder import RunFolder
from nnlab.runs.jobs import ensure_report, start_report
from nnlab.score.report import Report
from pages.ui import cached, choosing, findings, judged, parts, state
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
    draw_doubts(run)
    if not report.metrics.get("test"):
        return
    draw = {"regression": draw_numbers, "multilabel": draw_labels}.get(report.task, draw_classes)
    draw(report, run)


def draw_doubts(run: RunFolder) -> None:
    """What the audit asks and nobody has answered: until then the score may promise too much."""
    project = state.project()
    if project is None or run.spec.project.get("id") != project.id or run.spec.table_id != project.table_id:
        return
    if asked := findings.warning(project):
        st.markdown(asked)


def halves() -> Any:
    """What the network is worth, left, and where it errs, right; on a phone the right half follows the left."""
    return st.columns([1.35, 1], gap="large")


def draw_classes(report: Report, run: RunFolder) -> None:
    """Two pairs of halves, so that on a phone the confusion matrix comes before the tables."""
    left, right = halves()
    with left:
        judged.compare(report)
    with right:
        chosen = judged.matrix(report)
    judged.behind_cell(run, chosen)
    with beside_tables(report, run):
        judged.each_class(report)
        judged.curve(report)


def draw_labels(report: Report, run: RunFolder) -> None:
    """Of several yes or no: how each fares comes before the metrics of all."""
    left, right = halves()
    with left:
        judged.compare(report)
    with right:
        judged.labels(report)
    with beside_tables(report, run):
        judged.curve(report)


def beside_tables(report: Report, run: RunFolder) -> Any:
    """Every metric and the worst rows; the half beside them comes back."""
    left, right = halves()
    with left:
        judged.scores(report)
        judged.worst(report, run)
    return right


def draw_numbers(report: Report, run: RunFolder) -> None:
    """Its few metrics are soon read; the picture comes before the list of rows."""
    left, right = halves()
    with left:
        judged.compare(report)
        judged.scores(report)
    with right:
        output = judged.numbers(report, run)
    left, right = halves()
    with left:
        judged.worst(report, run)
    with right:
        judged.residuals(report, output)


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
