"""Predict: a form with an instant answer, and a file in, a file with answers out; what is odd is said by row."""

from __future__ import annotations

import html
import json
from typing import Any

import streamlit as st

from nnlab.data.pictures import with_thumbnails
from nnlab.errors import NnlabError, NotFoundError
from nnlab.plots.palette import palette
from nnlab.plots.wording import figure
from nnlab.predictor import FormField, Prediction, Predictor, RowWarning
from nnlab.runs.folder import RunFolder
from pages.ui import cached, choosing, parts, pictures, state
from pages.ui.parts import _

N_ROWS_SHOWN = 200
MOST_CHOICES = 200
MOST_FIELDS = 60
MOST_TRIED = 12
MOST_SHARES = 8


def main() -> None:
    run = choosing.needed_run(_("Predict"))
    place = parts.header(_("Predict"), choosing.line(run))
    try:
        predictor = cached.predictor(run)
    except NotFoundError:
        parts.empty(_("This run has no weights yet. Train it until its first epoch is over."), _("Train"), "train")
    place.download_button(
        _("Download run"),
        lambda: packed(run),
        f"{run.id}.zip",
        "application/zip",
        key="predict.run",
        icon=":material/download:",
        help=_("Weights, preparation, settings, events and report in one file; without the table."),
    )
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader(_("One row"), anchor=False)
        cells = draw_form(run, predictor)
    with right:
        said = draw_answer(predictor, cells)
        st.subheader(_("Many rows"), anchor=False)
        draw_file(run, predictor)
        draw_python(run)
    with left:
        draw_tried(run, predictor, cells, said)


def draw_form(run: RunFolder, predictor: Predictor) -> dict[str, Any]:
    """A widget for every column that the network uses, typical values filled in."""
    fields = predictor.defaults()
    st.caption(_("Filled with typical values of the training rows. The answer follows every change."))
    cells: dict[str, Any] = {}
    pair: Any = ()
    for n, field in enumerate(fields[:MOST_FIELDS]):
        if n % 2 == 0:
            pair = st.columns(2)  # pairs, not two long columns: one above the other on a phone, in the table's order
        with pair[n % 2]:
            cells[field.column] = draw_field(field, f"predict.{run.id}.{n}")
    if len(fields) > MOST_FIELDS:
        left_out = len(fields) - MOST_FIELDS
        st.caption(_("{n} more columns keep their typical value; give a file to set them.").format(n=left_out))
        cells |= {field.column: field.value for field in fields[MOST_FIELDS:]}
    return cells


def packed(run: RunFolder) -> bytes:
    from nnlab.runs.archive import pack

    return pack(run)


def draw_tried(run: RunFolder, predictor: Predictor, cells: dict[str, Any], said: dict[str, Any]) -> None:
    """The rows tried so far with their answers, the newest first, as far as this session remembers."""
    key = f"predict.tried.{run.id}"
    now = {**said, **{name: _("missing") if value is None else str(value) for name, value in cells.items()}}
    tried = [now, *(row for row in state.value(key, []) if row != now)][:MOST_TRIED]
    state.keep(key, tried)
    if len(tried) > 1:
        st.subheader(_("Tried so far"), anchor=False)
        config = pictures.config(predictor.columns)
        st.dataframe(parts.frame(tried), hide_index=True, height="content", column_config=config)


def draw_python(run: RunFolder) -> None:
    """The same from Python, with the run where it lies, or with the file that was downloaded."""
    st.subheader(_("The same from Python"), anchor=False)
    place = str(run.path) if state.mode() == "single" else f"{run.id}.zip"
    lines = ["import nnlab", f"run = {json.dumps(place)}", "nnlab.load(run).predict(rows).frame"]
    st.code("\n".join(lines), language=None, wrap_lines=True)


def draw_field(field: FormField, key: str) -> Any:
    """A widget filled with the typical value; where training rows lacked some, it can be emptied."""
    if field.image is not None:
        return pictures.draw_field(field, key)
    label = parts.plain(field.column, 60)
    typical: Any = field.value
    if field.levels and len(field.levels) <= MOST_CHOICES:
        levels = list(field.levels)
        at = levels.index(str(field.value)) if field.value in levels else None
        if field.may_be_missing and at is not None:
            at = _emptiable(key, levels[at])
        return st.selectbox(
            label,
            levels,
            index=at,
            key=key,
            format_func=parts.one_line,
            accept_new_options=True,
            placeholder=_("missing"),
        )
    if field.kind == "numeric":
        seen = _("Seen in training: {low} to {high}.").format(low=_figure(field.minimum), high=_figure(field.maximum))
        typical = None if field.value is None else float(field.value)
        if field.may_be_missing and typical is not None:
            typical = _emptiable(key, typical)
        step = 1.0 if field.is_whole else None
        return st.number_input(
            label, value=typical, key=key, help=seen, step=step, format="%g", placeholder=_("missing")
        )
    return st.text_input(label, "" if typical is None else str(typical), key=key) or None


def _emptiable(key: str, typical: Any) -> None:
    """Fills a field through the session and leaves it without a default: only such a one can be emptied again.

    The value is sent in every pass: a browser that missed it would show an empty field.
    """
    st.session_state[key] = st.session_state.get(key, typical)


