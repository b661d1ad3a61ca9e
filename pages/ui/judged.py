"""A report drawn: figures with intervals, who beats whom, where it errs, and the rows behind every number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from nnlab.data.pictures import with_thumbnails
from nnlab.data.table import Table
from nnlab.errors import NnlabError
from nnlab.plots import confusion, headline, regression, roc
from nnlab.plots.wording import figure
from nnlab.runs.folder import RunFolder
from nnlab.score.metrics import metrics
from nnlab.score.report import Report
from nnlab.score.verdict import title
from pages.ui import cached, parts, pictures, state
from pages.ui.parts import _

N_ROWS_SHOWN = 200


def verdict(report: Report) -> None:
    """What it comes to, with its evidence."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{parts.plain(report.verdict, 600)}**")
        if report.detail:
            st.caption(parts.plain(report.detail, 900))
    for note in report.notes:
        st.caption(f":material/info: {parts.plain(note, 400)}")


def compare(report: Report) -> None:
    """Network and baselines on one axis, each with its interval."""
    numbers = headline.headline_numbers(report)
    picture, table = headline.headline_figure(numbers, parts.theme()), pd.DataFrame(numbers.table())
    parts.chart(picture, numbers.alt(), table, "evaluate.headline", title=_("Beside the baselines"))


def scores(report: Report) -> None:
    """Every metric with its interval, beside the baselines'."""
    st.subheader(_("Every metric"), anchor=False)
    test = report.metrics.get("test", {})
    rows = []
    for name in sorted(test, key=lambda name: name != report.headline):
        value = test[name]
        interval = report.intervals.get(name)
        between = " – ".join(_scored(name, end) for end in interval) if interval else "–"
        row: dict[str, Any] = {_("metric"): _named(name), _("network"): _scored(name, value)}
        row[_("95 % interval")] = between
        if report.members:
            ends = report.members.get(name)
            row[_("each member")] = " – ".join(_scored(name, end) for end in ends) if ends else "–"
        row |= {title(other): _scored(name, baseline.metrics.get(name)) for other, baseline in report.baselines.items()}
        rows.append(row)
    columns: dict[str, Any] = {_("95 % interval"): st.column_config.TextColumn(width=100)}
    columns[_("each member")] = st.column_config.TextColumn(width=100)
    for name in (_("network"), *map(title, report.baselines)):
        columns[name] = st.column_config.TextColumn(width=88 if len(name) > 8 else 74, alignment="right")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    for name, baseline in report.baselines.items():
        if baseline.reason:
            st.caption(
                _("{name} could not be fitted: {reason}.").format(
                    name=parts.plain(title(name)), reason=parts.plain(baseline.reason)
                )
            )


def classes(report: Report, run: RunFolder) -> None:
    """Confusion matrix with the rows behind a cell, the ROC curve, and the figures of each class."""
    numbers = confusion.confusion_numbers(report)
    picked = parts.chart(
        confusion.confusion_figure(numbers, parts.theme()),
        numbers.alt(),
        pd.DataFrame(numbers.table()),
        "evaluate.confusion",
        title=_("Which class it says"),
        on_select=lambda: None,
    )
    _behind_cell(report, run, numbers, picked)
    st.subheader(_("Each class"), anchor=False)
    _each_class(report, _("class"))
    _roc_curve(report, _("mean of all classes"), _("Class against the rest"))


def labels(report: Report) -> None:
    """Of several yes or no at once: how each fares, said from a probability of a half on, and its ROC curve."""
    st.subheader(_("Each output"), anchor=False)
    st.caption(_("Yes is said where its probability exceeds a half; ROC AUC asks for no such border."))
    rows = []
    for score, figures in zip(report.per_class, report.in_order.values(), strict=False):
        said = {_("precision"): score.precision, _("recall"): score.recall, "F1": score.f1}
        rows.append(
            {
                _("output"): parts.one_line(score.name),
                "ROC AUC": figures.get("roc_auc"),
                **said,
                _("yes rows"): score.support,
            }
        )
    short = st.column_config.NumberColumn(format="%.3f", width=66)
    config: dict[str, Any] = dict.fromkeys(("ROC AUC", _("precision"), _("recall"), "F1"), short)
    config |= {
        _("output"): st.column_config.TextColumn(width=96),
        _("yes rows"): st.column_config.NumberColumn(width=66),
    }
    tall = "content" if len(rows) <= 12 else 420
    st.dataframe(parts.frame(rows), hide_index=True, height=tall, column_config=config, placeholder="–")
    _roc_curve(report, _("mean of all outputs"), _("Output"))


def _each_class(report: Report, what: str) -> None:
    named = {"name": what, "precision": _("precision"), "recall": _("recall"), "f1": "F1", "support": _("rows")}
    shown = pd.DataFrame([score.plain() for score in report.per_class]).rename(columns=named)
    short = st.column_config.NumberColumn(format="%.3f")
    figures = {_("precision"): short, _("recall"): short, "F1": short}
    st.dataframe(shown, hide_index=True, height="content" if len(shown) <= 12 else 420, column_config=figures)


def _roc_curve(report: Report, mean: str, asks: str) -> None:
    """The ROC curve of one class against the rest; of several classes, of the one that is chosen under the title."""
    known = roc.roc_classes(report)
    if not known:
        return
    place, positive = parts.titled(_("ROC curve")), known[0]
    if len(known) > 1:
        names = {k: mean if k < 0 else report.classes[k] for k in known}
        positive = st.selectbox(asks, known, format_func=lambda k: parts.one_line(names[k]), key="evaluate.positive")
    lines = roc.roc_numbers(report, positive)
    picture, table = roc.roc_figure(lines, parts.theme()), pd.DataFrame(lines.table())
    parts.chart(picture, lines.alt(), table, "evaluate.roc", place=place)


