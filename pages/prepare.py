"""Prepare: which rows train, what is done to each column, and one real row on its way into the tensor."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.plots.distribution import distribution_figure, distribution_numbers
from nnlab.plots.split import split_figure, split_numbers
from nnlab.prep.chain import FittedColumn
from nnlab.prep.journey import ColumnJourney, sentences
from nnlab.runs.project import Project
from pages.ui import cached, forms, parts, pictures, state, steps
from pages.ui.parts import _

MOST_LISTED = 400
MOST_SLOTS = 6
SHORT = 16  # letters


def main() -> None:
    project = parts.needed_project(_("Prepare"))
    place = parts.header(_("Prepare"))
    try:
        with st.spinner(_("Learning from the training rows ...")):
            found = cached.preparation(state.space(), project)
    except NnlabError as error:
        parts.failed(error)
        with st.expander(_("Split"), expanded=True):
            draw_shares(project)
        parts.empty(_("The target and the features are chosen on Data."), _("Data"), "data")
    parts.next_step(place, _("Network"), "network")
    n_rows = found.summary.n_rows
    st.markdown(
        _(
            "**{n}** numbers a row go into the network · {train} rows train · {validation} validate · {test} test"
        ).format(n=parts.count(len(found.fitted.feature_names)), **{name: parts.count(n) for name, n in n_rows.items()})
    )
    left, right = st.columns([1.9, 1], gap="large")
    with left:
        name = draw_columns(found)
        draw_pictures(project, found, name)
    with right:
        draw_split(project, found)
        draw_steps(project, found, name)


def draw_columns(found: cached.Preparation) -> str:
    """Every feature with its steps and one row's way through them; gives the column chosen."""
    lines = found.frame.index
    line = st.number_input(
        _("Follow the row in line"),
        int(lines[0]),
        int(lines[-1]),
        int(lines[min(len(lines) - 1, 5)]),
        key="prepare.line",
        width=220,
    )
    at = int(min(len(lines) - 1, lines.searchsorted(line)))
    travelling = cached.journey(found, at)
    listed = travelling[:MOST_LISTED]
    shown = [row(found, journey) for journey in listed]
    names = [journey.column for journey in listed]
    picked = st.dataframe(
        parts.frame(shown),
        hide_index=True,
        height="content" if len(shown) <= 25 else 900,
        key="prepare.columns",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = picked.selection.rows
    if chosen and state.value("prepare.clicked") != names[chosen[0]]:
        state.keep("prepare.clicked", names[chosen[0]])
        state.keep("prepare.column", names[chosen[0]])
    left_out = [column.name for column in found.fitted.columns.columns if column.role == "ignore"]
    if left_out:
        named = ", ".join(parts.plain(name, 30) for name in left_out[:12])
        more = _(" and {n} more").format(n=len(left_out) - 12) if len(left_out) > 12 else ""
        st.caption(_("Left out: {names}{more}.").format(names=named, more=more))
    every = [journey.column for journey in travelling]
    if state.value("prepare.column") not in every:
        state.keep("prepare.column", every[0])
    return str(state.value("prepare.column"))


def row(found: cached.Preparation, journey: ColumnJourney) -> dict[str, Any]:
    """A column as a line: its steps with what they learnt, the cell, the numbers it becomes."""
    column = next(column for column in found.fitted.features if column.name == journey.column)
    if column.image is not None and journey.slots:
        values, more = _("{n} numbers").format(n=parts.count(len(journey.values))), ""
    else:
        values = " · ".join(f"{value:.3g}" for value in journey.values[:MOST_SLOTS])
        more = f" … {len(journey.values)}" if len(journey.values) > MOST_SLOTS else ""
    return {
        _("Column"): journey.column,
        _("This row"): journey.raw,
        _("In the tensor"): values + more if values else _("left out"),
        _("Steps, learnt from training rows"): " → ".join(short(column)) or _("as it is"),
    }


def short(column: FittedColumn) -> list[str]:
    """Each step in a word or two: what it has learnt where that is short, else its name."""
    found = []
    for fitted, said in zip(column.steps, sentences(column), strict=True):
        first = said.partition(":")[0]
        found.append(first if len(first) <= SHORT else (_(fitted.step.title) or fitted.step.kind).lower())
    return found


def draw_pictures(project: Project, found: cached.Preparation, name: str) -> None:
    """The chosen column's training rows before and after, and this row's numbers in the formula."""
    profiles = cached.before_after(state.space(), project, name)
    title = _("{name} before and after, training rows") if len(profiles) > 1 else _("{name}, training rows")
    st.subheader(title.format(name=parts.plain(name, 40)), anchor=False)
    line = state.value("prepare.line")
    at = int(min(len(found.frame) - 1, found.frame.index.searchsorted(line)))
    journey = next(journey for journey in cached.journey(found, at) if journey.column == name)
    for stop in journey.stops:
        if stop.formulas:
            st.markdown(f"{parts.plain(stop.title)}: `{stop.formulas[0].replace('`', '')}`")
    if journey.picture:
        pictures.draw([journey.picture], _("this row"))
    if profiles[0].pictures:
        pictures.draw(profiles[0].pictures)
        return
    columns = st.columns(len(profiles))
    for n, (place, found_profile) in enumerate(zip(columns, profiles, strict=True)):
        numbers = distribution_numbers(found_profile)
        with place:
            picture = distribution_figure(numbers, parts.theme())
            parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), f"prepare.picture.{n}")


def draw_split(project: Project, found: cached.Preparation) -> None:
    """The three parts as a bar, what is worth knowing of them, and the shares."""
    numbers = split_numbers(found.summary.n_rows, found.summary.n_left_out)
    picture, table = split_figure(numbers, parts.theme()), parts.frame(numbers.table())
    parts.chart(picture, numbers.alt(), table, "prepare.split", title=_("Split"))
    for note in found.summary.notes:
        st.caption(parts.plain(note, 400))
    with st.expander(_("Change the split")):
        draw_shares(project)


def draw_shares(project: Project) -> None:
    """The shares and the seed; or the column that says which row is in which part."""

    def changed(split: object) -> None:
        state.change(split=split)

    column = project.columns.split_column
    if column is not None:
        st.markdown(_("The column {name} says which part a row is in.").format(name=parts.plain(column)))
        st.caption(_("To draw rows instead, give that column another role on Data."))
        forms.edit(project.split, key="prepare.split_form", names=["validation", "seed"], changed=changed)
        return
    forms.edit(project.split, key="prepare.split_form", changed=changed)
    st.caption(_("A column that holds train, validation and test gets the role split on Data."))


def draw_steps(project: Project, found: cached.Preparation, name: str) -> None:
    """The steps of the chosen column."""
    st.subheader(_("Steps of a column"), anchor=False)
    names = [column.name for column in found.fitted.features]
    st.selectbox(_("Column"), names, key="prepare.column", format_func=parts.one_line, label_visibility="collapsed")
    column = next(column for column in found.fitted.features if column.name == name)
    steps.draw(project, project.columns[name], found.recipe[name], sentences(column))


main()