def _figure(value: float | str | None) -> str:
    return figure(value) if isinstance(value, int | float) else parts.plain(value or "–")


def draw_answer(predictor: Predictor, cells: dict[str, Any]) -> dict[str, Any]:
    """The answer for the form's row, with the probability of each class; gives it as a line of "Tried so far"."""
    import pandas as pd

    row = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype=object)
    prediction = predictor.predict(row)
    st.subheader(_("The answer"), anchor=False)
    answer = prediction.frame.iloc[0]
    said: dict[str, Any] = {}
    with st.container(border=True, gap="small", key="predict.answer"):
        target = predictor.fitted.target
        if target.task == "regression":
            for name, column in zip(target.names, prediction.frame.columns, strict=True):
                said[name] = figure(float(answer[column]))
                st.metric(parts.plain(name), said[name])
        else:
            st.metric(parts.plain(target.names[0]), parts.plain(answer["prediction"]))
            shares = {name: float(answer[f"probability_{name}"]) for name in target.classes}
            said[target.names[0]] = f"{answer['prediction']}, {max(shares.values()):.0%}"
            for name in sorted(shares, key=lambda name: -shares[name])[:MOST_SHARES]:
                st.html(share_bar(name, shares[name]))
    for warning in prediction.warnings:
        st.markdown(f":orange[:material/warning: {parts.plain(sentence(warning, one=True), 300)}]")
    return said


def share_bar(name: str, share: float) -> str:
    """A class and its probability as a bar in the network's colour; the name is text and cannot act as markup."""
    colours = palette(parts.theme())
    percent = f"{share:.1%}".replace("%", f"{parts.THIN}%")
    width = f"{100 * min(1.0, max(0.0, share)):.2f}%"
    return (
        '<div style="font-size:0.95rem;display:flex;justify-content:space-between">'
        f"<span>{html.escape(parts.one_line(name, 60))}</span><span>{percent}</span></div>"
        f'<div style="height:8px;border-radius:4px;background:{colours.grid}">'
        f'<div style="height:8px;border-radius:4px;width:{width};background:{colours.line("network")}"></div></div>'
    )


def draw_file(run: RunFolder, predictor: Predictor) -> None:
    """A file of rows in, the same rows with answers out; the rows kept with the project stand there at once."""
    upload = st.file_uploader(_("A file with rows to predict"), key=f"predict.file.{run.id}")
    rows = (upload.name, upload.getvalue()) if upload is not None else kept_rows()
    if rows is None:
        st.caption(_("It needs the columns that were used in training, in any order; others are kept and ignored."))
        return
    imputes = st.toggle(_("Fill in columns that the file lacks"), key="predict.impute")
    try:
        prediction = answers(run, *rows, predictor, imputes)
    except NnlabError as error:
        parts.failed(error)
        return
    if upload is None:
        st.caption(_("These are the rows of {name}, kept with the project.").format(name=parts.plain(rows[0], 60)))
    from nnlab.data.csv_out import csv_bytes

    n_rows = len(prediction.frame)
    st.markdown(_("{n} rows answered.").format(n=parts.count(n_rows)))
    shown = prediction.frame.iloc[:N_ROWS_SHOWN, ::-1].iloc[:, :60]
    shown = with_thumbnails(shown, predictor.columns)
    st.dataframe(shown, height=260, placeholder="–", column_config=pictures.config(predictor.columns))
    st.download_button(
        _("Download with answers"),
        lambda: csv_bytes(prediction.frame),
        "predictions.csv",
        "text/csv",
        type="primary",
        icon=":material/download:",
        key="predict.download",
    )
    if prediction.warnings:
        n_odd = len(prediction.warnings)
        said = _("One thing is odd about these rows") if n_odd == 1 else _("{n} things are odd about these rows")
        with st.expander(said.format(n=n_odd)):
            rows = [
                {_("line"): warning.line, _("column"): warning.column, _("what"): warning.text}
                for warning in prediction.warnings
            ]
            st.dataframe(parts.frame(rows), hide_index=True)


def kept_rows() -> tuple[str, bytes] | None:
    """The name and bytes of the file of rows that lies beside the open project, if there is one."""
    project, space = state.project(), state.space()
    if project is None or not project.rows_table_id:
        return None
    with state.telling():
        name = cached.preview(space, project.rows_table_id).name
        return name, space.table_bytes(project.rows_table_id).read_bytes()
    return None


def answers(run: RunFolder, name: str, data: bytes, predictor: Predictor, imputes: bool) -> Prediction:
    """The answers for a file of rows, kept for as long as the same file stands there."""
    import hashlib

    return cached.answers(run, hashlib.sha256(data).hexdigest(), imputes, data, name, predictor)


def sentence(warning: RowWarning, one: bool = False) -> str:
    """A warning as a sentence; of one row its line says nothing."""
    place = [] if one or warning.line is None else [_("line {n}").format(n=warning.line)]
    return ", ".join([*place, *([warning.column] if warning.column else [])]) + f": {warning.text}"


main()
