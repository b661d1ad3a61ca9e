"""A report drawn: figures with intervals, who beats whom, where it errs, and the rows behind every number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from nnlab.data.columns import Columns, Role
from nnlab.data.preview import shown
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
BY_USE: tuple[Role, ...] = ("target", "feature", "time", "group", "split", "ignore")


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
        row: dict[str, Any] = {_("metric"): _named(name), _("network"): _scored(name, test[name])}
        row |= {title(other): _scored(name, baseline.metrics.get(name)) for other, baseline in report.baselines.items()}
        row[_("95 % interval")] = _between(name, report.intervals.get(name))
        if report.members:
            row[_("each member")] = _between(name, report.members.get(name))
        rows.append(row)
    columns: dict[str, Any] = {_("metric"): st.column_config.TextColumn(width=132)}
    columns |= dict.fromkeys((_("95 % interval"), _("each member")), st.column_config.TextColumn(width=100))
    for name in (_("network"), *map(title, report.baselines)):
        columns[name] = st.column_config.TextColumn(width=80 if len(name) >= 8 else 66, alignment="right")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    for name, baseline in report.baselines.items():
        if baseline.reason:
            st.caption(
                _("{name} could not be fitted: {reason}.").format(
                    name=parts.plain(title(name)), reason=parts.plain(baseline.reason)
                )
            )


def matrix(report: Report) -> tuple[int, ...] | None:
    """The confusion matrix; the lines of the cell that was chosen come back, or None where none was."""
    numbers = confusion.confusion_numbers(report)
    picked = parts.chart(
        confusion.confusion_figure(numbers, parts.theme()),
        numbers.alt(),
        pd.DataFrame(numbers.table()),
        "evaluate.confusion",
        title=_("Which class it says"),
        on_select=lambda: None,
    )
    return _chosen_cell(report, numbers, picked)


def behind_cell(run: RunFolder, lines: tuple[int, ...] | None) -> None:
    """The rows of the cell that was chosen in the confusion matrix."""
    if lines:
        rows_at(run, lines)
    elif lines is not None:
        st.caption(_("No test row is of this cell."))


def labels(report: Report) -> None:
    """Of several yes or no at once: how each fares, said from a probability of a half on."""
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
    _dashes(report, _("output"))


def each_class(report: Report) -> None:
    """The figures of each class."""
    st.subheader(_("Each class"), anchor=False)
    named = {"name": _("class"), "precision": _("precision"), "recall": _("recall"), "f1": "F1", "support": _("rows")}
    shown = pd.DataFrame([score.plain() for score in report.per_class]).rename(columns=named)
    short = st.column_config.NumberColumn(format="%.3f")
    figures = {_("precision"): short, _("recall"): short, "F1": short}
    tall = "content" if len(shown) <= 12 else 420
    st.dataframe(shown, hide_index=True, height=tall, column_config=figures, placeholder="–")
    _dashes(report, _("class"))


def _dashes(report: Report, what: str) -> None:
    """What a dash in the figures of each class means, where there is one."""
    if any(score.support and score.precision is None for score in report.per_class):
        st.caption(_("Precision –: this {what} was never said.").format(what=what))
    if any(not score.support for score in report.per_class):
        st.caption(_("All –: no test row is of this {what}.").format(what=what))


def curve(report: Report) -> None:
    """The ROC curve of one class against the rest; of several classes, of the one that is chosen under the title."""
    known = roc.roc_classes(report)
    if not known:
        return
    mean, asks = _("mean of all classes"), _("Class against the rest")
    if report.task == "multilabel":
        mean, asks = _("mean of all outputs"), _("Output")
    place, positive = parts.titled(_("ROC curve")), known[0]
    if len(known) > 1:
        names = {k: mean if k < 0 else report.classes[k] for k in known}
        positive = st.selectbox(asks, known, format_func=lambda k: parts.one_line(names[k]), key="evaluate.positive")
    lines = roc.roc_numbers(report, positive)
    picture, table = roc.roc_figure(lines, parts.theme()), pd.DataFrame(lines.table())
    parts.chart(picture, lines.alt(), table, "evaluate.roc", place=place)


def _chosen_cell(report: Report, numbers: confusion.ConfusionNumbers, picked: Any) -> tuple[int, ...] | None:
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
    return None if chosen is None else tuple(confusion.cell_lines(report, numbers, *chosen))


def numbers(report: Report, run: RunFolder) -> str | None:
    """Predicted against true; of several outputs, of the one that is chosen, which comes back."""
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
    return output


def residuals(report: Report, output: str | None) -> None:
    """How far off each prediction is; of several outputs, those of one."""
    numbers = regression.residual_numbers(report, output)
    picture = regression.residual_figure(numbers, parts.theme())
    table = pd.DataFrame(numbers.table())
    parts.chart(picture, numbers.alt(), table, "evaluate.residuals", title=_("How far off"))


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
    if not report.horizon:  # of a series the cell is what the row knows, not what it tells
        frame = frame.drop(columns=list(run.spec.target), errors="ignore")
    said, config = _answers(report)
    st.dataframe(_beside(said, frame), hide_index=True, placeholder="–", column_config={**config, **_pictured(run)})
    if len(report.targets) > 1 and report.task == "regression":
        names = ", ".join(parts.plain(name, 40) for name in report.targets)
        st.caption(_("Several numbers stand in this order: {names}.").format(names=names))


def _answers(report: Report) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What the network said of its worst rows beside what was, and how a list draws it."""
    rows, heads = report.worst, (_("says"), _("was"), _("off by"))
    if report.task != "regression":
        said = {
            heads[0]: [", ".join(_said(value) for value in row.predicted) for row in rows],
            heads[1]: [", ".join(_said(value) for value in row.truth) for row in rows],
            _("probability of the truth"): [row.probability for row in rows],
        }
        return pd.DataFrame(said).dropna(axis=1, how="all"), {_("probability of the truth"): _bar()}
    values = zip(heads, zip(*((row.predicted, row.truth, row.off_by) for row in rows), strict=True), strict=True)
    if len(report.targets) == 1:
        found = pd.DataFrame({head: [each[0] for each in column] for head, column in values})
        number = st.column_config.NumberColumn(format=_digits(found.to_numpy()), width=70)
        return found, dict.fromkeys(heads, number)
    several = {head: [", ".join(_said(value) for value in each) for each in column] for head, column in values}
    return pd.DataFrame(several), dict.fromkeys(heads, st.column_config.TextColumn(alignment="right"))


