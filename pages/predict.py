"""Predict: a form with an instant answer, and a file in, a file with answers out; what is odd is said by row."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from nnlab.errors import NotFoundError
from nnlab.form_field import FormField
from nnlab.plots.palette import palette
from nnlab.plots.wording import figure
from nnlab.predictor import Predictor, RowWarning
from nnlab.prep.wording import number
from nnlab.runs.folder import RunFolder
from pages.ui import answering, cached, choosing, parts, pictures, state
from pages.ui.parts import _

MOST_CHOICES = 200
MOST_FIELDS = 60
MOST_TRIED = 12
MOST_SHARES = 8


def main() -> None:
    run = choosing.needed_run(_("Predict"))
    place = parts.header(_("Predict"), choosing.line(run))
    choosing.draw_age(run)
    try:
        predictor = cached.predictor(run)
    except NotFoundError:
        parts.empty(_("This run has no weights yet. Train it until its first epoch is over."), _("Train"), "train")
    parts.download(
        place.download_button,
        _("Download run"),
        lambda: packed(run),
        run.zip_name,
        "application/zip",
        key="predict.run",
        icon=":material/download:",
        help=_("Weights, preparation, settings, events and report in one file; without the table."),
    )
    if predictor.fitted.windows is not None:
        st.markdown(_("This network reads a row's past: give a file with the rows up to those to be answered."))
        answering.draw_file(run, predictor)
        draw_python(run)
        return
    above = st.container(gap="small")  # the answer to fields that may be taller than a phone
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader(_("One row"), anchor=False)
        cells = draw_form(run, predictor)
    with above:
        said = draw_answer(predictor, cells)
    with left:
        draw_tried(run, predictor, cells, said)
    with right:
        st.subheader(_("Many rows"), anchor=False)
        answering.draw_file(run, predictor)
        draw_python(run)


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
        one = _("{n} more column keeps its typical value; give a file to set it.")
        many = _("{n} more columns keep their typical value; give a file to set them.")
        st.caption(parts.counted(len(fields) - MOST_FIELDS, one, many))
        cells |= {field.column: field.value for field in fields[MOST_FIELDS:]}
    return cells


def packed(run: RunFolder) -> bytes:
    from nnlab.runs.archive import pack

    return pack(run)


def draw_tried(run: RunFolder, predictor: Predictor, cells: dict[str, Any], said: dict[str, Any]) -> None:
    """The rows tried so far with their answers, the newest first, as far as this session remembers."""
    key = f"predict.tried.{run.id}"
    now = {**said, **{name: _tried(value) for name, value in cells.items()}}
    tried = [now, *(row for row in state.value(key, []) if row != now)][:MOST_TRIED]
    state.keep(key, tried)
    if len(tried) > 1:
        st.subheader(_("Tried so far"), anchor=False)
        config = pictures.config(predictor.columns)
        st.dataframe(parts.frame(tried), hide_index=True, height="content", column_config=config)


def _tried(cell: Any) -> str:
    """A cell of the form as text, whole numbers without a point."""
    if cell is None:
        return _("missing")
    return number(cell, 12) if isinstance(cell, float) else str(cell)


def draw_python(run: RunFolder) -> None:
    """The same from Python, with the run where it lies, or with the file that was downloaded."""
    st.subheader(_("The same from Python"), anchor=False)
    place = str(run.path) if state.mode() == "single" else run.zip_name
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
    if field.kind == "text":
        said = _("The answer follows once you leave the field.")
        return st.text_area(label, "" if typical is None else str(typical), key=key, help=said) or None
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
    if prediction.warnings:  # before the answer, which looks as sure as ever
        odd = "".join(f"\n- {parts.plain(sentence(warning, one=True), 300)}" for warning in prediction.warnings)
        st.warning(
            _("Unlike the training rows, so the answer may be worth little:") + "\n" + odd, icon=":material/warning:"
        )
    target = predictor.fitted.target
    with st.container(border=True, gap="small", key="predict.answer"):
        if target.task == "regression":
            for name in target.names:
                own = "" if len(target.names) == 1 else f"_{name}"
                said[name] = figure(float(answer[f"prediction{own}"]))
                st.metric(parts.plain(name), said[name])
                draw_spread(predictor, answer, f"spread{own}", figure)
        elif target.task == "multilabel":
            for name, label in zip(target.names, target.labels, strict=True):
                share = float(answer[f"probability_{name}"])
                said[name] = f"{answer[f'prediction_{name}']}, {share:.0%}"
                st.html(share_bar(label, share))
                draw_spread(predictor, answer, f"spread_{name}", percent)
            st.caption(_("The probability of yes for each; above a half it is said."))
        else:
            shares = {name: float(answer[f"probability_{name}"]) for name in target.classes}
            said[target.names[0]] = f"{answer['prediction']}, {max(shares.values()):.0%}"
            left, right = st.columns([1, 1], gap="small", vertical_alignment="center")
            with left:
                st.metric(parts.plain(target.names[0]), parts.plain(answer["prediction"]))
                draw_spread(predictor, answer, "spread", percent)
            with right:
                for name in sorted(shares, key=lambda name: -shares[name])[:MOST_SHARES]:
                    st.html(share_bar(name, shares[name]))
    return said


def draw_spread(predictor: Predictor, answer: Any, column: str, written: Callable[[float], str]) -> None:
    """How far several members lie apart in their answer; nothing of a single network."""
    if column in answer.index:
        said = _("± {spread}: how far its {n} members lie apart, as a standard deviation.")
        st.caption(said.format(spread=written(float(answer[column])), n=predictor.n_members))


def percent(share: float) -> str:
    """A share in per cent with one digit behind the point."""
    return f"{share:.1%}".replace("%", f"{parts.THIN}%")


def share_bar(name: str, share: float) -> str:
    """A class and its probability as a bar in the network's colour; the name is text and cannot act as markup."""
    colours = palette(parts.theme())
    width = f"{100 * min(1.0, max(0.0, share)):.2f}%"
    return (
        '<div style="font-size:0.95rem;display:flex;justify-content:space-between">'
        f"<span>{html.escape(parts.one_line(name, 60))}</span><span>{percent(share)}</span></div>"
        f'<div style="height:8px;border-radius:4px;background:{colours.grid}">'
        f'<div style="height:8px;border-radius:4px;width:{width};background:{colours.line("network")}"></div></div>'
    )


def sentence(warning: RowWarning, one: bool = False) -> str:
    """A warning as a sentence; of one row its line says nothing."""
    place = [] if one or warning.line is None else [_("line {n}").format(n=warning.line)]
    return ", ".join([*place, *([warning.column] if warning.column else [])]) + f": {warning.text}"


main()