def _behind_cell(report: Report, run: RunFolder, numbers: confusion.ConfusionNumbers, picked: Any) -> None:
    points = picked.selection.points if picked else []
    cells = [(was, says) for was in range(len(numbers.names)) for says in range(len(numbers.names))]
    options: list[tuple[int, int] | None] = [None, *cells]
    clicked = tuple(points[0]["customdata"][:2]) if points and points[0].get("customdata") else None
    if clicked and state.value("evaluate.clicked") != clicked:
        state.keep("evaluate.clicked", clicked)
        state.keep("evaluate.cell", clicked if clicked in options else None)

    def named(cell: tuple[int, int] | None) -> str:
        if cell is None:
            return _("Click a cell, or choose one here, to see its rows")
        was, says = (parts.one_line(numbers.names[k], 40) for k in cell)
        return _("was {was}, says {says}").format(was=was, says=says)

    chosen = st.selectbox(_("Rows of"), options, format_func=named, key="evaluate.cell", label_visibility="collapsed")
    if chosen is not None:
        lines = confusion.cell_lines(report, numbers, *chosen)
        if not lines:
            st.caption(_("No test row is of this cell."))
        else:
            rows_at(run, lines)


def numbers(report: Report, run: RunFolder) -> None:
    """Predicted against true, and the residuals; of several outputs, one at a time."""
    output = None
    if len(report.targets) > 1:
        _each_output(report)
        output = st.selectbox(_("Output"), report.targets, format_func=parts.one_line, key="evaluate.output")
    against = regression.predicted_numbers(report, output)
    picture = regression.predicted_figure(against, parts.theme())
    picked = parts.chart(
        picture,
        against.alt(),
        pd.DataFrame(against.table()),
        "evaluate.predicted",
        title=_("Predicted against true"),
        on_select=lambda: None,
    )
    points = picked.selection.points if picked else []
    clicked = [point["customdata"] for point in points if point.get("customdata") is not None]
    if clicked:
        rows_at(run, [int(line[0] if isinstance(line, list | tuple) else line) for line in clicked])
    else:
        st.caption(_("Click a dot to see its row."))
    residuals = regression.residual_numbers(report, output)
    picture = regression.residual_figure(residuals, parts.theme())
    table = pd.DataFrame(residuals.table())
    parts.chart(picture, residuals.alt(), table, "evaluate.residuals", title=_("How far off"))


def _each_output(report: Report) -> None:
    """The figures of every output beside its name, in the order of the targets."""
    st.subheader(_("Each output"), anchor=False)
    rows = [
        {
            _("output"): parts.one_line(name),
            **{_named(metric): _scored(metric, value) for metric, value in figures.items()},
        }
        for name, figures in sorted(report.outputs.items(), key=lambda item: report.targets.index(item[0]))
    ]
    right = st.column_config.TextColumn(width=66, alignment="right")
    config = {name: right for row in rows for name in row} | {_("output"): st.column_config.TextColumn(width=150)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=config)


def worst(report: Report, run: RunFolder) -> None:
    """The rows that the network gets most wrong, with their cells."""
    if not report.worst:
        return
    st.subheader(_("Rows it gets most wrong"), anchor=False)
    frame = _cells(run, [row.line for row in report.worst])
    said = pd.DataFrame(
        {
            _("says"): [", ".join(_said(value) for value in row.predicted) for row in report.worst],
            _("was"): [", ".join(_said(value) for value in row.truth) for row in report.worst],
            _("probability of the truth"): [row.probability for row in report.worst],
        }
    ).dropna(axis=1, how="all")
    config = {_("probability of the truth"): _bar(), **_pictured(run)}
    st.dataframe(_beside(said, frame), hide_index=True, placeholder="–", column_config=config)


def rows_at(run: RunFolder, lines: Sequence[int]) -> None:
    """The rows of the file at these lines, as they were read."""
    frame = _cells(run, lines[:N_ROWS_SHOWN])
    named = pd.DataFrame({_("line"): list(lines[:N_ROWS_SHOWN])})
    st.dataframe(_beside(named, frame), hide_index=True, placeholder="–", column_config=_pictured(run))


def _bar() -> Any:
    return st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f", color="violet")


def _named(metric: str) -> str:
    """A metric by its title; a downloaded report may say anything."""
    return metrics[metric].title if metric in metrics else parts.one_line(metric)


def _scored(metric: str, value: float | None) -> str:
    return figure(value, has_unit=metric not in metrics or metrics[metric].has_unit)


def _said(value: str | float | None) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else figure(value)


def _cells(run: RunFolder, lines: Iterable[int]) -> pd.DataFrame:
    """The cells at these lines; none where the table is no longer here, as in a downloaded run."""
    try:
        table: Table = cached.table(state.space(), run.spec.table_id)
        return _days(with_thumbnails(table.frame.reindex(list(lines)).reset_index(drop=True), table.columns))
    except NnlabError:
        return pd.DataFrame()


def _days(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with dates as days where none of them has a time of day."""
    moments = frame.select_dtypes("datetime")
    days = {
        name: found.dt.strftime("%Y-%m-%d")
        for name, found in moments.items()
        if (found.dropna().dt.normalize() == found.dropna()).all()
    }
    return frame.assign(**days)


def _pictured(run: RunFolder) -> dict[str, Any]:
    try:
        return pictures.config(cached.table(state.space(), run.spec.table_id).columns)
    except NnlabError:
        return {}


def _beside(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    if right.empty:
        return left
    renamed = right.rename(columns={name: f"{name}\u00a0" for name in right.columns if name in set(left.columns)})
    return pd.concat([left, renamed], axis=1)