def rows_at(run: RunFolder, lines: Sequence[int]) -> None:
    """The rows of the file at these lines, as they were read."""
    frame = _cells(run, lines[:N_ROWS_SHOWN])
    named = pd.DataFrame({_("line"): list(lines[:N_ROWS_SHOWN])})
    st.dataframe(_beside(named, frame), hide_index=True, placeholder="–", column_config=_pictured(run))


def _digits(values: npt.NDArray[np.float64]) -> str:
    """The format of numbers that stand in one list: as many digits after the point as the largest needs."""
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    if 0 < largest < 1e-3 or largest >= 1e9:
        return "%.2e"
    return f"%.{3 - min(3, int(np.log10(max(largest, 1.0))))}f"


def _bar() -> Any:
    return st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f", color="violet")


def _between(metric: str, ends: tuple[float, float] | None) -> str:
    return " – ".join(_scored(metric, end) for end in ends) if ends else "–"


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
    """The cells at these lines, what the network uses before what it does not.

    None where the table is no longer here, as in a downloaded run.
    """
    try:
        table: Table = cached.table(state.space(), run.spec.table_id)
        frame = table.frame.reindex(list(lines)).reset_index(drop=True)
        return shown(frame[_by_use(run, frame)], table.columns)
    except NnlabError:
        return pd.DataFrame()


def _by_use(run: RunFolder, frame: pd.DataFrame) -> list[str]:
    """The columns of the run's table: first targets, then features, last what was left out of training."""
    columns = Columns.parse(run.spec.project.get("columns", {}), "run.json")
    place = {column.name: BY_USE.index(column.role) for column in columns.columns}
    return sorted(frame.columns, key=lambda name: place.get(name, len(BY_USE)))


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
